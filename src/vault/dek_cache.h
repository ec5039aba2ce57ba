#ifndef COEFFICIENT_SRC_VAULT_DEK_CACHE_H_
#define COEFFICIENT_SRC_VAULT_DEK_CACHE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/vault/rows.h"
#include "coefficient/version.h"
#include "vault/data_key.h"
#include "vault/lru_map.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// Data keys that were unwrapped not long ago. A tenant has a slot for its active key, and one for
/// each key by id. Of callers that miss the same slot at once, one loads and the others wait.
///
/// Thread safety: all members may be called concurrently. `load` runs without a lock held and must
/// not call back into the cache for the same slot.
class DekCache {
 public:
  struct Entry {
    std::shared_ptr<const DataKey> key;
    std::uint64_t revision = 0;  ///< Of the tenant's data keys when it was loaded.
  };
  using Load = std::function<Result<Entry>()>;

  /// An entry is used for less than `max_age` by `clock`, which must outlive the cache; after that,
  /// or if the clock went back, it is loaded anew.
  DekCache(std::size_t capacity, std::chrono::seconds max_age, const Clock& clock);
  DekCache(const DekCache&) = delete;
  DekCache& operator=(const DekCache&) = delete;
  ~DekCache() = default;

  static std::string slot(std::string_view tenant, const DekId& id);
  static std::string active_slot(std::string_view tenant);

  /// Returns the entry of a slot, loaded if need be. Errors: those of `load`, not cached.
  Result<Entry> get(const std::string& slot, const Load& load);
  /// Forgets a slot; who asks later does not get what is being loaded now either.
  void forget(const std::string& slot);
  /// Likewise all slots of a tenant.
  void purge(std::string_view tenant);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Cached {
    Entry entry;
    std::chrono::system_clock::time_point loaded_at;
  };
  struct Flight;
  class Landing;
  [[nodiscard]] bool fresh(const Cached& cached, std::chrono::system_clock::time_point now) const;

  const std::chrono::seconds max_age_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  LruMap<Cached> cached_;
  std::map<std::string, std::shared_ptr<Flight>, std::less<>> flights_;
};

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_VAULT_DEK_CACHE_H_
