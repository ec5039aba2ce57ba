#ifndef COEFFICIENT_GATEWAY_RATE_LIMITS_H_
#define COEFFICIENT_GATEWAY_RATE_LIMITS_H_

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client_address.h"
#include "coefficient/ratelimit/headers.h"
#include "coefficient/webhook/verified.h"
#include "rate_counts.h"

namespace gateway {

/// What config.json's "rate_limits" comes to: the counts, whom a request counts for, and how its
/// client is told.
///
/// Thread safety: all members may be called concurrently.
class RateLimits {
 public:
  /// `clock` must outlive it. Errors: those of local_rate_counts, or, with a Redis server, of
  /// redis_rate_backend and shared_rate_counts. A server that is down is no error.
  static Result<std::unique_ptr<RateLimits>> create(const RateLimitConfig& config,
                                                    const Clock& clock);

  [[nodiscard]] RateCounts& counts() noexcept { return *counts_; }
  [[nodiscard]] const ClientAddresses& addresses() const noexcept { return addresses_; }

  /// Returns the response's fields for a request that was counted in `tiers`, of which `decision`
  /// binds. `now` is the time of the decision.
  [[nodiscard]] std::vector<coefficient::ratelimit::HeaderField> fields(
      std::span<const Tier> tiers, const coefficient::ratelimit::Decision& decision,
      std::chrono::system_clock::time_point now) const;

 private:
  RateLimits(const RateLimitConfig& config, std::unique_ptr<RateCounts> counts,
             ClientAddresses addresses);
  std::array<coefficient::ratelimit::Policy, kTiers.size()> policies_;
  std::unique_ptr<RateCounts> counts_;
  ClientAddresses addresses_;
};

/// What only a verified body tells to count by.
struct BodyKey {
  Tier tier;
  std::string key;  ///< 1 to 200 bytes.
};

/// Returns the installation of a delivery of GitHub's, the workspace of one of Slack's; nothing if
/// the body names none. Time is linear in the body.
std::optional<BodyKey> body_key(std::string_view endpoint, std::string_view content_type,
                                const coefficient::webhook::Verified& verified);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_RATE_LIMITS_H_
