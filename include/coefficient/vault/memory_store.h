#ifndef COEFFICIENT_VAULT_MEMORY_STORE_H_
#define COEFFICIENT_VAULT_MEMORY_STORE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/vault/export.h"
#include "coefficient/vault/store.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// A store in the memory of this process: nothing outlives it. For tests, and for secrets that are
/// fetched anew at each start.
///
/// Thread safety: all members may be called concurrently; one lock serializes them.
class COEFFICIENT_VAULT_EXPORT MemoryStore final : public Store {
 public:
  MemoryStore();
  MemoryStore(const MemoryStore&) = delete;
  MemoryStore& operator=(const MemoryStore&) = delete;
  ~MemoryStore() override;

  /// Errors of all: none but kFailedPrecondition of apply().
  Result<StoredRecord> read_record(const RecordRef& ref) override;
  Result<std::vector<RecordInfo>> list_records(const RecordRef& after, std::size_t limit) override;
  Result<DataKeys> read_data_keys(std::string_view tenant, std::optional<DekId> only) override;
  Result<std::vector<DataKeyRow>> list_data_keys_under(const KekVersion& kek,
                                                       std::optional<DekId> after,
                                                       std::size_t limit) override;
  Result<std::vector<KekRow>> read_keks() override;
  Result<> apply(const Batch& batch) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_VAULT_MEMORY_STORE_H_
