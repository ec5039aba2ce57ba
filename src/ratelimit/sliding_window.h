#ifndef COEFFICIENT_SRC_RATELIMIT_SLIDING_WINDOW_H_
#define COEFFICIENT_SRC_RATELIMIT_SLIDING_WINDOW_H_

#include <cstdint>

#include "coefficient/version.h"
#include "ratelimit/step.h"
#include "ratelimit/terms.h"

// The arithmetic of the sliding-window counter. Windows are [i * period, (i + 1) * period) of the
// clock. With period W, a cost n is allowed at e ns into a window iff
// previous * (W - e) + (current + n) * W <= limit * W, in 128 bits.
COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit::sliding_window {

struct Counts {
  std::uint64_t window = 0;  ///< Its number.
  std::uint64_t previous = 0;
  std::uint64_t current = 0;
};

/// Returns whether `counts` is of a clock that was set back since.
inline bool is_ahead(const Terms& terms, const Counts& counts, std::uint64_t now) noexcept {
  const std::uint64_t begin = counts.window * terms.period;
  return begin > now && begin - now > terms.period + kClockStep;
}

/// Does `operation` at `now`; `counts` becomes the new state if the step says `store`. kReserve is
/// kCheck. A refund is taken from this window first, then from the one before.
void advance(const Terms& terms, Counts& counts, std::uint64_t now, Operation operation,
             std::uint64_t cost, Step& step) noexcept;

/// Returns from when on `counts` has no say: 0 if it counts nothing.
inline std::uint64_t expiry(const Terms& terms, const Counts& counts) noexcept {
  if (counts.current > 0) return (counts.window + 2) * terms.period;
  return counts.previous > 0 ? (counts.window + 1) * terms.period : 0;
}

}  // namespace ratelimit::sliding_window
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_SLIDING_WINDOW_H_
