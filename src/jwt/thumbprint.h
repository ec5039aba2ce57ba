#ifndef COEFFICIENT_SRC_JWT_THUMBPRINT_H_
#define COEFFICIENT_SRC_JWT_THUMBPRINT_H_

#include <cstddef>
#include <span>
#include <string>

#include "coefficient/core/result.h"
#include "core/crypto/asymmetric_key.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {

/// Returns the members of a public JWK in the order that RFC 7638 section 3.2 and RFC 8037 section
/// 2 give for the hash, in braces. Error: kInternal if OpenSSL failed.
Result<std::string> public_members(const crypto::AsymmetricKey& key);

/// Return the SHA-256 thumbprint of RFC 7638 as base64url. Error: kInternal if OpenSSL failed.
Result<std::string> public_thumbprint(const crypto::AsymmetricKey& key);
Result<std::string> secret_thumbprint(std::span<const std::byte> secret);

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_JWT_THUMBPRINT_H_
