// A host of the component redis, on a machine without a server: the decision is an error, not a
// yes.
#include <coefficient/redis/ratelimit_backend.h>

#include <cstdlib>
#include <vector>

int main() {
  namespace ratelimit = coefficient::ratelimit;
  auto backend =
      coefficient::redis::RatelimitBackend::create({.server = "unix:/nonexistent/redis"});
  const auto policy = ratelimit::parse_policy("name=host;limit=1;period=1s");
  if (!backend || !policy) return EXIT_FAILURE;
  const std::vector<ratelimit::Policy> policies = {*policy};
  if (!(*backend)->check(policies)) return EXIT_FAILURE;
  const std::vector<ratelimit::Ask> asks = {{.key = "ann", .policies = policies}};
  const auto grants = (*backend)->decide(asks);
  const bool right = grants.size() == 1 && !grants[0] &&
                     grants[0].error().code == coefficient::ErrorCode::kUnavailable;
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
