#include <array>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "coefficient/ratelimit/shared_limiter.h"
#include "rate_counts.h"

namespace gateway {
namespace {

namespace rl = coefficient::ratelimit;

class SharedRateCounts final : public RateCounts {
 public:
  SharedRateCounts(std::vector<rl::SharedLimiter> limiters, rl::OnFailure on_failure, Log* log)
      : limiters_(std::move(limiters)), on_failure_(on_failure), log_(log) {}

  // One after another, as each key is a string of its own in the server: what was taken is given
  // back when a later one refuses.
  Ruling take(std::span<const Use> uses) override {
    Ruling ruling{.allowed = true, .decision = {}, .shadow_denied = false};
    std::vector<rl::Decision> enforced;
    std::vector<Use> taken;
    for (const Use& use : uses) {
      const rl::SharedDecision said = limiter(use).check(key_of(use));
      note(use.tier, said);
      for (std::size_t i = 0; i < said.decisions.size(); ++i) {
        ruling.shadow_denied = ruling.shadow_denied || said.decisions[i].shadow_denied;
        if (i < said.enforced) enforced.push_back(said.decisions[i]);
      }
      if (!said.allowed) {
        give_back(taken);
        ruling.allowed = false;
        if (said.enforced == 0) return {};  // nothing is known: the server does not answer
        break;
      }
      // What was allowed because nobody could count it is not counted.
      if (!said.failure || on_failure_ == rl::OnFailure::kLocalShare) taken.push_back(use);
    }
    if (!enforced.empty()) ruling.decision = rl::binding_decision(enforced);
    return ruling;
  }

  void give_back(std::span<const Use> uses) override {
    for (const Use& use : uses) note(use.tier, limiter(use).refund(key_of(use), 1));
  }

  Result<> probe() override {
    const rl::SharedDecision said = limiters_.front().peek("probe");
    if (!said.failure) return {};
    return Error{*said.failure, "the Redis server does not answer as one"};
  }

 private:
  // Says when a tier's counts are lost, and when they are there again. What was decided without
  // asking the server (a refusal that is remembered) shows neither.
  void note(Tier tier, const rl::SharedDecision& said) {
    using Source = rl::SharedDecision::Source;
    const bool failed = said.source == Source::kFailure;
    if (log_ == nullptr || (!failed && said.source != Source::kBackend)) return;
    const auto i = static_cast<std::size_t>(tier);
    if (failed_[i].exchange(failed) == failed) return;
    if (!failed) return log_->info("rate_counts_recovered", {{"tier", kTiers[i]}});
    const ErrorCode code = said.failure.value_or(ErrorCode::kUnavailable);
    log_->error("rate_counts_failed",
                {{"tier", kTiers[i]}, {"code", coefficient::to_string(code)}});
  }

  rl::SharedLimiter& limiter(const Use& use) {
    return limiters_[static_cast<std::size_t>(use.tier)];
  }
  static std::string key_of(const Use& use) {
    return std::string(kTiers[static_cast<std::size_t>(use.tier)]).append(":").append(use.key);
  }
  std::vector<rl::SharedLimiter> limiters_;  // in the order of Tier
  rl::OnFailure on_failure_;
  Log* log_;
  std::array<std::atomic<bool>, kTiers.size()> failed_{};
};

}  // namespace

Result<std::unique_ptr<RateCounts>> shared_rate_counts(const RateLimitConfig& config,
                                                       std::shared_ptr<rl::Backend> backend,
                                                       const Clock& clock, Log* log) {
  const std::shared_ptr<rl::Backend> shared = std::move(backend);
  std::vector<rl::SharedLimiter> limiters;
  for (std::size_t i = 0; i < kTiers.size(); ++i) {
    // Requests wait for each other: a server that hangs is asked once a pause.
    auto limiter = rl::SharedLimiter::create(shared, {config.policies[i]},
                                             {.on_failure = config.redis_failure,
                                              .nodes = config.nodes,
                                              .local = {.max_keys = config.max_keys},
                                              .breaker_failures = 1},
                                             clock);
    if (!limiter) {
      return Error{limiter.error().code,
                   "the limit " + std::string(kTiers[i]) + ": " + limiter.error().message};
    }
    limiters.push_back(*std::move(limiter));
  }
  return std::unique_ptr<RateCounts>(
      std::make_unique<SharedRateCounts>(std::move(limiters), config.redis_failure, log));
}

}  // namespace gateway
