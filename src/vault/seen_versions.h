#ifndef COEFFICIENT_SRC_VAULT_SEEN_VERSIONS_H_
#define COEFFICIENT_SRC_VAULT_SEEN_VERSIONS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "coefficient/version.h"
#include "vault/lru_map.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// The highest version of each record that this process has seen committed, for the records used
/// last. A store that was put back as a whole, high-water rows and all, contradicts it.
///
/// A reader asks first and reads the store then: what it asked about had been committed before, so
/// an older version in the store is a rollback and not a race.
///
/// Thread safety: all members may be called concurrently.
class SeenVersions {
 public:
  explicit SeenVersions(std::size_t capacity);
  /// Returns the version; 0 if none is known. Keys are joined(ref).
  std::uint64_t at_least(std::string_view key);
  void raise(std::string_view key, std::uint64_t version);
  void forget_tenant(std::string_view tenant);

 private:
  static constexpr std::size_t kShards = 16;
  struct Shard {
    explicit Shard(std::size_t capacity) : versions(capacity) {}
    std::mutex mutex;
    LruMap<std::uint64_t> versions;
  };
  template <std::size_t... I>
  SeenVersions(std::size_t each, std::index_sequence<I...>) : shards_{((void)I, Shard(each))...} {}
  Shard& shard_of(std::string_view key);
  std::array<Shard, kShards> shards_;
};

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_VAULT_SEEN_VERSIONS_H_
