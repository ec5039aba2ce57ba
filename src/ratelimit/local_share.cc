#include "ratelimit/local_share.h"

#include <algorithm>
#include <limits>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit::detail {
namespace {

// The long-run rate is divided by making the period longer: that is exact, limit / nodes is not.
Result<Policy> share_of(Policy policy, std::uint32_t nodes) {
  if (policy.period.count() > std::numeric_limits<std::int64_t>::max() / nodes)
    return Error{ErrorCode::kInvalidArgument,
                 "policy " + policy.name + ": its period times nodes is out of range"};
  policy.period *= nodes;
  policy.burst = std::max<std::uint64_t>(policy.burst / nodes, 1);
  return policy;
}

}  // namespace

Result<LocalShare> LocalShare::create(std::span<const Policy> policies, std::uint32_t nodes,
                                      const KeyedLimiterOptions& options, const Clock& clock) {
  std::vector<KeyedLimiter> limiters;
  limiters.reserve(policies.size());
  for (const Policy& policy : policies) {
    auto share = share_of(policy, nodes);
    if (!share) return share.error();
    auto limiter = KeyedLimiter::create(*std::move(share), options, clock);
    if (!limiter) return limiter.error();
    limiters.push_back(*std::move(limiter));
  }
  return LocalShare(std::move(limiters), nodes);
}

std::vector<Demand> LocalShare::demands(std::string_view key, std::uint64_t cost) {
  std::vector<Demand> out;
  out.reserve(limiters_.size());
  for (KeyedLimiter& limiter : limiters_) out.emplace_back(limiter, key, cost);
  return out;
}

Decision LocalShare::check(std::string_view key, std::uint64_t cost) {
  return check_all(demands(key, cost));
}

Decision LocalShare::peek(std::string_view key) {
  return peek_all(demands(key, 0));
}

Decision LocalShare::refund(std::string_view key, std::uint64_t cost) {
  return refund_all(demands(key, cost));
}

Result<> LocalShare::set_policies(std::span<const Policy> policies) {
  std::vector<Policy> shares;  // none is set before all can be
  for (std::size_t i = 0; i < policies.size() && i < limiters_.size(); ++i) {
    auto share = share_of(policies[i], nodes_);
    if (!share) return share.error();
    shares.push_back(*std::move(share));
  }
  for (std::size_t i = 0; i < shares.size(); ++i)
    if (auto set = limiters_[i].set_policy(std::move(shares[i])); !set) return set;
  return {};
}

}  // namespace ratelimit::detail
COEFFICIENT_END_NAMESPACE
