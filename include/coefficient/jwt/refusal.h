#ifndef COEFFICIENT_JWT_REFUSAL_H_
#define COEFFICIENT_JWT_REFUSAL_H_

#include <string_view>

#include "coefficient/jwt/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {

/// Why a token was refused, for the host's own logs and counters, in the order in which a token is
/// checked. Whoever sent it must not learn it: answer with http_status() and kChallenge for all.
/// Values are stable; new ones may be appended.
enum class Reason : int {
  kTokenTooLarge = 1,    ///< Longer than Policy::max_token_bytes.
  kMalformedToken = 2,   ///< Not three parts of canonical unpadded base64url (RFC 7515 3.1).
  kMalformedHeader = 3,  ///< The header is not one strict JSON object with members of their types.
  kUnsupportedHeader = 4,  ///< crit, b64, enc, zip, or a nested token (cty "JWT").
  kWrongType = 5,          ///< typ is not the one that the policy asks for.
  kWrongAlgorithm = 6,     ///< alg is none, unknown, or not that of the key.
  kUnknownKey = 7,         ///< No key has this kid, or it takes a kid to choose.
  kBadSignature = 8,       ///< The key did not make this signature over this token.
  kMalformedClaims = 9,  ///< The payload is not one strict JSON object with claims of their types.
  kMissingClaim = 10,    ///< A claim that the policy or the denylist needs is absent.
  kExpired = 11,         ///< exp is not after now, the leeway granted.
  kNotYetValid = 12,     ///< nbf or iat lies in the future by more than the leeway.
  kTooOld = 13,          ///< iat is longer ago than Policy::max_age and the leeway.
  kWrongIssuer = 14,     ///< iss is not one of the policy's.
  kWrongAudience = 15,   ///< No aud is one of the policy's; with none there, any aud is wrong.
  kRevoked = 16,         ///< The denylist has it.
  kUnavailable = 17,     ///< A key source, denylist or OpenSSL failed; nothing is known.
};

/// Returns the spelling of `reason`, e.g. "bad_signature"; "unknown" for a value outside the enum.
COEFFICIENT_JWT_EXPORT std::string_view to_string(Reason reason) noexcept;

/// Returns what to answer: 503 for kUnavailable, else 401.
COEFFICIENT_JWT_EXPORT int http_status(Reason reason) noexcept;

/// The value of WWW-Authenticate with a 401 (RFC 6750 section 3.1), the same for every reason.
inline constexpr std::string_view kChallenge = "Bearer error=\"invalid_token\"";

/// The error side of a verification: a reason, never text from the token.
struct Refusal {
  Reason reason = Reason::kUnavailable;
};

/// For Result's abort message.
inline const char* describe(const Refusal& refusal) noexcept {
  return to_string(refusal.reason).data();  // string literals: NUL-terminated
}

}  // namespace jwt
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_JWT_REFUSAL_H_
