#include "ratelimit/terms.h"

#include "ratelimit/wide.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

Terms make_terms(const Policy& policy, std::uint64_t since) {
  Terms terms{.limit = policy.limit,
              .period = static_cast<std::uint64_t>(policy.period.count()),
              .since = since,
              .shadow = policy.mode == Mode::kShadow ? 1U : 0U};
  if (policy.algorithm != Algorithm::kGcra) return terms;
  terms.interval = static_cast<std::uint64_t>(emission_interval(policy).count());
  terms.reciprocal = reciprocal_of(terms.interval);
  terms.burst_window = terms.interval * policy.burst;
  terms.max_wait = static_cast<std::uint64_t>(policy.max_wait.count());
  return terms;
}

std::uint64_t TermsHistory::forgotten_by_push() const noexcept {
  return pushed_ < kGenerationMask ? 0 : next(generation());
}

void TermsHistory::push(const Terms& terms) noexcept {
  const std::uint64_t generation = next(this->generation());
  store(generation, terms);
  ++pushed_;
  generation_.store(generation, std::memory_order_release);
}

void TermsHistory::store(std::uint64_t generation, const Terms& terms) noexcept {
  Entry& to = entries_[generation];
  const auto set = [&](Field field, std::uint64_t value) {
    to[field].store(value, std::memory_order_relaxed);
  };
  set(kLimit, terms.limit);
  set(kPeriod, terms.period);
  set(kInterval, terms.interval);
  set(kReciprocal, terms.reciprocal);
  set(kBurstWindow, terms.burst_window);
  set(kMaxWait, terms.max_wait);
  set(kSince, terms.since);
  set(kShadow, terms.shadow);
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE
