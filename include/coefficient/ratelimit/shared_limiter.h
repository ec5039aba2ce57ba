#ifndef COEFFICIENT_RATELIMIT_SHARED_LIMITER_H_
#define COEFFICIENT_RATELIMIT_SHARED_LIMITER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/ratelimit/backend.h"
#include "coefficient/ratelimit/decision.h"
#include "coefficient/ratelimit/export.h"
#include "coefficient/ratelimit/keyed_limiter.h"
#include "coefficient/ratelimit/policy.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// What is said of a request while the backend does not answer.
enum class OnFailure : int {
  kDeny = 1,   ///< No: the limit holds, the service does not.
  kAllow = 2,  ///< Yes: the service holds, the limit does not.
  /// What a limiter of this process says, which has 1/nodes of each policy: limit / nodes, and a
  /// burst of max(1, burst / nodes). All nodes together allow no more than the policies, but for
  /// nodes with a burst of 1 where the policy's is below `nodes`, and the burst that a key may have
  /// once more when the backend goes and when it comes back.
  kLocalShare = 3,
};

struct SharedLimiterOptions {
  OnFailure on_failure = OnFailure::kDeny;
  /// How many processes share the policies; kLocalShare only. 1 to 1 000 000.
  std::uint32_t nodes = 1;
  /// Keys of each policy that may owe something locally; kLocalShare only.
  KeyedLimiterOptions local = {.max_keys = std::size_t{1} << 16U};
  /// How many refusals and leases are remembered: up to 2^24. A refused key costs no exchange until
  /// it may be allowed again. 0: none. Memory: at most about 1 KiB each.
  std::size_t remembered_keys = 4096;
  /// How much of a key is taken ahead in one exchange and given out here; 0 or 1: nothing is. Each
  /// process may then give what it took up to `lease_time` later, so that within any time up to
  /// nodes * lease more are allowed; what it does not give by then is lost to the key.
  std::uint64_t lease = 0;
  std::chrono::nanoseconds lease_time = std::chrono::seconds(1);
  /// After so many failures in a row, at least 1, the backend is not asked for `breaker_pause`;
  /// then one call asks, and its success ends it.
  std::uint32_t breaker_failures = 5;
  std::chrono::nanoseconds breaker_pause = std::chrono::seconds(1);
};

struct SharedDecision {
  enum class Source : int {
    kBackend = 1,
    kRemembered = 2,  ///< It was refused before, and cannot be allowed yet.
    kLease = 3,       ///< From what was taken ahead.
    kFailure = 4,     ///< OnFailure.
    kBadKey = 5,      ///< A key that is empty or above Backend::kMaxKeyBytes: refused.
  };
  bool allowed = false;
  Source source = Source::kBackend;
  /// With kFailure: why; kUnavailable also while the breaker is open.
  std::optional<ErrorCode> failure = {};
  /// One for each policy that is not in shadow mode, in their order, then those in shadow mode;
  /// with kLocalShare only the binding one; none if nothing is known.
  std::vector<Decision> decisions = {};
  /// How many of `decisions`, from the first, are not of shadow mode: what clients may be told.
  std::size_t enforced = 0;
};

/// What happened since a limiter was made.
struct SharedLimiterCounters {
  std::uint64_t asked = 0;       ///< Of the backend.
  std::uint64_t remembered = 0;  ///< Refused without asking.
  std::uint64_t leased = 0;      ///< Allowed without asking.
  std::uint64_t failed = 0;      ///< Decided by OnFailure.
};

/// Policies of which several processes share the counts, through a backend. What the backend says
/// holds; what saves asking it (remembered refusals, leases) and what stands in for it (OnFailure)
/// is here. A refund by another process makes a key free here only when its refusal has run out.
///
/// Thread safety: all members may be called concurrently.
class COEFFICIENT_RATELIMIT_EXPORT SharedLimiter {
 public:
  /// Errors: those of Backend::check(); kInvalidArgument for an option out of range, or if there is
  /// no policy that is enforced; those of KeyedLimiter::create(). `clock` measures only durations
  /// of this process, and must outlive the limiter.
  static Result<SharedLimiter> create(std::shared_ptr<Backend> backend,
                                      std::vector<Policy> policies,
                                      const SharedLimiterOptions& options = {},
                                      const Clock& clock = steady_clock());
  SharedLimiter(SharedLimiter&&) noexcept;
  SharedLimiter& operator=(SharedLimiter&&) noexcept;
  SharedLimiter(const SharedLimiter&) = delete;
  SharedLimiter& operator=(const SharedLimiter&) = delete;
  ~SharedLimiter();

  /// Takes `cost` of all policies or of none. A cost of 0 is peek().
  SharedDecision check(std::string_view key, std::uint64_t cost = 1);
  /// The same for many, independently, in one exchange with the backend for those that need it.
  std::vector<SharedDecision> check_many(std::span<const KeyedCost> costs);
  /// Changes nothing, and takes no part in leases and remembered refusals.
  SharedDecision peek(std::string_view key);
  /// Gives `cost` back. While the backend fails it is lost, but for kLocalShare.
  SharedDecision refund(std::string_view key, std::uint64_t cost);

  /// Puts other figures in force, which take over what is used; refusals and leases of before are
  /// forgotten. Errors: those of create(); kInvalidArgument if the names, their order or their
  /// modes are others.
  Result<> set_policies(std::vector<Policy> policies);
  [[nodiscard]] SharedLimiterCounters counters() const noexcept;

 private:
  struct State;
  explicit SharedLimiter(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_RATELIMIT_SHARED_LIMITER_H_
