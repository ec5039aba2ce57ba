#include "coefficient/jwt/refusal.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {

std::string_view to_string(Reason reason) noexcept {
  switch (reason) {
    case Reason::kTokenTooLarge:
      return "token_too_large";
    case Reason::kMalformedToken:
      return "malformed_token";
    case Reason::kMalformedHeader:
      return "malformed_header";
    case Reason::kUnsupportedHeader:
      return "unsupported_header";
    case Reason::kWrongType:
      return "wrong_type";
    case Reason::kWrongAlgorithm:
      return "wrong_algorithm";
    case Reason::kUnknownKey:
      return "unknown_key";
    case Reason::kBadSignature:
      return "bad_signature";
    case Reason::kMalformedClaims:
      return "malformed_claims";
    case Reason::kMissingClaim:
      return "missing_claim";
    case Reason::kExpired:
      return "expired";
    case Reason::kNotYetValid:
      return "not_yet_valid";
    case Reason::kTooOld:
      return "too_old";
    case Reason::kWrongIssuer:
      return "wrong_issuer";
    case Reason::kWrongAudience:
      return "wrong_audience";
    case Reason::kRevoked:
      return "revoked";
    case Reason::kUnavailable:
      return "unavailable";
  }
  return "unknown";
}

int http_status(Reason reason) noexcept {
  return reason == Reason::kUnavailable ? 503 : 401;
}

}  // namespace jwt
COEFFICIENT_END_NAMESPACE
