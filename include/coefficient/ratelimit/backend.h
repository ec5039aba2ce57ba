#ifndef COEFFICIENT_RATELIMIT_BACKEND_H_
#define COEFFICIENT_RATELIMIT_BACKEND_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/ratelimit/decision.h"
#include "coefficient/ratelimit/export.h"
#include "coefficient/ratelimit/policy.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// What a backend is asked about one key.
struct Ask {
  enum class Operation : int {
    kTake = 1,    ///< Take `cost`, of all policies or of none.
    kPeek = 2,    ///< Take nothing, change nothing.
    kRefund = 3,  ///< Give `cost` back, as far as something is counted.
  };
  Operation operation = Operation::kTake;
  std::string_view key;              ///< 1 to 256 bytes.
  std::span<const Policy> policies;  ///< That check() accepted; 1 to 8, of distinct names.
  std::uint64_t cost = 1;            ///< At least 1; kPeek ignores it.
  /// kTake: as much as can be had from `cost` up to this; below `cost` it is as `cost`.
  std::uint64_t want = 0;
};

struct Grant {
  std::uint64_t granted = 0;        ///< kTake: what was taken, 0 if any policy refuses.
  std::vector<Decision> decisions;  ///< One for each policy, in their order; of Ask::cost.
};

/// Counts that several processes share: the server that holds them, in the words of SharedLimiter.
/// GCRA only. One key's counts are changed by one process at a time, by one clock. A policy whose
/// period, limit or burst changed takes over the count of the policy of its name: what was used of
/// the old one is used of the new one.
///
/// Thread safety: implementations must be safe to call from several threads.
class COEFFICIENT_RATELIMIT_EXPORT Backend {
 public:
  static constexpr std::size_t kMaxPolicies = 8;
  static constexpr std::size_t kMaxKeyBytes = 256;

  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend();

  /// Returns nothing if the backend can count these policies; kInvalidArgument says which not.
  [[nodiscard]] virtual Result<> check(std::span<const Policy> policies) const = 0;

  /// Answers all asks, in one exchange with the server where it can, within the backend's own
  /// deadline. One result for each ask. After an error other than kInvalidArgument it is not known
  /// whether the ask was counted: it is never asked twice by SharedLimiter. Errors:
  /// kInvalidArgument for an ask outside its bounds; kDataLoss where the key holds something else;
  /// kUnavailable, kDeadlineExceeded, kResourceExhausted (the server has no memory),
  /// kUnauthenticated, kPermissionDenied, kFailedPrecondition (it is not the right server),
  /// kInternal (it answered something else).
  virtual std::vector<Result<Grant>> decide(std::span<const Ask> asks) = 0;
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_RATELIMIT_BACKEND_H_
