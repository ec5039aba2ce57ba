#include "ratelimit/sliding_window.h"

#include <algorithm>

#include "ratelimit/wide.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit::sliding_window {
namespace {

/// Where in its window a moment is.
struct Moment {
  Counts counts;
  std::uint64_t elapsed = 0;  ///< Since the window began.
  std::uint64_t lag = 0;      ///< How long until the window begins: the clock went back.
  bool clock_was_set = false;
};

// A clock that went back a little stays at the beginning of the window that it had reached, so that
// no count is lost when it comes there again. One that was set takes its counts along.
Moment roll(const Terms& terms, Counts counts, std::uint64_t now) noexcept {
  const std::uint64_t window = now / terms.period;
  const std::uint64_t elapsed = now - window * terms.period;
  // Counts of nothing are those of a new key.
  if (counts.previous == 0 && counts.current == 0) return {{window, 0, 0}, elapsed, 0, false};
  const bool clock_was_set = is_ahead(terms, counts, now);
  if (counts.window > window && !clock_was_set)
    return {counts, 0, counts.window * terms.period - now, false};
  if (!clock_was_set && counts.window != window) {
    counts.previous = counts.window + 1 == window ? counts.current : 0;
    counts.current = 0;
  }
  counts.window = window;
  return {counts, elapsed, 0, clock_was_set};
}

std::uint64_t remaining(const Terms& terms, const Moment& at) noexcept {
  const Wide used =
      divide_up(product(at.counts.previous, terms.period - at.elapsed), terms.period) +
      at.counts.current;
  return used >= terms.limit ? 0 : terms.limit - static_cast<std::uint64_t>(used);
}

// The first moment at which the weighted count leaves room for `cost`, which is at most the limit.
std::uint64_t retry(const Terms& terms, const Moment& at, std::uint64_t cost) noexcept {
  const std::uint64_t room = terms.limit - cost;
  const bool this_window = at.counts.current <= room;
  const std::uint64_t weighted = this_window ? at.counts.previous : at.counts.current;
  const std::uint64_t left = this_window ? room - at.counts.current : room;
  const auto weight = static_cast<std::uint64_t>(product(left, terms.period) / weighted);
  const std::uint64_t windows = this_window ? terms.period : 2 * terms.period;
  return windows - weight - at.elapsed + at.lag;
}

std::uint64_t reset(const Terms& terms, const Moment& at) noexcept {
  if (at.counts.current > 0) return 2 * terms.period - at.elapsed + at.lag;
  return at.counts.previous > 0 ? terms.period - at.elapsed + at.lag : 0;
}

void give_back(Counts& counts, std::uint64_t cost) noexcept {
  const std::uint64_t now = std::min(cost, counts.current);
  counts.current -= now;
  counts.previous -= std::min(cost - now, counts.previous);
}

}  // namespace

void advance(const Terms& terms, Counts& counts, std::uint64_t now, Operation operation,
             std::uint64_t cost, Step& step) noexcept {
  Moment at = roll(terms, counts, now);
  const std::uint64_t room = remaining(terms, at);
  const bool allowed = operation == Operation::kRefund || cost <= room;
  std::uint64_t wait = 0;
  if (operation == Operation::kRefund) {
    give_back(at.counts, cost);
  } else if (!allowed) {
    wait = cost > terms.limit ? Step::kNever : retry(terms, at, cost);
  } else if (operation == Operation::kCheck || operation == Operation::kReserve) {
    at.counts.current += cost;
  }
  const bool probed = operation == Operation::kProbe && allowed;
  step.set(allowed, probed ? room - cost : remaining(terms, at), wait, reset(terms, at));
  step.store = allowed ? !probed && (cost > 0 || at.clock_was_set) : at.clock_was_set;
  if (step.store) counts = at.counts;
}

}  // namespace ratelimit::sliding_window
COEFFICIENT_END_NAMESPACE
