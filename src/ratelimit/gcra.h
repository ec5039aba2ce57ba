#ifndef COEFFICIENT_SRC_RATELIMIT_GCRA_H_
#define COEFFICIENT_SRC_RATELIMIT_GCRA_H_

#include <algorithm>
#include <cstdint>

#include "coefficient/version.h"
#include "ratelimit/step.h"
#include "ratelimit/terms.h"
#include "ratelimit/wide.h"

// The arithmetic of the generic cell rate algorithm (virtual scheduling, ATM Forum TM 4.1). All of
// a key's state is its theoretical arrival time: that far ahead of now is what it still owes. With
// now < 2^63 and check_policy()'s bounds, no sum reaches 2^64 - 1.
COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit::gcra {

using Tat = std::uint64_t;

/// Returns how many of `terms.interval` fit beside `debt`.
inline std::uint64_t remaining(const Terms& terms, std::uint64_t debt) noexcept {
  return debt >= terms.burst_window
             ? 0
             : quotient(terms.burst_window - debt, terms.interval, terms.reciprocal);
}

/// Returns whether `tat` is of a clock that was set back since.
inline bool is_ahead(const Terms& terms, Tat tat, std::uint64_t now) noexcept {
  return tat > now && tat - now > terms.burst_window + terms.max_wait + kClockStep;
}

/// Debt is never taken for more than could have been taken: a tat beyond that is of a clock that
/// went back. It is written back only if the clock was set; otherwise two threads whose readings
/// differ would forgive each other's debts.
[[gnu::always_inline]] inline void refuse(const Terms& terms, Tat& tat, std::uint64_t now,
                                          std::uint64_t debt, std::uint64_t retry,
                                          Step& step) noexcept {
  step.set(false, remaining(terms, debt), retry, debt);
  if (!is_ahead(terms, tat, now)) return;
  step.store = true;
  tat = now + debt;
}

inline void refund(const Terms& terms, Tat& tat, std::uint64_t now, std::uint64_t cost,
                   Step& step) noexcept {
  std::uint64_t amount = 0;
  if (__builtin_mul_overflow(terms.interval, cost, &amount)) amount = Step::kNever;
  const Tat less = std::max(now, tat > amount ? tat - amount : 0);
  const bool store = less < tat;
  if (store) tat = less;
  const std::uint64_t most = terms.burst_window + terms.max_wait;
  const std::uint64_t debt = tat > now ? std::min(tat - now, most) : 0;
  step.set(true, remaining(terms, debt), 0, debt);
  step.store = store;
}

/// Does `operation` at `now`; `tat` becomes the new state if the step says `store`.
[[gnu::always_inline]] inline void advance(const Terms& terms, Tat& tat, std::uint64_t now,
                                           Operation operation, std::uint64_t cost,
                                           Step& step) noexcept {
  if (operation == Operation::kRefund) return refund(terms, tat, now, cost, step);
  const std::uint64_t most = terms.burst_window + terms.max_wait;
  const std::uint64_t debt = tat > now ? std::min(tat - now, most) : 0;
  std::uint64_t amount = 0;
  if (__builtin_mul_overflow(terms.interval, cost, &amount) || amount > terms.burst_window)
    return step.set(false, remaining(terms, debt), Step::kNever, debt);
  const std::uint64_t after = debt + amount;
  const std::uint64_t bound = operation == Operation::kReserve ? most : terms.burst_window;
  if (after > bound && cost > 0) return refuse(terms, tat, now, debt, after - bound, step);
  const bool waits = after > terms.burst_window && cost > 0;
  step.set(true, remaining(terms, after), waits ? after - terms.burst_window : 0, after);
  step.store = operation != Operation::kProbe && cost > 0;
  if (step.store) tat = now + after;
}

/// Returns the state under `to` of what `from` counted: as many requests owed, at most a full
/// bucket and what can be reserved ahead. Debt is rounded up.
Tat convert(Tat tat, const Terms& from, const Terms& to) noexcept;

}  // namespace ratelimit::gcra
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_GCRA_H_
