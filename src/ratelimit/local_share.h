#ifndef COEFFICIENT_SRC_RATELIMIT_LOCAL_SHARE_H_
#define COEFFICIENT_SRC_RATELIMIT_LOCAL_SHARE_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/ratelimit/all_or_nothing.h"
#include "coefficient/ratelimit/keyed_limiter.h"
#include "coefficient/ratelimit/policy.h"
#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit::detail {

/// One nth of policies, counted in this process.
///
/// Thread safety: all members may be called concurrently.
class LocalShare {
 public:
  /// Errors: those of KeyedLimiter::create(); kInvalidArgument if a period times `nodes` is out of
  /// range.
  static Result<LocalShare> create(std::span<const Policy> policies, std::uint32_t nodes,
                                   const KeyedLimiterOptions& options, const Clock& clock);
  [[nodiscard]] Decision check(std::string_view key, std::uint64_t cost);
  [[nodiscard]] Decision peek(std::string_view key);
  Decision refund(std::string_view key, std::uint64_t cost);
  Result<> set_policies(std::span<const Policy> policies);

 private:
  LocalShare(std::vector<KeyedLimiter> limiters, std::uint32_t nodes)
      : limiters_(std::move(limiters)), nodes_(nodes) {}
  std::vector<Demand> demands(std::string_view key, std::uint64_t cost);
  std::vector<KeyedLimiter> limiters_;
  std::uint32_t nodes_;
};

}  // namespace ratelimit::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_LOCAL_SHARE_H_
