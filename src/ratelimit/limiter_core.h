#ifndef COEFFICIENT_SRC_RATELIMIT_LIMITER_CORE_H_
#define COEFFICIENT_SRC_RATELIMIT_LIMITER_CORE_H_

#include <cstdint>
#include <memory>
#include <mutex>
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
      : clock(clock_), engine(std::move(engine_)), policy(std::move(policy_)) {}

  [[nodiscard]] std::uint64_t now() const noexcept { return nanoseconds_of(clock); }
  Decision run(std::uint64_t hash, std::uint64_t at, Operation operation,
               std::uint64_t cost) noexcept {
    return engine->decide(hash, at, operation, cost);
  }
  Result<> set_policy(Policy next);
  [[nodiscard]] Policy copy_policy() const;

  const Clock& clock;
  const std::unique_ptr<Engine> engine;
  mutable std::mutex mutex;  ///< Guards policy, and the engine's change().
  Policy policy;
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_LIMITER_CORE_H_
