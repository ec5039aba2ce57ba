#ifndef COEFFICIENT_RATELIMIT_DECISION_H_
#define COEFFICIENT_RATELIMIT_DECISION_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "coefficient/ratelimit/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// What a limiter says to one request, and all that the dialects of headers tell of it. Times are
/// exact, in nanoseconds from the moment of the decision.
struct Decision {
  /// Whether the request may go ahead. Under a policy in shadow mode always true.
  bool allowed = false;
  /// A policy in shadow mode would have refused; its other figures are in here if it stands alone.
  bool shadow_denied = false;
  /// Policy::limit.
  std::uint64_t limit = 0;
  /// How many more are allowed right now: up to Policy::burst (GCRA) or Policy::limit.
  std::uint64_t remaining = 0;
  /// Refused: after how long the same cost is allowed if nobody else uses the key until then;
  /// nothing: never, it is more than the policy ever allows at once, or the key is too long. By a
  /// clock that was set back by less than a minute it may be too short, by as much as that: what a
  /// key owes is told as no more than a full bucket, and drains only from when the clock has caught
  /// up. Such a refusal comes again; nothing is granted that would not have been.
  /// Allowed: 0, or for reserve() how long to wait before going ahead; shadow_denied: as refused.
  std::optional<std::chrono::nanoseconds> retry_after = std::chrono::nanoseconds(0);
  /// After how long nothing is counted any more, if the key is not used until then.
  std::chrono::nanoseconds reset_after{0};
  /// Policy::name. Valid as long as the limiter that decided.
  std::string_view policy = {};
};

/// Returns which of several decisions on one request its client has to obey: of those that refuse
/// the one with the longest retry_after (never is longest); if none refuses, the one with the least
/// remaining; the first of equals. Leave out those of policies in shadow mode, unless there are no
/// others. Precondition: not empty.
COEFFICIENT_RATELIMIT_EXPORT const Decision& binding_decision(std::span<const Decision> decisions);

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_RATELIMIT_DECISION_H_
