#ifndef COEFFICIENT_WEBHOOK_REFUSAL_H_
#define COEFFICIENT_WEBHOOK_REFUSAL_H_

#include <string_view>

#include "coefficient/version.h"
#include "coefficient/webhook/export.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {

/// Why a request was refused, for the host's own logs and counters. The sender must not learn it:
/// answer with http_status() and the same body for all.
/// Values are stable; new ones may be appended.
enum class Reason : int {
  kMissingHeader = 1,    ///< A header that the scheme needs is absent.
  kDuplicateHeader = 2,  ///< A header that the scheme uses occurs more than once.
  kMalformedSignature =
      3,  ///< The signature, or an id or event header, is not exactly as specified.
  kMalformedTimestamp = 4,  ///< The timestamp is not 1-15 digits without sign or leading zero.
  kTooOld = 5,              ///< The timestamp is further back than the tolerance, or expired.
  kTooNew = 6,              ///< The timestamp is further ahead than the tolerance.
  kBodyTooLarge = 7,        ///< The body is larger than the cap.
  kBadSignature = 8,        ///< No configured key made this signature over this content.
  kReplayed = 9,            ///< The replay key was claimed before.
  kUnavailable = 10,  ///< A store or the crypto library failed; nothing is known. Fail closed.
};

/// Returns the spelling of `reason`, e.g. "bad_signature"; "unknown" for a value outside the enum.
COEFFICIENT_WEBHOOK_EXPORT std::string_view to_string(Reason reason) noexcept;

/// Returns what to answer: 413 for kBodyTooLarge, 503 for kUnavailable, 409 for kReplayed (hosts
/// that do not want retries answer 200 instead), else 401.
COEFFICIENT_WEBHOOK_EXPORT int http_status(Reason reason) noexcept;

/// The error side of a verification: a reason, never text from the request.
struct Refusal {
  Reason reason = Reason::kUnavailable;
};

/// For Result's abort message.
inline const char* describe(const Refusal& refusal) noexcept {
  return to_string(refusal.reason).data();  // string literals: NUL-terminated
}

}  // namespace webhook
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_WEBHOOK_REFUSAL_H_
