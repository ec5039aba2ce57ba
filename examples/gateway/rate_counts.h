#ifndef COEFFICIENT_GATEWAY_RATE_COUNTS_H_
#define COEFFICIENT_GATEWAY_RATE_COUNTS_H_

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "coefficient/ratelimit/backend.h"
#include "coefficient/ratelimit/decision.h"
#include "log.h"
#include "rate_limit_config.h"
#include "result.h"

namespace gateway {

/// One of what a request counts for. At most 16 of them at a time.
struct Use {
  Tier tier = Tier::kAddress;
  std::string_view key;  ///< 1 to 200 bytes.
};

/// What the counts say.
struct Ruling {
  bool allowed = false;
  /// Of those asked the one that binds, with `shadow_denied` if one in shadow mode would have
  /// refused; nothing if only such were asked, or if the counts cannot be had.
  std::optional<coefficient::ratelimit::Decision> decision;
  bool shadow_denied = false;
};

/// The counts of all tiers.
///
/// Thread safety: all members may be called concurrently.
class RateCounts {
 public:
  RateCounts() = default;
  RateCounts(const RateCounts&) = delete;
  RateCounts& operator=(const RateCounts&) = delete;
  virtual ~RateCounts() = default;
  /// Takes one of each, or of none.
  virtual Ruling take(std::span<const Use> uses) = 0;
  /// Gives one of each back.
  virtual void give_back(std::span<const Use> uses) = 0;
  /// Returns nothing if the counts can be had; else why not.
  virtual Result<> probe() = 0;
};

/// Counts in this process. Errors: those of KeyedLimiter::create.
Result<std::unique_ptr<RateCounts>> local_rate_counts(const RateLimitConfig& config,
                                                      const Clock& clock);

/// Counts in `backend`. `log` is told when the counts of a tier cannot be had any more, and when
/// they can again; null, or must outlive them. Errors: those of SharedLimiter::create.
Result<std::unique_ptr<RateCounts>> shared_rate_counts(
    const RateLimitConfig& config, std::shared_ptr<coefficient::ratelimit::Backend> backend,
    const Clock& clock, Log* log);

/// Returns the backend that config.redis names; connects to nothing yet. Errors: kInvalidArgument;
/// kFailedPrecondition in a gateway that was built without the module redis.
Result<std::shared_ptr<coefficient::ratelimit::Backend>> redis_rate_backend(
    const RateLimitConfig& config);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_RATE_COUNTS_H_
