#ifndef COEFFICIENT_GATEWAY_RATE_LIMITS_H_
#define COEFFICIENT_GATEWAY_RATE_LIMITS_H_

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client_address.h"
#include "coefficient/ratelimit/headers.h"
#include "coefficient/webhook/verified.h"
#include "lane.h"
#include "rate_counts.h"

namespace gateway {

/// One of what a request counts for, with a key of its own.
struct RateKey {
  Tier tier = Tier::kAddress;
  std::string key;  ///< 1 to 200 bytes.
};

/// What config.json's "rate_limits" comes to: the counts, whom a request counts for, and how its
/// client is told.
///
/// Thread safety: all members may be called concurrently.
class RateLimits {
 public:
  using Done = std::function<void(Ruling)>;
  static constexpr std::size_t kMaxPending = 1024;

  /// `clock` must outlive it, and so must `log`, if any. Errors: those of local_rate_counts, or,
  /// with a Redis server, of redis_rate_backend and shared_rate_counts. A server that is down is no
  /// error.
  static Result<std::unique_ptr<RateLimits>> create(const RateLimitConfig& config,
                                                    const Clock& clock, Log* log = nullptr);

  /// Takes one of each key, or of none, and calls `done` exactly once: before it returns if the
  /// counts are of this process, else later and from any thread. Of requests beyond kMaxPending
  /// that wait for a server nothing is known.
  void take(std::vector<RateKey> keys, Done done);
  /// Gives one back. There is always room for it, as there was for the request that took it.
  void give_back(RateKey key);
  /// Returns nothing if the counts can be had; else why not. May wait for them.
  Result<> probe() { return counts_->probe(); }
  /// Answers what waits; what comes later gets no counts.
  void stop();
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
  std::unique_ptr<Lane> lane_;  ///< Where a server is asked. Null: the counts are of this process.
};

/// Returns the installation of a delivery of GitHub's, the workspace of one of Slack's; nothing if
/// the body names none. Time is linear in the body.
std::optional<RateKey> body_key(std::string_view endpoint, std::string_view content_type,
                                const coefficient::webhook::Verified& verified);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_RATE_LIMITS_H_
