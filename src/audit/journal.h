#ifndef COEFFICIENT_SRC_AUDIT_JOURNAL_H_
#define COEFFICIENT_SRC_AUDIT_JOURNAL_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "audit/directory.h"
#include "audit/segment_file.h"
#include "coefficient/audit/export.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/audit/record.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported for tests and benchmarks only.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// A record's text. Where it says its own index is known only when it gets one.
struct Draft {
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
  std::string text;
  std::size_t seq_at = kNowhere;  ///< The place of a 0 that becomes the index.
};

struct Appended {
  std::uint64_t index = 0;
  Hash leaf{};
};

/// The durable state of a log: what a checkpoint may say.
struct Durable {
  std::uint64_t size = 0;
  Hash root{};
};

/// Writes records to segments, many at a time: of the threads that come while the disk is busy, one
/// writes what all of them brought and waits once for all.
///
/// Errors of all members: kResourceExhausted, the disk is full; kUnavailable, nothing was written;
/// kInternal, it is not known what was. After the last, and after any failure that cannot be taken
/// back, each call is kFailedPrecondition: the log must be opened anew.
///
/// Thread safety: all members may be called concurrently.
class COEFFICIENT_AUDIT_EXPORT Journal {
 public:
  struct Options {
    bool buffered = false;
    std::uint64_t max_segment_bytes = std::uint64_t{64} << 20;
    std::uint64_t preallocate_bytes = std::uint64_t{4} << 20;
    std::uint64_t reserve_bytes = std::uint64_t{64} << 10;
    std::function<Draft()> log_full;  ///< Makes the record of a full disk; none is written without.
  };
  /// `tree` is what `file` and the segments before it hold, all durable. `directory` must outlive
  /// the journal.
  Journal(const Directory& directory, Options options, const Frontier& tree, SegmentFile file);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal();

  /// Appends a record; returns when it is durable, or, if buffered, when it is in memory.
  /// More errors: kInvalidArgument if the text is empty or too long.
  Result<Appended> append(Draft draft);
  /// Writes what is in memory, waits for the disk, and returns what is durable.
  Result<Durable> sync();
  /// Starts a new segment, unless the current one has no record.
  Result<> rotate();
  /// Writes all and cuts off what was written in advance.
  Result<> close();

  /// Returns how many records there are, those in memory included.
  [[nodiscard]] std::uint64_t size() const;
  /// Returns why nothing can be written any more; nothing if that is not so.
  [[nodiscard]] std::optional<Error> failure() const;
  /// Returns how often the disk was waited for.
  [[nodiscard]] std::uint64_t syncs() const;
  /// Returns the index of the first record of the segment that is written to.
  [[nodiscard]] std::uint64_t segment_first() const;

 private:
  /// Records that are written together; its members are guarded by mutex_.
  struct Batch {
    std::string bytes;
    Frontier end;  // set when it is taken or followed by another
    bool settled = false;
    std::optional<Error> error;
    std::condition_variable changed;
  };
  using Lock = std::unique_lock<std::mutex>;

  Result<Appended> enqueue(Draft& draft, std::shared_ptr<Batch>& batch);
  void gather(Lock& lock);
  void lead(Lock& lock, bool wait_for_disk);
  void lead_all(Lock& lock, bool wait_for_disk);
  WriteResult write(const Batch& batch, bool wait_for_disk);
  WriteResult start_segment();
  void settle(const std::shared_ptr<Batch>& batch, const WriteResult& written);
  void fail_pending(const Error& error);
  void note_full(Lock& lock);
  void poison(const Error& error);
  Result<> exclusive(const std::function<WriteResult()>& work);
  void release();

  const Directory& directory_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable idle_;
  bool busy_ = false;  // a thread writes; what is "the writer's" below is that thread's
  int waiting_ = 0;    // for exclusive()
  std::deque<std::shared_ptr<Batch>> pending_;
  std::string spare_;  // memory for the next batch
  Frontier tree_;      // all records
  Frontier written_;   // those in the file
  std::optional<Error> poisoned_;
  bool full_ = false;
  std::uint64_t syncs_ = 0;
  std::uint64_t segment_first_ = 0;
  SegmentFile file_;       // the writer's
  bool unsynced_ = false;  // the writer's: something was written and not waited for
};

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_JOURNAL_H_
