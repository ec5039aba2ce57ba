#include "coefficient/ratelimit/decision.h"

#include <algorithm>

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {
namespace {

bool binds_more(const Decision& a, const Decision& b) {
  if (a.allowed != b.allowed) return !a.allowed;
  if (a.allowed) return a.remaining < b.remaining;
  if (!a.retry_after || !b.retry_after) return !a.retry_after && b.retry_after;
  return *a.retry_after > *b.retry_after;
}

}  // namespace

const Decision& binding_decision(std::span<const Decision> decisions) {
  return *std::min_element(decisions.begin(), decisions.end(), binds_more);
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE
