// Any bytes as the text of a policy: what is accepted has a text that gives it again, makes a
// limiter that decides, and decides as one made of that text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "coefficient/core/clock.h"
#include "coefficient/ratelimit/limiter.h"
#include "coefficient/ratelimit/policy.h"

using namespace coefficient;
using namespace coefficient::ratelimit;

namespace {

bool same(const Decision& a, const Decision& b) {
  return a.allowed == b.allowed && a.remaining == b.remaining && a.retry_after == b.retry_after &&
         a.reset_after == b.reset_after && a.policy == b.policy;
}

// Whoever is refused is allowed after retry_after, and what remains is allowed at once.
void decide(const Policy& policy, const Policy& again) {
  ManualClock clock{std::chrono::system_clock::time_point(std::chrono::hours(1000))};
  auto limiter = Limiter::create(policy, clock);
  auto twin = Limiter::create(again, clock);
  if (!limiter || !twin) std::abort();
  for (const std::uint64_t cost : {policy.burst, std::uint64_t{1}, policy.limit}) {
    const Decision got = limiter->check(cost);
    if (!same(got, twin->check(cost))) std::abort();
    // The clock must not come to the end of its numbers.
    if (got.allowed || !got.retry_after || *got.retry_after > std::chrono::hours(24 * 365 * 30))
      continue;
    const std::uint64_t remaining = limiter->peek().remaining;
    if (cost <= remaining) std::abort();
    clock.advance(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(*got.retry_after));
    if (!limiter->check(cost).allowed || !twin->check(cost).allowed) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto policy = parse_policy({reinterpret_cast<const char*>(data), size});
  if (!policy) {
    if (policy.error().message.empty() || policy.error().message.size() > 200) std::abort();
    return 0;
  }
  const auto again = parse_policy(to_text(*policy));
  if (!again || to_text(*again) != to_text(*policy)) std::abort();
  // Shadow refuses nothing, so there is nothing to compare.
  if (policy->mode == Mode::kEnforce) decide(*policy, *again);
  return 0;
}
