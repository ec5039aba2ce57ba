// A host of the module ratelimit: the second request of a second is refused, another key's is not.
#include <coefficient/core/clock.h>
#include <coefficient/ratelimit/keyed_limiter.h>

#include <chrono>
#include <cstdlib>

int main() {
  namespace ratelimit = coefficient::ratelimit;
  const coefficient::ManualClock clock{std::chrono::system_clock::time_point()};
  auto policy = ratelimit::parse_policy("name=host;limit=1;period=1s");
  if (!policy) return EXIT_FAILURE;
  auto limiter = ratelimit::KeyedLimiter::create(*std::move(policy), {.max_keys = 100}, clock);
  if (!limiter) return EXIT_FAILURE;
  const bool right =
      limiter->check("a").allowed && !limiter->check("a").allowed && limiter->check("b").allowed;
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
