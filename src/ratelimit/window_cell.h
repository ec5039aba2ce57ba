#ifndef COEFFICIENT_SRC_RATELIMIT_WINDOW_CELL_H_
#define COEFFICIENT_SRC_RATELIMIT_WINDOW_CELL_H_

#include <cstdint>

#include "coefficient/version.h"
#include "ratelimit/cell.h"
#include "ratelimit/sliding_window.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// One key's counts under the sliding window, like GcraCell. Three words cannot be swapped as one,
/// so each operation holds the cell for a few instructions.
///
/// Thread safety: all members may be called concurrently, those that say so by one holder of
/// lock().
class WindowCell {
 public:
  using State = sliding_window::Counts;
  static constexpr std::uint64_t kPerLine = 2;
  static constexpr std::uint64_t kProbeLines = 32;
  static constexpr bool kHasUnits = false;

  static State fresh() noexcept { return {}; }
  static State later(const State& a, const State& b) noexcept {
    return a.window < b.window || (a.window == b.window && a.current < b.current) ? b : a;
  }
  static State owing_until(const Terms& terms, std::uint64_t until) noexcept {
    const std::uint64_t window = until / terms.period;
    return window < 2 ? State{} : State{window - 2, 0, terms.limit};
  }
  static State full(const Terms& terms, std::uint64_t now) noexcept {
    return {now / terms.period, 0, terms.limit};
  }
  static bool is_ahead(const Terms& terms, const State& state, std::uint64_t now) noexcept {
    return sliding_window::is_ahead(terms, state, now);
  }
  static State kept(const Terms& terms, const State& state, std::uint64_t now) noexcept {
    return {now / terms.period, state.previous, state.current};
  }
  static std::uint64_t expiry(const Terms& terms, const State& state) noexcept {
    return sliding_window::expiry(terms, state);
  }
  /// The period never changes, and counts are of requests.
  static State convert(const State& state, const Terms&, const Terms&) noexcept { return state; }
  static void advance(const Terms& terms, State& state, std::uint64_t now, Operation operation,
                      std::uint64_t cost, Step& step) noexcept {
    sliding_window::advance(terms, state, now, operation, cost, step);
  }

  [[nodiscard]] std::uint64_t tag() noexcept { return Word(tag_).load(std::memory_order_acquire); }

  bool apply(std::uint64_t tag, const TermsHistory& history, std::uint64_t now, Operation operation,
             std::uint64_t cost, Step& step) noexcept {
    State state = lock();
    const bool ours = this->tag() == tag;
    if (ours) {
      const Terms terms = history.at(tag & TermsHistory::kGenerationMask);
      advance(terms, state, now, operation, cost, step);
      terms.describe(step);
    }
    unlock(state);
    return ours;
  }

  State lock() noexcept {
    const std::uint64_t window = lock_word(window_);
    return {window, Word(previous_).load(std::memory_order_relaxed),
            Word(current_).load(std::memory_order_relaxed)};
  }
  template <class Idle>
  bool lock_if(Idle idle, State& state) noexcept {
    if (Word(window_).load(std::memory_order_relaxed) == kLocked) return false;
    state = lock();
    if (idle(state)) return true;
    unlock(state);
    return false;
  }
  void publish(std::uint64_t tag, const State& state) noexcept {
    Word(tag_).store(tag, std::memory_order_release);
    unlock(state);
  }

 private:
  void unlock(const State& state) noexcept {
    Word(previous_).store(state.previous, std::memory_order_relaxed);
    Word(current_).store(state.current, std::memory_order_relaxed);
    Word(window_).store(state.window, std::memory_order_release);
  }

  std::uint64_t tag_ = 0;
  std::uint64_t window_ = 0;
  std::uint64_t previous_ = 0;
  std::uint64_t current_ = 0;
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_WINDOW_CELL_H_
