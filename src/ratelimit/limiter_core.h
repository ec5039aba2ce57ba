#ifndef COEFFICIENT_SRC_RATELIMIT_LIMITER_CORE_H_
#define COEFFICIENT_SRC_RATELIMIT_LIMITER_CORE_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/ratelimit/decision.h"
#include "coefficient/ratelimit/policy.h"
#include "coefficient/version.h"
#include "ratelimit/engine.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// What Limiter and KeyedLimiter have in common: a policy, a clock, and counts.
///
/// Thread safety: all members may be called concurrently.
struct LimiterCore {
  LimiterCore(Policy policy_, const Clock& clock_, std::unique_ptr<Engine> engine_)
      : name(policy_.name), clock(clock_), engine(std::move(engine_)), policy(std::move(policy_)) {}

  [[nodiscard]] std::uint64_t now() const noexcept { return nanoseconds_of(clock); }
  [[nodiscard]] Decision decision(const Step& step, const Terms& terms) const noexcept {
    Decision out{.allowed = step.allowed,
                 .limit = terms.limit,
                 .remaining = step.remaining,
                 .reset_after = std::chrono::nanoseconds(step.reset),
                 .policy = name};
    if (step.retry == Step::kNever)
      out.retry_after.reset();
    else
      out.retry_after = std::chrono::nanoseconds(step.retry);
    if (terms.shadow != 0 && !step.allowed) out.allowed = out.shadow_denied = true;
    return out;
  }
  Decision run(std::uint64_t hash, std::uint64_t at, Operation operation,
               std::uint64_t cost) noexcept {
    Terms terms;
    const Step step = engine->run(hash, at, operation, cost, terms);
    return decision(step, terms);
  }
  /// What a key beyond kMaxKeyBytes gets, in shadow mode, too: nothing is known of it.
  [[nodiscard]] Decision key_too_long() const noexcept;
  Result<> set_policy(Policy next);
  [[nodiscard]] Policy copy_policy() const;

  const std::string name;
  const Clock& clock;
  const std::unique_ptr<Engine> engine;
  mutable std::mutex mutex;  ///< Guards policy, and the engine's change().
  Policy policy;
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_LIMITER_CORE_H_
