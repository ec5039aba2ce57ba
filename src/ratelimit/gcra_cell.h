#ifndef COEFFICIENT_SRC_RATELIMIT_GCRA_CELL_H_
#define COEFFICIENT_SRC_RATELIMIT_GCRA_CELL_H_

#include <algorithm>
#include <cstdint>
#include <optional>

#include "coefficient/version.h"
#include "ratelimit/cell.h"
#include "ratelimit/gcra.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// One key's count under GCRA: whose it is, and its theoretical arrival time. All zeros is an empty
/// cell. It is used in zeroed memory, through atomic_ref.
///
/// A decision takes one compare-and-swap and waits for nobody, unless the cell is being given to
/// another key at that moment.
///
/// Thread safety: all members may be called concurrently, those that say so by one holder of
/// lock().
class GcraCell {
 public:
  using State = gcra::Tat;
  static constexpr std::uint64_t kPerLine = 4;
  static constexpr std::uint64_t kProbeLines = 16;
  static constexpr bool kHasUnits = true;  ///< A state means another thing under other terms.

  static State fresh() noexcept { return 0; }
  static State later(State a, State b) noexcept { return std::max(a, b); }
  /// Returns the most that a key of which nothing is known but that it owes nothing at `until`
  /// can owe.
  static State owing_until(const Terms&, std::uint64_t until) noexcept { return until; }
  static State full(const Terms& terms, std::uint64_t now) noexcept {
    return now + terms.burst_window + terms.max_wait;
  }
  /// Returns whether `state` is of a clock that was set back since; it then is to be kept() as.
  static bool is_ahead(const Terms& terms, State state, std::uint64_t now) noexcept {
    return gcra::is_ahead(terms, state, now);
  }
  static State kept(const Terms& terms, State, std::uint64_t now) noexcept {
    return full(terms, now);
  }
  static std::uint64_t expiry(const Terms&, State state) noexcept { return state; }
  static State convert(State state, const Terms& from, const Terms& to) noexcept {
    return gcra::convert(state, from, to);
  }
  static void advance(const Terms& terms, State& state, std::uint64_t now, Operation operation,
                      std::uint64_t cost, Step& step) noexcept {
    gcra::advance(terms, state, now, operation, cost, step);
  }

  [[nodiscard]] std::uint64_t tag() noexcept { return Word(tag_).load(std::memory_order_acquire); }

  /// Does `operation` for `tag`, which the cell was seen to have. Returns false, and the step says
  /// nothing, if it is another's by now.
  ///
  /// Inlined, and nobody else gets the address of the terms or of the step, so that both stay in
  /// registers: what is stored before a compare-and-swap delays it.
  [[gnu::always_inline]] bool apply(std::uint64_t tag, const TermsHistory& history,
                                    std::uint64_t now, Operation operation, std::uint64_t cost,
                                    Step& step) noexcept {
    if (operation == Operation::kRefund)
      return take_over(apply_held(tag, history, now, operation, cost), step);
    const Terms terms = history.at(tag & TermsHistory::kGenerationMask);
    Backoff backoff;
    std::uint64_t seen = Word(tat_).load(std::memory_order_acquire);
    for (;;) {
      if (seen == kLocked) {
        backoff.wait();
        seen = Word(tat_).load(std::memory_order_acquire);
        continue;
      }
      State state = seen;
      gcra::advance(terms, state, now, operation, cost, step);
      if (!step.store) break;
      // It owes more than these terms allow, and would be cut: which it must not if it is no longer
      // under these terms, since what was more than theirs may be just what other terms allow.
      if (!step.allowed) return take_over(apply_held(tag, history, now, operation, cost), step);
      if (Word(tat_).compare_exchange_weak(seen, state, std::memory_order_acq_rel,
                                           std::memory_order_acquire))
        break;
    }
    // The cell may have been given to another key since it was found, and the new owner's time be
    // the same number. Then that key was charged; this one is charged again, in its own cell. Too
    // much in a race that takes a refund or a clock that went back, but never too little.
    if (this->tag() != tag) return false;
    terms.describe(step);
    return true;
  }

  /// Keeps everybody else out until publish(). Returns the state.
  State lock() noexcept { return lock_word(tat_); }
  /// The same if the cell is not locked and `idle(state)`; returns whether it is locked now.
  template <class Idle>
  bool lock_if(Idle idle, State& state) noexcept {
    std::uint64_t seen = Word(tat_).load(std::memory_order_acquire);
    state = seen;
    return seen != kLocked && idle(state) &&
           Word(tat_).compare_exchange_strong(seen, kLocked, std::memory_order_acq_rel,
                                              std::memory_order_relaxed);
  }
  /// Unlocks. To be called by the holder of the lock.
  void publish(std::uint64_t tag, State state) noexcept {
    Word(tag_).store(tag, std::memory_order_release);
    Word(tat_).store(state, std::memory_order_release);
  }

 private:
  // What makes a debt less must not go to another key, or to a debt under other terms, so the cell
  // is held.
  [[gnu::noinline]] std::optional<Step> apply_held(std::uint64_t tag, const TermsHistory& history,
                                                   std::uint64_t now, Operation operation,
                                                   std::uint64_t cost) noexcept {
    std::optional<Step> step;
    State state = lock();
    if (this->tag() == tag) {
      const Terms terms = history.at(tag & TermsHistory::kGenerationMask);
      gcra::advance(terms, state, now, operation, cost, step.emplace());
      terms.describe(*step);
    }
    Word(tat_).store(state, std::memory_order_release);
    return step;
  }

  static bool take_over(const std::optional<Step>& held, Step& step) noexcept {
    if (held) step = *held;
    return held.has_value();
  }

  std::uint64_t tag_ = 0;
  std::uint64_t tat_ = 0;
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_GCRA_CELL_H_
