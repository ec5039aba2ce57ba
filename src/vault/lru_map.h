#ifndef COEFFICIENT_SRC_VAULT_LRU_MAP_H_
#define COEFFICIENT_SRC_VAULT_LRU_MAP_H_

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// A map from texts that holds `capacity` entries and forgets the one that was not used for
/// longest.
///
/// Thread safety: distinct objects only.
template <class Value>
class LruMap {
 public:
  explicit LruMap(std::size_t capacity) : capacity_(capacity) {}
  LruMap(const LruMap&) = delete;
  LruMap& operator=(const LruMap&) = delete;
  ~LruMap() = default;

  /// Returns the value, now the most recently used; null if there is none. Valid until the map is
  /// changed.
  Value* find(std::string_view key) {
    const auto it = index_.find(key);
    if (it == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, it->second);
    return &it->second->second;
  }

  void put(std::string key, Value value) {
    erase(key);
    if (!entries_.empty() && entries_.size() >= capacity_) erase(entries_.back().first);
    entries_.emplace_front(std::move(key), std::move(value));
    index_.emplace(entries_.front().first, entries_.begin());
  }

  void erase(std::string_view key) {
    const auto it = index_.find(key);
    if (it == index_.end()) return;
    const auto entry = it->second;
    index_.erase(it);  // first: its key is a view of the entry's
    entries_.erase(entry);
  }

  template <class Predicate>
  void erase_if(Predicate predicate) {
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      const auto next = std::next(entry);
      if (predicate(std::as_const(entry->first), std::as_const(entry->second))) {
        index_.erase(entry->first);
        entries_.erase(entry);
      }
      entry = next;
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  using Entries = std::list<std::pair<std::string, Value>>;
  std::size_t capacity_;
  Entries entries_;
  std::unordered_map<std::string_view, typename Entries::iterator> index_;
};

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_VAULT_LRU_MAP_H_
