#ifndef COEFFICIENT_SRC_SQLITE_READER_H_
#define COEFFICIENT_SRC_SQLITE_READER_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/sqlite/vault_store.h"
#include "coefficient/vault/store.h"
#include "coefficient/version.h"
#include "sqlite/connection.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// A connection that reads, with its kept statements. The calls are those of VaultStore.
///
/// Thread safety: none; ReaderPool lends a reader to one thread at a time.
class Reader {
 public:
  static Result<std::unique_ptr<Reader>> open(const std::filesystem::path& path,
                                              std::chrono::milliseconds busy);

  Result<vault::StoredRecord> read_record(const vault::RecordRef& ref);
  Result<std::vector<vault::RecordInfo>> list_records(const vault::RecordRef& after,
                                                      std::size_t limit);
  Result<vault::DataKeys> read_data_keys(std::string_view tenant, std::optional<vault::DekId> only);
  Result<std::vector<vault::DataKeyRow>> list_data_keys_under(const vault::KekVersion& kek,
                                                              std::optional<vault::DekId> after,
                                                              std::size_t limit);
  Result<std::vector<vault::KekRow>> read_keks();
  Result<std::vector<StoredTenant>> list_tenants(std::string_view after, std::size_t limit);
  Result<std::vector<IncompleteRow>> list_incomplete(std::size_t limit);

 private:
  enum Kept : std::size_t {
    kRecord,
    kList,
    kRevision,
    kDataKeys,
    kUnder,
    kDataKey,
    kWraps,
    kKeks,
    kNextTenant,
    kIncomplete,
    kKeptCount
  };
  static std::string_view sql_of(Kept kept) noexcept;

  explicit Reader(Connection connection) noexcept : connection_(std::move(connection)) {}
  Result<> add_wraps(vault::DataKeyRow& row);
  Result<vault::DataKeyRow> data_key(const vault::DekId& id);

  Connection connection_;
  std::array<Statement, kKeptCount> kept_;
};

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_READER_H_
