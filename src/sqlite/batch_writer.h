#ifndef COEFFICIENT_SRC_SQLITE_BATCH_WRITER_H_
#define COEFFICIENT_SRC_SQLITE_BATCH_WRITER_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/vault/store.h"
#include "coefficient/version.h"
#include "sqlite/connection.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// The most bytes of blobs, wraps and canaries in one batch: their old and new values must fit
/// into one changeset, which SQLite holds in memory.
inline constexpr std::size_t kMaxBatchBytes = std::size_t{64} << 20;

/// Returns the bytes of blobs, wraps and canaries in `batch`.
std::size_t bytes_in(const vault::Batch& batch) noexcept;

/// Does what a vault::Batch says inside the caller's transaction, by statements that are kept.
///
/// Thread safety: that of its connection.
class BatchWriter {
 public:
  static Result<BatchWriter> create(Connection& connection);

  /// Applies `batch` within a savepoint of its own and puts into `outcome` what came of it:
  /// success, kFailedPrecondition as vault::Store::apply() says, or kResourceExhausted; after an
  /// error nothing of the batch remains. Returns an error if the transaction itself cannot go on.
  Result<> apply(const vault::Batch& batch, Result<>& outcome);

 private:
  enum Kept : std::size_t {
    kSavepoint,
    kRelease,
    kRollbackTo,
    kVersions,
    kRevision,
    kKekState,
    kReferenced,
    kPurgeRecords,
    kPurgeHighWater,
    kPutRecord,
    kPutHighWater,
    kBumpRevision,
    kPutDataKey,
    kDeleteWraps,
    kPutWrap,
    kPutKek,
    kKeptCount
  };
  static std::string_view sql_of(Kept kept) noexcept;

  BatchWriter() = default;
  Result<> run(Kept kept);
  Result<> expect(const vault::Batch& batch);
  Result<> expect_record(const vault::RecordWrite& write);
  Result<> expect_data_keys(const vault::DataKeysWrite& write);
  Result<std::optional<vault::KekState>> kek_state(const vault::KekVersion& kek);
  Result<> expect_keks(const vault::Batch& batch);
  Result<> write(const vault::Batch& batch);
  Result<> purge(std::string_view tenant);
  Result<> put(const vault::RecordWrite& write);
  Result<> put(const vault::DataKeysWrite& write);
  Result<> put(const vault::DataKeyRow& row);
  Result<> put(const vault::KekRow& row);

  std::array<Statement, kKeptCount> kept_;
};

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_BATCH_WRITER_H_
