// limit_requests: how a server limits its clients; see docs/ratelimit.md.
#include <iostream>
#include <string>
#include <vector>

#include "coefficient/core/clock.h"
#include "coefficient/ratelimit/address_key.h"
#include "coefficient/ratelimit/all_or_nothing.h"
#include "coefficient/ratelimit/keyed_limiter.h"

namespace rl = coefficient::ratelimit;

namespace {

struct Request {
  std::string client_address;
  std::string user;
  std::uint64_t cost = 1;
};

std::string say(const rl::Decision& decision) {
  if (decision.allowed) return "200";
  if (!decision.retry_after) return "429 for ever";
  return "429 after " + std::to_string(decision.retry_after->count() / 1'000'000) + " ms";
}

// [keyed]
std::string limit_by_address(rl::KeyedLimiter& limiter, const Request& request) {
  const auto key = rl::address_key(request.client_address);  // IPv6: of the /64
  if (!key) return "400";
  return say(limiter.check(*key, request.cost));
}
// [keyed]

// [tiers]
rl::Decision limit_by_user(rl::KeyedLimiter& burst, rl::KeyedLimiter& daily,
                           const Request& request) {
  const std::vector<rl::Demand> demands = {{burst, request.user, request.cost},
                                           {daily, request.user, request.cost}};
  return rl::check_all(demands);  // takes from both or from neither
}
// [tiers]

coefficient::Result<rl::KeyedLimiter> make(std::string_view text, const coefficient::Clock& clock) {
  auto policy = rl::parse_policy(text);
  if (!policy) return policy.error();
  return rl::KeyedLimiter::create(*std::move(policy), {.max_keys = 10'000}, clock);
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): what escapes is std::bad_alloc, which ends the program
int main() {
  coefficient::ManualClock clock{std::chrono::system_clock::time_point()};  // a server takes none
  auto burst = make("name=burst;limit=1;period=1s;burst=3", clock);
  auto daily = make("name=daily;limit=4;period=24h", clock);
  if (!burst || !daily) return 1;

  const Request request{.client_address = "2001:db8::1", .user = "ann"};
  for (int i = 0; i < 3; ++i) std::cout << limit_by_address(*burst, request) << ' ';
  std::cout << limit_by_address(*burst, {.client_address = "2001:db8::2", .user = "bob"}) << '\n';

  for (int i = 0; i < 4; ++i) {
    (void)limit_by_user(*burst, *daily, request);
    clock.advance(std::chrono::seconds(1));
  }
  const rl::Decision fifth = limit_by_user(*burst, *daily, request);
  std::cout << (fifth.allowed ? "200" : "429 by " + std::string(fifth.policy)) << '\n';

  // [change]
  rl::Policy policy = daily->policy();
  policy.burst = policy.limit = 5;
  const auto changed = daily->set_policy(policy);  // who had used 4 of 4 has used 4 of 5
  // [change]
  if (!changed) return 1;
  std::cout << say(limit_by_user(*burst, *daily, request)) << '\n';
  return std::cout.flush() ? 0 : 1;
}
