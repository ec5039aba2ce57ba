#ifndef COEFFICIENT_SRC_JWT_FOREIGN_KEY_H_
#define COEFFICIENT_SRC_JWT_FOREIGN_KEY_H_

#include <cstddef>
#include <span>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {

/// Returns whether an HMAC secret is in truth a key of another kind: PEM, DER of a SEQUENCE that
/// starts as keys do (also in base64), a JWK, or an SSH public key, after blanks. Such a key is
/// often public, and whoever has it could sign (CVE-2016-10555, CVE-2023-48223). Of random secrets
/// it finds less than one in four million.
bool looks_like_foreign_key(std::span<const std::byte> secret);

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_JWT_FOREIGN_KEY_H_
