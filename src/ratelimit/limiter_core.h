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
  /// Writes `out` member by member: see Step::set().
  void describe(const Step& step, Decision& out) const noexcept {
    const bool spared = step.shadow && !step.allowed;
    out.allowed = step.allowed || spared;
    out.shadow_denied = spared;
    out.limit = alone(step.limit);
    out.remaining = alone(step.remaining);
    if (step.retry == Step::kNever)
      out.retry_after.reset();
    else
      out.retry_after.emplace(step.retry);
    out.reset_after = std::chrono::nanoseconds(alone(step.reset));
    out.policy = name;
  }
  void run(std::uint64_t hash, std::uint64_t at, Operation operation, std::uint64_t cost,
           Decision& out) noexcept {
    Step step;
    engine->run(hash, at, operation, cost, step);
    describe(step, out);
  }
  Decision run(std::uint64_t hash, std::uint64_t at, Operation operation,
               std::uint64_t cost) noexcept {
    Decision out;
    run(hash, at, operation, cost, out);
    return out;
  }
  /// What a key beyond kMaxKeyBytes gets, in shadow mode, too: nothing is known of it.
  [[nodiscard]] Decision key_too_long() const noexcept;
  Result<> set_policy(Policy next);
  [[nodiscard]] Policy copy_policy() const;

  /// Reads `number` by itself: see Step::set().
  static std::uint64_t alone(const std::uint64_t& number) noexcept {
    return static_cast<const volatile std::uint64_t&>(number);
  }

  const std::string name;
  const Clock& clock;
  const std::unique_ptr<Engine> engine;
  mutable std::mutex mutex;  ///< Guards policy, and the engine's change().
  Policy policy;
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_LIMITER_CORE_H_
