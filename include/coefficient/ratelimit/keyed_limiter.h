#ifndef COEFFICIENT_RATELIMIT_KEYED_LIMITER_H_
#define COEFFICIENT_RATELIMIT_KEYED_LIMITER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/ratelimit/decision.h"
#include "coefficient/ratelimit/export.h"
#include "coefficient/ratelimit/policy.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// Longer keys are refused for ever: what an attacker may make long is not hashed on every request.
inline constexpr std::size_t kMaxKeyBytes = 1024;

struct KeyedLimiterOptions {
  /// How many keys may owe at the same time: 1 to 2^36. Keys that owe nothing (have a full bucket)
  /// need no place. Memory, taken once: 22.9 bytes each (GCRA) or 45.8 (sliding window), and at
  /// most 60 KiB.
  std::size_t max_keys = std::size_t{1} << 20U;
};

/// One cost of one key.
struct KeyedCost {
  std::string_view key;
  std::uint64_t cost = 1;
};

/// What happened since a limiter was made.
struct KeyedLimiterCounters {
  /// Checks of keys without a place that a shared count answered, or whose debt refused them.
  std::uint64_t overflowed = 0;
  /// Places that were taken from a key that owed nothing.
  std::uint64_t reclaimed = 0;
};

/// One policy, and a count for each key: a user, an address (see address_key.h), a token. Memory is
/// fixed at construction, whatever keys are sent.
///
/// A place belongs to a key as long as it owes anything, so no flood of other keys makes a debtor
/// free. When all 32 (GCRA; 16) places that a new key could have are owed, the key shares one of
/// 256 overflow counts, each with the full policy, with others: a flood that fills the table gets
/// 256 times the policy in all, new keys share that, and keys with a place notice nothing. A key
/// that gets a place after it has shared a count takes the whole debt of that count along.
///
/// Keys are any bytes. They are not stored: a place is found by a hash under a random key
/// (SipHash-1-3). Two keys in a table share a count by chance with probability 2^-58.
///
/// Thread safety: all members may be called concurrently. For a key that has a place, a decision
/// takes no lock (GCRA), or holds that place for a few instructions (sliding window). A key that
/// gets a place takes one of up to 1024 locks.
class COEFFICIENT_RATELIMIT_EXPORT KeyedLimiter {
 public:
  /// Errors: kInvalidArgument from check_policy(), or if max_keys is out of range;
  /// kResourceExhausted if the memory cannot be had; kInternal if there are no random bytes.
  /// `clock` must outlive the limiter.
  static Result<KeyedLimiter> create(Policy policy, const KeyedLimiterOptions& options = {},
                                     const Clock& clock = steady_clock());
  KeyedLimiter(const KeyedLimiter&) = delete;
  KeyedLimiter& operator=(const KeyedLimiter&) = delete;
  KeyedLimiter(KeyedLimiter&&) noexcept;
  KeyedLimiter& operator=(KeyedLimiter&&) noexcept;
  ~KeyedLimiter();

  /// These are as in Limiter. refund() of a key without a place does nothing.
  Decision check(std::string_view key, std::uint64_t cost = 1) noexcept;
  [[nodiscard]] Decision peek(std::string_view key) const noexcept;
  Decision reserve(std::string_view key, std::uint64_t cost = 1) noexcept;
  Decision refund(std::string_view key, std::uint64_t cost) noexcept;

  /// check() of each, in order and independently, at one reading of the clock: `decisions[i]` is on
  /// `costs[i]`. Memory is fetched ahead, so that many keys take little longer than one. Does as
  /// many as the shorter of both has.
  void check_many(std::span<const KeyedCost> costs, std::span<Decision> decisions) noexcept;

  /// As Limiter::set_policy(). Takes the same time for any number of keys.
  Result<> set_policy(Policy policy);
  [[nodiscard]] Policy policy() const;
  [[nodiscard]] KeyedLimiterCounters counters() const noexcept;
  /// Returns how many bytes hold the counts.
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  friend class Demand;
  struct State;
  explicit KeyedLimiter(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_RATELIMIT_KEYED_LIMITER_H_
