#include "coefficient/ratelimit/limiter.h"

#include <utility>

#include "ratelimit/gcra_cell.h"
#include "ratelimit/limiter_state.h"
#include "ratelimit/shared_cell.h"
#include "ratelimit/window_cell.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

Result<Limiter> Limiter::create(Policy policy, const Clock& clock) {
  const auto checked = check_policy(policy);
  if (!checked) return checked.error();
  const Terms terms = make_terms(policy, nanoseconds_of(clock));
  std::unique_ptr<Engine> engine;
  if (policy.algorithm == Algorithm::kGcra)
    engine = std::make_unique<SingleEngine<GcraCell>>(terms, policy.name);
  else
    engine = std::make_unique<SingleEngine<WindowCell>>(terms, policy.name);
  return Limiter(std::make_unique<State>(std::move(policy), clock, std::move(engine)));
}

Limiter::Limiter(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Limiter::Limiter(Limiter&&) noexcept = default;
Limiter& Limiter::operator=(Limiter&&) noexcept = default;
Limiter::~Limiter() = default;

Decision Limiter::check(std::uint64_t cost) noexcept {
  return state_->run(0, state_->now(), Operation::kCheck, cost);
}
Decision Limiter::peek() const noexcept {
  return state_->run(0, state_->now(), Operation::kProbe, 0);
}
Decision Limiter::reserve(std::uint64_t cost) noexcept {
  return state_->run(0, state_->now(), Operation::kReserve, cost);
}
Decision Limiter::refund(std::uint64_t cost) noexcept {
  return state_->run(0, state_->now(), Operation::kRefund, cost);
}
Result<> Limiter::set_policy(Policy policy) {
  return state_->set_policy(std::move(policy));
}
Policy Limiter::policy() const {
  return state_->copy_policy();
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE
