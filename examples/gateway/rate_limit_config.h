#ifndef COEFFICIENT_GATEWAY_RATE_LIMIT_CONFIG_H_
#define COEFFICIENT_GATEWAY_RATE_LIMIT_CONFIG_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/ratelimit/policy.h"
#include "coefficient/ratelimit/shared_limiter.h"

namespace gateway {

/// What requests are counted by.
enum class Tier : std::uint8_t {
  kAddress,       ///< The client's address (IPv6: its /64).
  kRoute,         ///< The URL, for all clients together.
  kTarget,        ///< Address and what GitHub's headers say the hook is installed on: a claim.
  kInstallation,  ///< The installation in GitHub's verified body.
  kTeam,          ///< The workspace in Slack's verified body.
  kSignIn,        ///< The address, for admin requests that are refused with 401.
};

/// The tiers' names in config.json, in the order of Tier.
inline constexpr std::array<std::string_view, 6> kTiers = {"address",      "route", "target",
                                                           "installation", "team",  "sign_in"};

/// The section "rate_limits" of config.json.
struct RateLimitConfig {
  std::array<coefficient::ratelimit::Policy, kTiers.size()> policies;  ///< Of distinct names.
  std::size_t max_keys = 0;          ///< Of each tier, that may owe something at a time.
  std::vector<std::string> proxies;  ///< IP addresses whose X-Forwarded-For is believed.
  std::string redis;                 ///< unix:PATH or HOST:PORT; empty: counts are of this process.
  std::chrono::milliseconds redis_deadline{};  ///< For each exchange.
  coefficient::ratelimit::OnFailure redis_failure = coefficient::ratelimit::OnFailure::kDeny;
  std::uint32_t nodes = 0;  ///< How many gateways share the counts; for redis_failure "local".
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_RATE_LIMIT_CONFIG_H_
