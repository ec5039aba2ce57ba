#include "coefficient/ratelimit/all_or_nothing.h"

#include "core/inline_vector.h"
#include "ratelimit/limiter_state.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

Demand::Demand(Limiter& limiter, std::uint64_t cost) noexcept
    : core_(limiter.state_.get()), cost_(cost) {}

Demand::Demand(KeyedLimiter& limiter, std::string_view key, std::uint64_t cost) noexcept
    : core_(limiter.state_.get()), cost_(cost), key_too_long_(key.size() > kMaxKeyBytes) {
  if (!key_too_long_) hash_ = limiter.state_->hash(key);
}

/// The steps that the demands of one request come to.
class Transaction {
 public:
  explicit Transaction(std::span<const Demand> demands) noexcept : demands_(demands) {}

  /// Does `operation` on all, whatever comes of it, at cost 0 for kProbe if `free`.
  void run(Operation operation, bool free) noexcept {
    for (const Demand& demand : demands_) add(demand, operation, free ? 0 : demand.cost_);
  }
  /// Stops at the first refusal.
  void take() noexcept {
    for (const Demand& demand : demands_)
      if (!add(demand, Operation::kCheck, demand.cost_)) return;
  }
  void give_back() noexcept {
    const Demand* demand = demands_.data();
    for (const Taken& taken : steps_) {
      if (taken.step.allowed) give_back(*demand, taken);
      ++demand;
    }
  }
  [[nodiscard]] bool refused() const noexcept { return refused_; }

  Decision decision() noexcept {
    coefficient::detail::InlineVector<Decision, kMaxDemands> all;
    bool shadow_denied = false;
    for (const bool shadow : {false, true}) {  // those in shadow mode only if there are no others
      const Demand* demand = demands_.data();
      for (const Taken& taken : steps_) {
        const Demand& of = *demand++;
        if (shadow != taken.step.shadow) continue;
        Decision& one = all.emplace_back();
        if (of.key_too_long_)
          one = of.core_->engine->key_too_long();
        else
          taken.step.describe(of.core_->engine->policy_name(), one);
        shadow_denied |= one.shadow_denied;
      }
    }
    const std::size_t enforced = enforced_ != 0 ? enforced_ : all.size();
    Decision binding = binding_decision({all.begin(), enforced});
    binding.shadow_denied = shadow_denied;
    return binding;
  }

 private:
  struct Taken {
    Step step;
    std::uint64_t now;
  };

  // Returns whether the request may still go ahead.
  bool add(const Demand& demand, Operation operation, std::uint64_t cost) noexcept {
    Taken taken{.step = {}, .now = now(demand.core_->clock)};
    if (!demand.key_too_long_)
      taken.step = demand.core_->engine->run(demand.hash_, taken.now, operation, cost);
    const bool enforced = !taken.step.shadow;
    enforced_ += enforced ? 1 : 0;
    refused_ |= enforced && !taken.step.allowed;
    steps_.emplace_back(taken);
    return !refused_;
  }

  static void give_back(const Demand& demand, const Taken& taken) noexcept {
    if (taken.step.pooled)
      demand.core_->engine->refund_pool(demand.hash_, taken.now, demand.cost_);
    else
      (void)demand.core_->engine->run(demand.hash_, taken.now, Operation::kRefund, demand.cost_);
  }

  // One request has one time, unless its limiters have several clocks.
  std::uint64_t now(const Clock& clock) noexcept {
    if (clock_ != &clock) {
      clock_ = &clock;
      now_ = nanoseconds_of(clock);
    }
    return now_;
  }

  const std::span<const Demand> demands_;
  coefficient::detail::InlineVector<Taken, kMaxDemands> steps_;
  std::size_t enforced_ = 0;
  bool refused_ = false;
  const Clock* clock_ = nullptr;
  std::uint64_t now_ = 0;
};

namespace {

Decision without_demands(std::size_t count) noexcept {
  Decision decision{.allowed = count == 0};
  if (count != 0) decision.retry_after.reset();
  return decision;
}

Decision run_all(std::span<const Demand> demands, Operation operation, bool free) noexcept {
  if (demands.empty() || demands.size() > kMaxDemands) return without_demands(demands.size());
  Transaction transaction(demands);
  transaction.run(operation, free);
  return transaction.decision();
}

}  // namespace

Decision check_all(std::span<const Demand> demands) noexcept {
  if (demands.empty() || demands.size() > kMaxDemands) return without_demands(demands.size());
  Transaction asked(demands);
  asked.run(Operation::kProbe, false);
  if (asked.refused()) return asked.decision();
  Transaction taken(demands);
  taken.take();
  if (taken.refused()) taken.give_back();
  return taken.decision();
}

Decision peek_all(std::span<const Demand> demands) noexcept {
  return run_all(demands, Operation::kProbe, true);
}

Decision refund_all(std::span<const Demand> demands) noexcept {
  return run_all(demands, Operation::kRefund, false);
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE
