#ifndef COEFFICIENT_RATELIMIT_POLICY_H_
#define COEFFICIENT_RATELIMIT_POLICY_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/ratelimit/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// How use is counted.
enum class Algorithm : std::uint8_t {
  /// Generic cell rate algorithm (ATM Forum TM 4.1): a bucket of `burst` that refills one by one.
  kGcra,
  /// The count of this fixed window, and that of the one before weighted by how much of it still
  /// lies within the last `period`. Windows begin at multiples of `period` of the clock.
  kSlidingWindow,
};

/// What a refusal does.
enum class Mode : std::uint8_t {
  kEnforce,  ///< The request is refused.
  kShadow,   ///< The request is allowed, and the decision tells what would have been.
};

/// How much of something a key may use. As text (the order is free, there are no blanks, what has
/// a default may be left out; at most 512 bytes):
///
///     name=burst;limit=10;period=1s;burst=5
///     name=daily;limit=50;period=24h;algorithm=sliding;mode=shadow
///     name=paced;limit=2;period=1s;burst=1;max_wait=3s
struct Policy {
  /// What headers, logs and metrics call it: 1 to 64 of `A-Z a-z 0-9 . _ : / -`.
  std::string name = {};
  /// How many in each `period` in the long run: 1 to 2^61. GCRA allows one each
  /// ceil(period / limit) ns, so a limit that does not divide the period is rounded down.
  std::uint64_t limit = 0;
  /// 1 ns to 2^61 ns (73 years).
  std::chrono::nanoseconds period{0};
  /// GCRA only: how many at once, at least 1. The time in which an empty bucket fills,
  /// ceil(period / limit) * burst, and max_wait together are at most 2^61 ns.
  std::uint64_t burst = 0;
  Algorithm algorithm = Algorithm::kGcra;
  Mode mode = Mode::kEnforce;
  /// GCRA only: how far ahead of time reserve() may take; 0: not at all.
  std::chrono::nanoseconds max_wait{0};
};

/// Returns nothing if `policy` is within the bounds above; every limiter's create() calls it.
/// Error: kInvalidArgument, naming the member.
COEFFICIENT_RATELIMIT_EXPORT Result<> check_policy(const Policy& policy);

/// Reads the text form. A duration is an integer and one of ns us ms s m h. Without `burst` it is
/// as `limit`. Errors: kInvalidArgument for a member that is unknown, missing, given twice or out
/// of range (naming it), or what check_policy() says; kResourceExhausted above 512 bytes.
COEFFICIENT_RATELIMIT_EXPORT Result<Policy> parse_policy(std::string_view text);

/// Returns the text form with members in the order of the struct; what has its default value is
/// left out. parse_policy() of it is an equal policy if check_policy() accepts `policy`.
COEFFICIENT_RATELIMIT_EXPORT std::string to_text(const Policy& policy);

/// Returns the time from one to the next in the long run: ceil(period / limit), for GCRA.
/// Precondition: check_policy(policy).
COEFFICIENT_RATELIMIT_EXPORT std::chrono::nanoseconds emission_interval(const Policy& policy);

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_RATELIMIT_POLICY_H_
