#include "ratelimit/limiter_core.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

Engine::~Engine() = default;

Result<> LimiterCore::set_policy(Policy next) {
  auto checked = check_policy(next);
  if (!checked) return checked;
  const std::lock_guard lock(mutex);
  const bool sliding = policy.algorithm == Algorithm::kSlidingWindow;
  if (next.name != policy.name || next.algorithm != policy.algorithm ||
      (sliding && next.period != policy.period))
    return Error{ErrorCode::kInvalidArgument,
                 "rate limit policy: a change keeps the name, the algorithm and the period of a "
                 "sliding window"};
  auto changed = engine->change(make_terms(next, now()));
  if (changed) policy = std::move(next);
  return changed;
}

Policy LimiterCore::copy_policy() const {
  const std::lock_guard lock(mutex);
  return policy;
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE
