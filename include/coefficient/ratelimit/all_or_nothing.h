#ifndef COEFFICIENT_RATELIMIT_ALL_OR_NOTHING_H_
#define COEFFICIENT_RATELIMIT_ALL_OR_NOTHING_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "coefficient/ratelimit/decision.h"
#include "coefficient/ratelimit/export.h"
#include "coefficient/ratelimit/keyed_limiter.h"
#include "coefficient/ratelimit/limiter.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// The most demands that one request may make.
inline constexpr std::size_t kMaxDemands = 16;

struct LimiterCore;

/// One of several costs that a request has: with the limiter of another tier (10 a second and 1000
/// a day), or of another key (a user and the organization). Refers to its limiter, not to the key.
///
/// Thread safety: immutable.
class COEFFICIENT_RATELIMIT_EXPORT Demand {
 public:
  Demand(Limiter& limiter, std::uint64_t cost = 1) noexcept;  // NOLINT(google-explicit-constructor)
  Demand(KeyedLimiter& limiter, std::string_view key, std::uint64_t cost = 1) noexcept;

 private:
  friend class Transaction;
  LimiterCore* core_;
  std::uint64_t hash_ = 0;
  std::uint64_t cost_;
  bool key_too_long_ = false;
};

/// Takes all of the costs if all of them are there now, and nothing otherwise. Returns the
/// binding_decision() among them. Limiters in shadow mode are charged if theirs is there, refuse
/// nothing, and set `shadow_denied`.
///
/// With other threads at the same counts: all are asked first, then taken one by one, and given
/// back if another thread took one of them in between. No count ever admits too much, but a request
/// may be refused because of one that is being given back.
///
/// No demands at all are allowed; more than kMaxDemands are refused for ever. Thread safety: may be
/// called concurrently with everything on the same limiters.
COEFFICIENT_RATELIMIT_EXPORT Decision check_all(std::span<const Demand> demands) noexcept;

/// Returns the binding decision of peek() of each; costs play no part.
COEFFICIENT_RATELIMIT_EXPORT Decision peek_all(std::span<const Demand> demands) noexcept;

/// Refunds each, and returns the binding decision of that.
COEFFICIENT_RATELIMIT_EXPORT Decision refund_all(std::span<const Demand> demands) noexcept;

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_RATELIMIT_ALL_OR_NOTHING_H_
