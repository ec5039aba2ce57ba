#ifndef COEFFICIENT_JWT_POLICY_H_
#define COEFFICIENT_JWT_POLICY_H_

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "coefficient/jwt/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {

/// What a token must say to be accepted. The defaults are strict; name issuers and audiences.
struct Policy {
  /// iss must be one of these, byte for byte; empty: any, or none.
  std::vector<std::string> issuers = {};
  /// One aud must be one of these, byte for byte. Empty: a token must not have an aud, since it was
  /// made for someone else (RFC 7519 section 4.1.3).
  std::vector<std::string> audiences = {};
  /// typ must be this, as media types compare: without case, "application/" left out (RFC 7515
  /// section 4.1.9). Empty: typ must be "JWT" or absent, so that a token of another kind is not
  /// taken for this one (RFC 8725 section 3.11).
  std::string type = {};
  /// Grace for clocks that differ, for exp, nbf, iat and max_age; 0 to 1 hour.
  std::chrono::seconds leeway{30};
  /// The token must have been issued at most so long ago, whatever its exp; needs iat.
  std::optional<std::chrono::seconds> max_age = {};
  /// Refuses tokens without exp, which never die.
  bool require_exp = true;
  /// Names of further claims that must be there, of any type and value.
  std::vector<std::string> required = {};
  /// Bounds: of the token's characters (256 to 1 MiB), of nested objects and arrays (1 to 64), and
  /// of the members of all objects of the header, and of the payload (1 to 4096).
  std::size_t max_token_bytes = std::size_t{16} * 1024;
  std::size_t max_depth = 16;
  std::size_t max_members = 64;
};

/// The policy of RFC 9068 section 4 for OAuth 2.0 access tokens: typ at+jwt; iss, exp, aud, sub,
/// client_id, iat and jti required.
COEFFICIENT_JWT_EXPORT Policy access_token_policy(std::string issuer, std::string audience);

}  // namespace jwt
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_JWT_POLICY_H_
