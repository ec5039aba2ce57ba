#ifndef COEFFICIENT_SRC_AUDIT_LOG_STATE_H_
#define COEFFICIENT_SRC_AUDIT_LOG_STATE_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "audit/checkpoint_file.h"
#include "audit/directory.h"
#include "audit/epoch_keys.h"
#include "audit/fork_mark.h"
#include "audit/journal.h"
#include "audit/recovery.h"
#include "coefficient/audit/export.h"
#include "coefficient/audit/log.h"
#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// An open log. What is set in the constructor's members only is not changed afterwards.
struct Log::State {
  State(Directory opened, Descriptor locked, const Clock& log_clock, LogOptions log_options);

  // log_records.cc: the records.
  /// Fills in what the log knows of a record and returns its text.
  [[nodiscard]] Result<Draft> draft(Record record) const;
  /// Returns a record of the log's own.
  [[nodiscard]] static Record own_record(std::string_view action, Value::Object details = {});
  /// Appends one of those, behind what settle_dropped() writes.
  Result<Receipt> write_own(std::string_view action, Value::Object details = {});
  Result<Receipt> write(Record record);
  /// Appends one and nothing before it.
  Result<Receipt> write_first(Record record);
  /// Appends how many records were dropped, if any were. To be called before any other record is
  /// written, and before anything is signed.
  Result<> settle_dropped();

  // log_open.cc
  Result<void, OpenError> make(std::string_view origin);
  Result<void, OpenError> load(const Progress& progress);
  Result<> start(const Recovered& found);
  Result<> record_recovery(const Recovered& found);
  [[nodiscard]] Journal::Options journal_options() const;

  // log.cc; admin is locked.
  Result<std::string> checkpoint_locked(bool anew);
  Result<> tick_locked(Timestamp now);
  Result<> change_key(Timestamp now);
  [[nodiscard]] Result<> usable() const;
  [[nodiscard]] Timestamp now() const;

  // retention.cc; admin is locked.
  Result<PruneReport> prune_locked(const PrunePolicy& policy);
  Result<> hold_locked(std::string_view name, std::string_view reason);
  Result<> release_locked(std::string_view name);

  Directory directory;
  Descriptor lock;
  const Clock& clock;
  LogOptions options;
  ForkMark fork_mark;
  std::string boot;
  std::chrono::nanoseconds (*since_boot)();  // a test has another
  std::string root_key;
  std::uint64_t recovered_bytes = 0;
  std::unique_ptr<Journal> journal;
  std::atomic<std::uint64_t> dropped = 0;

  std::mutex admin;  // of what follows
  std::optional<EpochKeys> keys;
  bool keys_failed = false;
  std::optional<CheckpointFile> checkpoints;
  std::set<std::string, std::less<>> holds;  // by the records
  std::string last_note;
  std::uint64_t last_size = 0;  // of the last checkpoint
  std::uint64_t seen_size = 0;  // at the last tick
  std::uint64_t seen_segment = 0;
  Timestamp active_at{};  // records came
  Timestamp checkpoint_at{};
  Timestamp segment_at{};
  Timestamp key_at{};
  bool closed = false;
};

/// Opens logs whose system calls a test may let fail.
struct COEFFICIENT_AUDIT_EXPORT LogAccess {
  static Result<std::unique_ptr<Log>, OpenError> create(const std::string& directory,
                                                        std::string_view origin, const Clock& clock,
                                                        LogOptions options, FileCalls& calls);
  static Result<std::unique_ptr<Log>, OpenError> open(const std::string& directory,
                                                      const Clock& clock, LogOptions options,
                                                      const Progress& progress, FileCalls& calls);
  /// Appends a text as it is, which need not be a record.
  static Result<Appended> append(Log& log, std::string text);
  static Log::State& state(Log& log);
};

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_LOG_STATE_H_
