#include "vault/seen_versions.h"

#include <functional>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

SeenVersions::SeenVersions(std::size_t capacity)
    : SeenVersions(capacity / kShards + 1, std::make_index_sequence<kShards>()) {}

SeenVersions::Shard& SeenVersions::shard_of(std::string_view key) {
  return shards_[std::hash<std::string_view>{}(key) % kShards];
}

std::uint64_t SeenVersions::at_least(std::string_view key) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const std::uint64_t* version = shard.versions.find(key);
  return version == nullptr ? 0 : *version;
}

void SeenVersions::raise(std::string_view key, std::uint64_t version) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  if (std::uint64_t* seen = shard.versions.find(key); seen == nullptr)
    shard.versions.put(std::string(key), version);
  else if (*seen < version)
    *seen = version;
}

void SeenVersions::forget_tenant(std::string_view tenant) {
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    shard.versions.erase_if([tenant](const std::string& key, std::uint64_t) {
      return key.starts_with(tenant) && key[tenant.size()] == '\0';
    });
  }
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
