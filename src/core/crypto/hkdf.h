#ifndef COEFFICIENT_SRC_CORE_CRYPTO_HKDF_H_
#define COEFFICIENT_SRC_CORE_CRYPTO_HKDF_H_

#include <cstddef>
#include <initializer_list>
#include <span>

#include "coefficient/core/export.h"
#include "coefficient/version.h"
#include "core/crypto/hmac.h"

// Private to the library: never installed. Exported from core for the other modules only.
COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {

/// Fills `out` with HKDF-Expand (RFC 5869 section 2.3) of the pseudorandom key `prk`, with the hash
/// of that key, for the info that is `info` one after the other. False, and `out` zeros, if `out`
/// is longer than 255 hashes or OpenSSL failed. EVP_KDF would key the HMAC anew each time.
///
/// Thread safety: may be called concurrently.
[[nodiscard]] COEFFICIENT_CORE_EXPORT bool hkdf_expand(
    const HmacKey& prk, std::initializer_list<std::span<const std::byte>> info,
    std::span<std::byte> out);

}  // namespace crypto
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_CRYPTO_HKDF_H_
