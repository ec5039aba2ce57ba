#include "coefficient/webhook/refusal.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {

std::string_view to_string(Reason reason) noexcept {
  switch (reason) {
    case Reason::kMissingHeader:
      return "missing_header";
    case Reason::kDuplicateHeader:
      return "duplicate_header";
    case Reason::kMalformedSignature:
      return "malformed_signature";
    case Reason::kMalformedTimestamp:
      return "malformed_timestamp";
    case Reason::kTooOld:
      return "too_old";
    case Reason::kTooNew:
      return "too_new";
    case Reason::kBodyTooLarge:
      return "body_too_large";
    case Reason::kBadSignature:
      return "bad_signature";
    case Reason::kReplayed:
      return "replayed";
    case Reason::kUnavailable:
      return "unavailable";
  }
  return "unknown";
}

int http_status(Reason reason) noexcept {
  switch (reason) {
    case Reason::kBodyTooLarge:
      return 413;
    case Reason::kReplayed:
      return 409;
    case Reason::kUnavailable:
      return 503;
    default:
      return 401;
  }
}

}  // namespace webhook
COEFFICIENT_END_NAMESPACE
