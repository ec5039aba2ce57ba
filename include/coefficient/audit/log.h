#ifndef COEFFICIENT_AUDIT_LOG_H_
#define COEFFICIENT_AUDIT_LOG_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "coefficient/audit/damage.h"
#include "coefficient/audit/export.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/audit/record.h"
#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

enum class Durability {
  kDurable,   ///< A record is on stable storage when append() returns.
  kBuffered,  ///< It is in memory: a crash loses what no sync(), checkpoint or full buffer covered.
};
enum class OnFailure {
  kFailClosed,       ///< append() says that it failed, and the host must not go on.
  kFailOpenCounted,  ///< append() succeeds without a record; the next one that is written, the
                     ///< log's own included, and the next checkpoint follow a record
                     ///< "audit.dropped" with how many were not.
};

struct LogOptions {
  Durability durability = Durability::kDurable;
  OnFailure on_failure = OnFailure::kFailClosed;
  std::uint64_t max_segment_bytes = std::uint64_t{64} << 20;  ///< From 64 KiB to 1 GiB.
  std::chrono::seconds max_segment_age{std::chrono::hours(24)};
  std::chrono::seconds checkpoint_every{10};                   ///< While records come.
  std::chrono::seconds heartbeat_every{60};                    ///< While none come; 0: never.
  std::chrono::seconds new_key_every{std::chrono::hours(24)};  ///< 0: never.
  std::optional<Anchor> expected_min_checkpoint = {};          ///< Of a log that is opened.
  std::string root_key =
      {};  ///< Its first verifier key (see KeyChain); empty: that in the directory.
  std::uint64_t carry_dropped = 0;  ///< Of dropped() of the log that failed before.
  std::string service = {};         ///< Of records that name none.
  std::string host = {};
};

/// Why a log was not opened.
struct OpenError {
  Error error;
  std::optional<Damage> damage;  ///< If it is not what it was; error.code is then kDataLoss.
};
inline const char* describe(const OpenError& e) noexcept {
  return e.error.message.c_str();
}

struct Receipt {
  std::uint64_t index = 0;
  Hash leaf{};
  bool dropped = false;  ///< Nothing was written (OnFailure::kFailOpenCounted).
};

/// What retention removes: whole segments, from the first one on, whose records are all older than
/// `before` and have indices below `before_index`; never the last one, and never what no checkpoint
/// covers.
struct PrunePolicy {
  Timestamp before = Timestamp::max();
  std::uint64_t before_index = ~std::uint64_t{0};
};
struct PruneReport {
  std::uint64_t segments = 0;
  std::uint64_t records = 0;
  std::uint64_t first_kept = 0;
};

/// The actor of the records that a log writes itself.
inline constexpr std::string_view kLogActorType = "system";
inline constexpr std::string_view kLogActorId = "coefficient.audit";
/// Returns whether only a log itself may write the record: it has that actor, or one of the actions
/// that Log names as its own. Thread safety: pure function.
COEFFICIENT_AUDIT_EXPORT bool is_reserved(const Record& record);

/// An append-only log in a directory: records in segments, checkpoints in the file "checkpoints".
/// It writes records of its own: log.created, log.recovered, log.full, log.heartbeat, log.pruned,
/// log.hold, log.release, audit.dropped, and the unknown outcomes of intents that a crash left
/// open. Their actor and these names are its own: see is_reserved().
///
/// Errors of the members that write: kResourceExhausted, the disk is full (and "log.full" is in the
/// log); kUnavailable, kPermissionDenied: not written; kInternal, it is not known whether it was;
/// kFailedPrecondition: a write failed in a way that cannot be taken back, or this process is a
/// child of fork(); the log must be opened anew.
///
/// Thread safety: all members may be called concurrently. The directory and the clock outlive it.
class COEFFICIENT_AUDIT_EXPORT Log {
 public:
  /// Makes a log in a directory that exists and holds nothing of a log, makes its root key, and
  /// opens it. `origin` is its name in checkpoints and keys, best like a URL without a scheme.
  /// Errors: kAlreadyExists; kInvalidArgument on the origin or the options; as above.
  static Result<std::unique_ptr<Log>, OpenError> create(const std::string& directory,
                                                        std::string_view origin, const Clock& clock,
                                                        LogOptions options = {});
  /// Opens one: reads all of it, compares it with its last checkpoint, the changes of its keys and
  /// the expected checkpoint, cuts off what an interrupted write left, and records that. Never
  /// begins anew: a log that is damaged or is missing records is kDataLoss, with the damage. More
  /// errors: kNotFound; kUnavailable if another writer has it; kUnauthenticated if the root key is
  /// not its own.
  static Result<std::unique_ptr<Log>, OpenError> open(const std::string& directory,
                                                      const Clock& clock, LogOptions options = {},
                                                      const Progress& progress = {});
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  /// Closes it, without a way to say that this failed.
  ~Log();

  /// Appends a record; see Durability. Sets its seq, boot and mono; fills in what record.h says.
  /// More errors: those of to_canonical(); kInvalidArgument if it is_reserved().
  Result<Receipt> append(Record record);
  /// Makes durable what a buffered log holds in memory. A durable log has nothing to do.
  Result<> sync();
  /// Signs what is durable, makes the checkpoint durable and returns its note; the last one if
  /// there are no new records.
  Result<std::string> checkpoint();
  /// To be called about once a second: writes the checkpoints, heartbeats and new segments that are
  /// due. After the clock was set back, each is due within twice its interval. The log has no
  /// thread of its own.
  Result<> tick(Timestamp now);
  /// Starts a new segment.
  Result<> rotate();
  /// Applies retention. What goes leaves its leaf hashes behind, so that each proof stays valid,
  /// and is named by a record "log.pruned". More errors: kFailedPrecondition under a legal hold.
  Result<PruneReport> prune(const PrunePolicy& policy);
  /// Forbids and allows prune() again. Holds are named ([a-z0-9_.], 1 to 64) and outlive the
  /// process; each change is a record that a checkpoint covers. A hold is in force by its file
  /// "hold-<name>" as by its record, and after an error of hold() it may be. More errors:
  /// kInvalidArgument; kAlreadyExists; kNotFound.
  Result<> hold(std::string_view name, std::string_view reason);
  Result<> release(std::string_view name);
  /// Writes everything and a last checkpoint. Later calls of append() fail.
  Result<> close();

  /// Returns how many records there are, those in memory included.
  [[nodiscard]] std::uint64_t size() const;
  /// Returns how many records were dropped and are not recorded as such yet.
  [[nodiscard]] std::uint64_t dropped() const;
  /// Returns the log's root key: what verifiers must be told, and its origin.
  [[nodiscard]] std::string root_key() const;
  /// Returns how many bytes recovery cut off when this log was opened.
  [[nodiscard]] std::uint64_t recovered_bytes() const noexcept;

  struct State;

 private:
  friend struct LogAccess;
  explicit Log(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_LOG_H_
