#ifndef COEFFICIENT_SRC_RATELIMIT_SHARED_CELL_H_
#define COEFFICIENT_SRC_RATELIMIT_SHARED_CELL_H_

#include <cstdint>
#include <span>

#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "ratelimit/engine.h"
#include "ratelimit/step.h"
#include "ratelimit/terms.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// Returns what `state`, of generation `from`, is under generation `to`.
template <class Cell>
typename Cell::State convert_chain(typename Cell::State state, std::uint64_t from, std::uint64_t to,
                                   const TermsHistory& history) noexcept {
  while (from != to) {
    const std::uint64_t next = TermsHistory::next(from);
    state = Cell::convert(state, history.at(from), history.at(next));
    from = next;
  }
  return state;
}

/// Puts `terms` in force, if no count under the terms that are forgotten by that can matter.
template <class Cell>
Result<> change_terms(TermsHistory& history, const Terms& terms) {
  const std::uint64_t oldest = history.forgotten_by_push();
  if (Cell::kHasUnits && oldest != 0) {
    const std::uint64_t next = TermsHistory::next(oldest);
    const auto state = convert_chain<Cell>(Cell::full(history.at(oldest), history.at(next).since),
                                           oldest, history.generation(), history);
    if (Cell::expiry(history.at(history.generation()), state) > terms.since)
      return Error{ErrorCode::kResourceExhausted,
                   "rate limit policy: 62 changes while what was counted before still counts"};
  }
  history.push(terms);
  return {};
}

/// A count that keys share, or that has no key. Its cell's tag is just a generation; 0 means that
/// it was never used.
template <class Cell>
class SharedCell {
 public:
  using State = typename Cell::State;

  [[gnu::always_inline]] Step run(const TermsHistory& history, std::uint64_t now,
                                  Operation operation, std::uint64_t cost) noexcept {
    for (;;) {
      const std::uint64_t generation = history.generation();
      Step step;
      if (cell_.tag() == generation && cell_.apply(generation, history, now, operation, cost, step))
        return step;
      bring_up_to_date(history, now);
    }
  }
  /// Returns the state under the terms in force.
  State state(const TermsHistory& history, std::uint64_t now) noexcept {
    return bring_up_to_date(history, now);
  }

 private:
  [[gnu::noinline]] State bring_up_to_date(const TermsHistory& history,
                                           std::uint64_t now) noexcept {
    State state = cell_.lock();
    const std::uint64_t from = cell_.tag();
    const std::uint64_t to = history.generation();
    state = from == 0 ? Cell::fresh() : convert_chain<Cell>(state, from, to, history);
    const Terms terms = history.at(to);
    if (Cell::is_ahead(terms, state, now)) state = Cell::kept(terms, state, now);
    cell_.publish(to, state);
    return state;
  }

  Cell cell_;
};

/// The engine of a limiter without keys.
template <class Cell>
class SingleEngine final : public Engine {
 public:
  using Engine::Engine;

  Step run(std::uint64_t, std::uint64_t now, Operation operation,
           std::uint64_t cost) noexcept override {
    return cell_.run(history_, now, operation, cost);
  }
  Decision decide(std::uint64_t, std::uint64_t now, Operation operation,
                  std::uint64_t cost) noexcept override {
    Decision out;
    cell_.run(history_, now, operation, cost).describe(policy_name(), out);
    return out;
  }
  void refund_pool(std::uint64_t, std::uint64_t, std::uint64_t) noexcept override {}
  Result<> change(const Terms& terms) override { return change_terms<Cell>(history_, terms); }
  [[nodiscard]] std::size_t bytes() const noexcept override { return sizeof cell_; }

 private:
  alignas(64) SharedCell<Cell> cell_;  // alone in its line
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_SHARED_CELL_H_
