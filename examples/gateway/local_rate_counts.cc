#include <utility>
#include <vector>

#include "coefficient/ratelimit/all_or_nothing.h"
#include "coefficient/ratelimit/keyed_limiter.h"
#include "rate_counts.h"

namespace gateway {
namespace {

namespace rl = coefficient::ratelimit;

class LocalRateCounts final : public RateCounts {
 public:
  explicit LocalRateCounts(std::vector<rl::KeyedLimiter> limiters)
      : limiters_(std::move(limiters)) {}

  Ruling take(std::span<const Use> uses) override {
    const auto demands = demands_of(uses);
    const rl::Decision decision = rl::check_all(demands);
    Ruling ruling{
        .allowed = decision.allowed, .decision = decision, .shadow_denied = decision.shadow_denied};
    // Only where all are in shadow mode does one of them bind.
    for (const Use& use : uses) {
      if (limiter(use).policy().mode == rl::Mode::kEnforce) return ruling;
    }
    ruling.decision.reset();
    return ruling;
  }
  void give_back(std::span<const Use> uses) override { (void)rl::refund_all(demands_of(uses)); }
  Result<> probe() override { return {}; }

 private:
  rl::KeyedLimiter& limiter(const Use& use) {
    return limiters_[static_cast<std::size_t>(use.tier)];
  }
  std::vector<rl::Demand> demands_of(std::span<const Use> uses) {
    std::vector<rl::Demand> demands;
    demands.reserve(uses.size());
    for (const Use& use : uses) demands.emplace_back(limiter(use), use.key);
    return demands;
  }
  std::vector<rl::KeyedLimiter> limiters_;  // in the order of Tier
};

}  // namespace

Result<std::unique_ptr<RateCounts>> local_rate_counts(const RateLimitConfig& config,
                                                      const Clock& clock) {
  std::vector<rl::KeyedLimiter> limiters;
  for (const rl::Policy& policy : config.policies) {
    auto limiter = rl::KeyedLimiter::create(policy, {.max_keys = config.max_keys}, clock);
    if (!limiter) return limiter.error();
    limiters.push_back(*std::move(limiter));
  }
  return std::unique_ptr<RateCounts>(std::make_unique<LocalRateCounts>(std::move(limiters)));
}

}  // namespace gateway
