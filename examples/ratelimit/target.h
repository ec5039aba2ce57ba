#ifndef EXAMPLES_RATELIMIT_TARGET_H_
#define EXAMPLES_RATELIMIT_TARGET_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/ratelimit/decision.h"
#include "coefficient/ratelimit/policy.h"

namespace ratelimit_tool {

/// What the lines of a script go to: all policies at once, for one key. Where counts are kept, in
/// this process or elsewhere, is the implementation's.
class Target {
 public:
  Target() = default;
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  virtual ~Target() = default;

  /// Makes it that time, where time is the script's to say.
  virtual void set_time(std::chrono::nanoseconds since_epoch) = 0;
  virtual coefficient::Result<coefficient::ratelimit::Decision> check(std::string_view key,
                                                                      std::uint64_t cost) = 0;
  virtual coefficient::Result<coefficient::ratelimit::Decision> peek(std::string_view key) = 0;
  virtual coefficient::Result<coefficient::ratelimit::Decision> refund(std::string_view key,
                                                                       std::uint64_t cost) = 0;
};

/// A target in this process. Errors: those of KeyedLimiter::create().
coefficient::Result<std::unique_ptr<Target>> make_local_target(
    std::vector<coefficient::ratelimit::Policy> policies, std::size_t max_keys);

#ifdef RATELIMIT_TOOL_HAS_REDIS
/// A target in the Redis server at `unix:PATH` or `HOST:PORT`, to which the script's times are sent
/// instead of its own clock being asked, under keys `<prefix><key>` that stay for at least an hour.
/// Errors: those of RatelimitBackend; kInvalidArgument if HOST has no address.
coefficient::Result<std::unique_ptr<Target>> make_redis_target(
    std::vector<coefficient::ratelimit::Policy> policies, const std::string& server,
    std::string prefix);
#endif

}  // namespace ratelimit_tool

#endif  // EXAMPLES_RATELIMIT_TARGET_H_
