#ifndef COEFFICIENT_RATELIMIT_HEADERS_H_
#define COEFFICIENT_RATELIMIT_HEADERS_H_

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/ratelimit/decision.h"
#include "coefficient/ratelimit/export.h"
#include "coefficient/ratelimit/policy.h"
#include "coefficient/version.h"

/// Decisions as an HTTP server tells them. Whoever renders a decision of a policy in shadow mode
/// tells clients of a limit that is not enforced; leave it out unless that is wanted.
///
/// Seconds are rounded up, so that a client that obeys never comes too early. Numbers are cut to
/// what a structured field can hold, 999 999 999 999 999 (RFC 9651 section 3.3.1), in all
/// dialects. A byte that no Policy::name may have is written as '?', so that no name ends a field.
///
/// Thread safety: pure functions.
COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// One field of a response.
struct HeaderField {
  std::string name;
  std::string value;
};

/// Which fields a client understands.
enum class HeaderDialect : int {
  /// `RateLimit`, draft-ietf-httpapi-ratelimit-headers-10 section 4: every decision.
  kIetf = 1,
  /// `X-RateLimit-Limit`, `-Remaining`, `-Reset` in seconds from now: the binding decision.
  kLegacySeconds = 2,
  /// The same with `-Reset` as seconds since 1970 (UTC).
  kLegacyEpoch = 3,
  /// `x-ratelimit-limit`, `-remaining`, `-used`, `-reset` (since 1970) and `-resource`, the
  /// policy's name: the binding decision, as api.github.com writes it.
  kGithub = 4,
};

/// Returns the value of `RateLimit-Policy` (draft-10 section 3): for each policy its name, q its
/// limit, and w its period in seconds, e.g. `"burst";q=100;w=60`. Policies in shadow mode are left
/// out; empty if none is left: then there is no such field.
COEFFICIENT_RATELIMIT_EXPORT std::string ratelimit_policy_field(std::span<const Policy> policies);

/// Returns the fields of a dialect for the decisions on one request, and `Retry-After` if it is
/// refused and may be repeated; none for no decisions. `now` is the time of the decisions.
///
/// In kIetf, r is what remains and t the seconds after which nothing is counted any more, or, of a
/// policy that refuses, after which the same request is allowed (draft-10 section 5 wants t not
/// later than Retry-After); never: no t. In the other dialects Remaining is at most Limit, also
/// where the burst is larger.
COEFFICIENT_RATELIMIT_EXPORT std::vector<HeaderField> ratelimit_headers(
    HeaderDialect dialect, std::span<const Decision> decisions,
    std::chrono::system_clock::time_point now);

/// Returns the value of `Retry-After` (RFC 9110 section 10.2.3) in seconds, from the binding
/// decision: at least "1"; nothing if none refuses, or if repeating never helps.
COEFFICIENT_RATELIMIT_EXPORT std::optional<std::string> retry_after_field(
    std::span<const Decision> decisions);

inline constexpr std::string_view kProblemContentType = "application/problem+json";

/// Returns the body of the refusal, of kProblemContentType and for status 429: a problem (RFC 9457)
/// of the draft's type quota-exceeded with `violated-policies`, the names of those that refuse.
COEFFICIENT_RATELIMIT_EXPORT std::string quota_exceeded_problem(
    std::span<const Decision> decisions);

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_RATELIMIT_HEADERS_H_
