#ifndef COEFFICIENT_SRC_SQLITE_WRITER_H_
#define COEFFICIENT_SRC_SQLITE_WRITER_H_

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/vault/store.h"
#include "coefficient/version.h"
#include "sqlite/batch_writer.h"
#include "sqlite/connection.h"
#include "sqlite/recorder.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// A batch that waits for its transaction, and what came of it.
struct PendingBatch {
  const vault::Batch* batch = nullptr;
  Result<> outcome = Error{ErrorCode::kInternal, "the transaction was abandoned"};
  bool done = false;
};

/// The one connection that writes.
///
/// Thread safety: none; CommitQueue lets one thread in at a time.
class Writer {
 public:
  /// Opens the database and prepares its schema.
  static Result<std::unique_ptr<Writer>> open(const std::filesystem::path& path,
                                              std::chrono::milliseconds busy, const Clock& clock,
                                              std::int64_t max_unarchived_bytes);

  /// Applies the batches in order in one transaction with one commit, and gives each its outcome.
  /// A batch whose expectation fails changes nothing and the others go on; if the transaction
  /// fails, all of them get its error.
  void commit(std::span<PendingBatch* const> batches);

  /// Begins to record transactions, for an archive. Part of the caller's transaction.
  Result<> start_recording();

  /// Commits, and on a failure makes sure that nothing of the transaction can come back:
  /// kUnavailable if that is sure, kInternal if it is not.
  Result<> commit(Transaction& transaction);

  [[nodiscard]] Connection& connection() noexcept { return connection_; }
  [[nodiscard]] Recorder& recorder() noexcept { return *recorder_; }

 private:
  Writer(Connection connection, const Clock& clock) noexcept
      : connection_(std::move(connection)), clock_(&clock) {}
  Result<> run_transaction(std::span<PendingBatch* const> batches);

  Connection connection_;
  const Clock* clock_;
  std::optional<Recorder> recorder_;
  std::optional<BatchWriter> batch_writer_;
};

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_WRITER_H_
