#ifndef COEFFICIENT_SRC_JWT_HEADER_H_
#define COEFFICIENT_SRC_JWT_HEADER_H_

#include <optional>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/jwt/algorithm.h"
#include "coefficient/jwt/export.h"
#include "coefficient/jwt/refusal.h"
#include "coefficient/version.h"
#include "jwt/claim_table.h"

// Private to the module; exported for its fuzzers.
COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {

/// What a token's header says, as far as it is listened to.
struct Header {
  std::optional<Algorithm> algorithm;  ///< Nothing for "none" and unknown ones.
  std::optional<std::string> kid;
  std::string type;  ///< By normal_type(); empty where absent.
};

/// Reads the first part of a token (RFC 7515 section 4.1). jwk, jku, x5u, x5c and x5t are ignored:
/// a token never brings its key. Refusals: kMalformedToken, kMalformedHeader, kUnsupportedHeader.
COEFFICIENT_JWT_EXPORT Result<Header, Refusal> read_header(std::string_view segment,
                                                           const ClaimLimits& limits);

/// Returns a media type in lower case without "application/" (RFC 7515 section 4.1.9).
std::string normal_type(std::string_view type);

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_JWT_HEADER_H_
