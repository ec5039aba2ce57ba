#include "ratelimit/gcra.h"

#include "ratelimit/wide.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit::gcra {

Tat convert(Tat tat, const Terms& from, const Terms& to) noexcept {
  if (tat <= to.since) return tat;
  const Wide debt = divide_up(product(tat - to.since, to.interval), from.interval);
  const std::uint64_t most = to.burst_window + to.max_wait;
  return to.since + (debt < most ? static_cast<std::uint64_t>(debt) : most);
}

}  // namespace ratelimit::gcra
COEFFICIENT_END_NAMESPACE
