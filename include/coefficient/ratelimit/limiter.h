#ifndef COEFFICIENT_RATELIMIT_LIMITER_H_
#define COEFFICIENT_RATELIMIT_LIMITER_H_

#include <cstdint>
#include <memory>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/ratelimit/decision.h"
#include "coefficient/ratelimit/export.h"
#include "coefficient/ratelimit/policy.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// One policy and one count: for the whole process, or one per connection. For a count per user,
/// address or token see keyed_limiter.h; for several policies at once, all_or_nothing.h.
///
/// A limiter never admits more than its policy, whatever the threads do. The clock may be any; one
/// that goes back by less than a minute makes callers wait, one that was set by more is believed.
///
/// Thread safety: all members may be called concurrently. Under GCRA a decision takes one
/// compare-and-swap and no lock; under a sliding window the count is held for a few instructions.
class COEFFICIENT_RATELIMIT_EXPORT Limiter {
 public:
  /// Error: kInvalidArgument, from check_policy(). `clock` must outlive the limiter.
  static Result<Limiter> create(Policy policy, const Clock& clock = steady_clock());
  Limiter(const Limiter&) = delete;
  Limiter& operator=(const Limiter&) = delete;
  Limiter(Limiter&&) noexcept;
  Limiter& operator=(Limiter&&) noexcept;
  ~Limiter();

  /// Takes `cost` if it is there now. A cost of 0 takes nothing and is allowed.
  Decision check(std::uint64_t cost = 1) noexcept;
  /// Returns what check(0) would, and like it is allowed even if nothing remains.
  [[nodiscard]] Decision peek() const noexcept;
  /// Takes `cost` if it will be there within Policy::max_wait, and says in `retry_after` how long
  /// to wait before going ahead. Whoever does not go ahead refunds it.
  Decision reserve(std::uint64_t cost = 1) noexcept;
  /// Gives back `cost` that was taken and not used; what was never taken fills the count no further
  /// than to the brim. Allowed is true.
  Decision refund(std::uint64_t cost) noexcept;

  /// Puts `policy` in force and keeps what is owed, counted in requests: who had used 3 of 5 has
  /// used 3 of the new burst. Errors: kInvalidArgument from check_policy(), or if the name, the
  /// algorithm or a sliding window's period is another; kResourceExhausted if there were 62 changes
  /// within the time in which a bucket fills.
  Result<> set_policy(Policy policy);
  /// Returns the policy in force.
  [[nodiscard]] Policy policy() const;

 private:
  friend class Demand;
  struct State;
  explicit Limiter(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_RATELIMIT_LIMITER_H_
