#ifndef COEFFICIENT_SRC_RATELIMIT_STEP_H_
#define COEFFICIENT_SRC_RATELIMIT_STEP_H_

#include <chrono>
#include <cstdint>
#include <limits>
#include <string_view>

#include "coefficient/ratelimit/decision.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

enum class Operation : std::uint8_t {
  kProbe,    ///< Says what kCheck would, and takes nothing. A refusal heals a clock that was set.
  kCheck,    ///< Takes the cost if it is there now.
  kReserve,  ///< Takes the cost if it will be there within max_wait.
  kRefund,   ///< Gives the cost back.
};

/// What one operation comes to. Times are in nanoseconds from now.
struct Step {
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  bool allowed = false;
  bool store = false;   ///< The new state is another one and must be kept.
  bool pooled = false;  ///< The overflow pool was charged, not a count of the key's own.
  bool shadow = false;  ///< Of the policy.
  std::uint64_t retry = 0;
  std::uint64_t limit = 0;  ///< Of the policy.
  std::uint64_t reset = 0;
  std::uint64_t remaining = 0;

  /// Sets what the arithmetic knows.
  void set(bool is_allowed, std::uint64_t remains, std::uint64_t retry_after,
           std::uint64_t reset_after) noexcept {
    allowed = is_allowed;
    store = false;
    remaining = remains;
    retry = retry_after;
    reset = reset_after;
  }
  /// Writes `out`, whose policy is `policy`.
  void describe(std::string_view policy, Decision& out) const noexcept {
    const bool spared = shadow && !allowed;
    out.allowed = allowed || spared;
    out.shadow_denied = spared;
    out.limit = limit;
    out.remaining = remaining;
    if (retry == kNever)
      out.retry_after.reset();
    else
      out.retry_after.emplace(retry);
    out.reset_after = std::chrono::nanoseconds(reset);
    out.policy = policy;
  }
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_STEP_H_
