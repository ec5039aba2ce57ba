#ifndef COEFFICIENT_SRC_RATELIMIT_LIMITER_STATE_H_
#define COEFFICIENT_SRC_RATELIMIT_LIMITER_STATE_H_

#include <memory>
#include <string_view>
#include <utility>

#include "coefficient/ratelimit/keyed_limiter.h"
#include "coefficient/ratelimit/limiter.h"
#include "coefficient/version.h"
#include "ratelimit/limiter_core.h"
#include "ratelimit/sip_hash.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

struct Limiter::State : LimiterCore {
  using LimiterCore::LimiterCore;
};

struct KeyedLimiter::State : LimiterCore {
  State(Policy policy_, const Clock& clock_, std::unique_ptr<KeyedEngine> engine_,
        const SipHash13::Key& key)
      : LimiterCore(std::move(policy_), clock_, std::move(engine_)),
        keyed(static_cast<KeyedEngine&>(*engine)),
        hash(key) {}

  [[gnu::always_inline]] Decision run_key(std::string_view key, Operation operation,
                                          std::uint64_t cost) noexcept {
    if (key.size() > kMaxKeyBytes) return engine->key_too_long();
    return run(hash(key), now(), operation, cost);
  }

  KeyedEngine& keyed;  ///< engine
  const SipHash13 hash;
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_LIMITER_STATE_H_
