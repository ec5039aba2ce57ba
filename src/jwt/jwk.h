#ifndef COEFFICIENT_SRC_JWT_JWK_H_
#define COEFFICIENT_SRC_JWT_JWK_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/jwt/algorithm.h"
#include "coefficient/jwt/key.h"
#include "core/json_reader.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {

/// The members of a JWK (RFC 7517 section 4, RFC 7518 section 6) as they stand in its text, so that
/// no copy of a secret is made.
struct JwkMembers {
  std::optional<std::string> kty, alg, use, crv, kid;
  std::optional<std::vector<std::string>> key_ops;
  std::string_view n, e, d, p, q, dp, dq, qi, x, y, k;  // base64url; empty where absent
  bool multi_prime = false;                             // it has "oth"
  bool malformed = false;                               // a member is not of its type
};

/// Reads the rest of an object that has just begun. Returns nothing at the reader's error. What it
/// returns is not yet known to be from valid JSON: read the text to its end first.
std::optional<JwkMembers> read_jwk(json::Reader& reader);

/// Errors: those of Key::from_jwk().
Result<Key> key_from(const JwkMembers& jwk, std::optional<Algorithm> if_absent);

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_JWT_JWK_H_
