#include <utility>

#include "coefficient/core/clock.h"
#include "coefficient/ratelimit/all_or_nothing.h"
#include "coefficient/ratelimit/keyed_limiter.h"
#include "target.h"

namespace ratelimit_tool {
namespace {

namespace rl = coefficient::ratelimit;
using coefficient::Result;

using Time = std::chrono::system_clock::time_point;

class LocalTarget final : public Target {
 public:
  Result<> add(rl::Policy policy, std::size_t max_keys) {
    auto tier = rl::KeyedLimiter::create(std::move(policy), {.max_keys = max_keys}, clock_);
    if (!tier) return tier.error();
    tiers_.push_back(*std::move(tier));
    return {};
  }
  void set_time(std::chrono::nanoseconds since_epoch) override { clock_.set(Time(since_epoch)); }
  Result<rl::Decision> check(std::string_view key, std::uint64_t cost) override {
    return rl::check_all(demands(key, cost));
  }
  Result<rl::Decision> peek(std::string_view key) override { return rl::peek_all(demands(key, 0)); }
  Result<rl::Decision> refund(std::string_view key, std::uint64_t cost) override {
    return rl::refund_all(demands(key, cost));
  }

 private:
  const std::vector<rl::Demand>& demands(std::string_view key, std::uint64_t cost) {
    demands_.clear();
    for (rl::KeyedLimiter& tier : tiers_) demands_.emplace_back(tier, key, cost);
    return demands_;
  }

  coefficient::ManualClock clock_{Time()};
  std::vector<rl::KeyedLimiter> tiers_;
  std::vector<rl::Demand> demands_;
};

}  // namespace

Result<std::unique_ptr<Target>> make_local_target(std::vector<rl::Policy> policies,
                                                  std::size_t max_keys) {
  auto target = std::make_unique<LocalTarget>();
  for (rl::Policy& policy : policies) {
    const auto added = target->add(std::move(policy), max_keys);
    if (!added) return added.error();
  }
  return std::unique_ptr<Target>(std::move(target));
}

}  // namespace ratelimit_tool
