#ifndef COEFFICIENT_AUDIT_LOG_READER_H_
#define COEFFICIENT_AUDIT_LOG_READER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "coefficient/audit/checkpoint.h"
#include "coefficient/audit/export.h"
#include "coefficient/audit/key_chain.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// A record as it is stored. The payload is valid during the call that it was given to.
struct StoredRecord {
  std::uint64_t index = 0;
  std::string_view payload;  ///< Canonical JSON, see record.h.
  Hash leaf{};
};

/// Called with each record; an error ends the reading and is its error.
using RecordVisitor = std::function<Result<>(const StoredRecord&)>;

/// Reads a log's directory, beside its writer or without one: what the newest checkpoint covers,
/// and nothing behind it, since only that is sure to outlast a crash. open() reads all of it once
/// and refuses a log that is not what its checkpoint and the changes of its keys say, or of which
/// more is missing than its records say was pruned; every record that is read later is compared
/// with its hash again.
///
/// Memory: 64 bytes a record for the tree of hashes, and one segment.
/// Thread safety: distinct objects only. A log that is pruned meanwhile must be opened anew.
class COEFFICIENT_AUDIT_EXPORT LogReader {
 public:
  /// `root_key` is the log's first verifier key as the caller knows it; empty: the one in the
  /// directory, which vouches for nothing. Errors: kNotFound if there is no log, or no checkpoint
  /// yet; kUnauthenticated if the root key is not the log's own or no key of its chain signed the
  /// newest checkpoint; kDataLoss if the records are not those of the checkpoint, not those at a
  /// change of keys, or missing though no record that the checkpoint covers says that they were
  /// pruned, or the checkpoints are damaged or fall in size; as the system says kPermissionDenied,
  /// kUnavailable; kInternal.
  static Result<LogReader> open(const std::string& directory, std::string_view root_key = {});

  LogReader(LogReader&&) noexcept;
  LogReader& operator=(LogReader&&) noexcept;
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;
  ~LogReader();

  /// Returns the newest checkpoint, and the note that it is from.
  [[nodiscard]] const Checkpoint& checkpoint() const noexcept;
  [[nodiscard]] const std::string& note() const noexcept;
  [[nodiscard]] const KeyChain& keys() const noexcept;
  /// Returns the tree of all leaves, pruned ones included, to make proofs from. It may reach beyond
  /// the checkpoint: name its size.
  [[nodiscard]] const HashTree& tree() const noexcept;
  /// Returns the index of the first record that was not pruned.
  [[nodiscard]] std::uint64_t first_kept() const noexcept;

  /// Calls `visit` with the records from `begin` up to `end` and the checkpoint's size, in order,
  /// pruned ones left out. Errors: the visitor's; kDataLoss if a record is not what it was; as the
  /// system says.
  Result<> read(std::uint64_t begin, std::uint64_t end, const RecordVisitor& visit);

  /// Returns the payload of one record. Errors: kNotFound if there is none, or it was pruned; those
  /// of read().
  Result<std::string> record(std::uint64_t index);

 private:
  struct State;
  explicit LogReader(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_LOG_READER_H_
