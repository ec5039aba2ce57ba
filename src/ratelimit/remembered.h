#ifndef COEFFICIENT_SRC_RATELIMIT_REMEMBERED_H_
#define COEFFICIENT_SRC_RATELIMIT_REMEMBERED_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/ratelimit/decision.h"
#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit::detail {

/// Refusals that still hold, and what was taken ahead, of a bounded number of keys. A key has one
/// place; while that is another key's, nothing is remembered of it, so that no key loses its lease
/// to one that comes later.
///
/// Thread safety: all members may be called concurrently.
class Remembered {
 public:
  using Time = std::chrono::system_clock::time_point;
  /// What is known of a key without asking.
  struct Answer {
    bool allowed;
    std::vector<Decision> decisions;
  };

  explicit Remembered(std::size_t keys) : entries_(keys) {}

  /// Returns the answer for `cost` under the policies of `version`, with times as of now; nothing
  /// if the backend must be asked. Takes from a lease.
  std::optional<Answer> find(std::string_view key, std::uint64_t version, std::uint64_t cost,
                             Time now);
  /// Returns whether the key's place is its own or free.
  bool has_room(std::string_view key, Time now);
  /// Remembers that `cost` is refused for `wait`.
  void refused(std::string_view key, std::uint64_t version, std::uint64_t cost, Time now,
               std::chrono::nanoseconds wait, const std::vector<Decision>& decisions);
  /// Remembers `amount` more that may be given for `time`, but no more than `most` altogether.
  void leased(std::string_view key, std::uint64_t version, std::uint64_t amount, std::uint64_t most,
              Time now, std::chrono::nanoseconds time, const std::vector<Decision>& decisions);
  /// Forgets a refusal of the key.
  void refunded(std::string_view key);

 private:
  struct Entry {
    std::string key;
    std::uint64_t version = 0;
    Time since;
    Time until;                      // at which it is free
    std::uint64_t refused_cost = 0;  // 0: it is a lease
    std::uint64_t amount = 0;        // of the lease
    std::vector<Decision> decisions;
    [[nodiscard]] bool is_live(Time now) const { return now >= since && now < until; }
  };
  struct Place {
    Entry* entry;
    std::unique_lock<std::mutex> lock;
  };
  Place place_of(std::string_view key);
  // Returns the entry, emptied, if it is the key's or free.
  static Entry* claim(const Place& place, std::string_view key, Time now);

  std::vector<Entry> entries_;
  std::array<std::mutex, 64> mutexes_;  // of an entry: by its number
};

}  // namespace ratelimit::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_REMEMBERED_H_
