#ifndef COEFFICIENT_SRC_CORE_CRYPTO_UCHARS_H_
#define COEFFICIENT_SRC_CORE_CRYPTO_UCHARS_H_

#include <cstddef>
#include <span>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {

/// Returns the bytes as OpenSSL names them.
inline const unsigned char* uchars(std::span<const std::byte> bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* uchars(std::span<std::byte> bytes) noexcept {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace crypto
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_CRYPTO_UCHARS_H_
