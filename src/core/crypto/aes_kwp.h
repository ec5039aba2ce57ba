#ifndef COEFFICIENT_SRC_CORE_CRYPTO_AES_KWP_H_
#define COEFFICIENT_SRC_CORE_CRYPTO_AES_KWP_H_

#include <cstddef>
#include <span>
#include <vector>

#include "coefficient/core/export.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "core/crypto/aes_gcm.h"

// Private to the library: never installed. Exported from core for the other modules only.
//
// AES-256 key wrap with padding (RFC 5649, SP 800-38F section 6.3). Deterministic: equal keys under
// one KEK give equal wraps. It takes no associated data.
//
// Thread safety: may be called concurrently.
COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {

inline constexpr std::size_t kMaxKwpBytes = 65536;

/// Returns `key`, 1 to kMaxKwpBytes bytes, wrapped: 8 bytes more than its size rounded up to 8.
/// Errors: kInvalidArgument on the size, kInternal if OpenSSL failed.
COEFFICIENT_CORE_EXPORT Result<std::vector<std::byte>> aes256_kwp_wrap(
    std::span<const std::byte, kAes256KeyBytes> kek, std::span<const std::byte> key);

/// Unwraps into `out` and returns the key's size. `out` has wrapped.size() bytes or more (OpenSSL
/// clears that many when it fails); beyond the key it is zeros. Errors: kDataLoss, with `out` all
/// zeros, if `wrapped` is not a wrap under this KEK; kInvalidArgument if `out` is too small.
COEFFICIENT_CORE_EXPORT Result<std::size_t> aes256_kwp_unwrap(
    std::span<const std::byte, kAes256KeyBytes> kek, std::span<const std::byte> wrapped,
    std::span<std::byte> out);

}  // namespace crypto
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_CRYPTO_AES_KWP_H_
