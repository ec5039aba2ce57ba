#ifndef COEFFICIENT_SRC_CORE_CRYPTO_ED25519_KEY_H_
#define COEFFICIENT_SRC_CORE_CRYPTO_ED25519_KEY_H_

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>

#include "coefficient/core/export.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported from core for the other modules only.
COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {

inline constexpr std::size_t kEd25519KeyBytes = 32;
inline constexpr std::size_t kEd25519SignatureBytes = 64;

/// A private key that signs by RFC 8032 PureEdDSA. OpenSSL wipes its copy when it is freed.
///
/// Thread safety: immutable; may be used by several threads.
class COEFFICIENT_CORE_EXPORT Ed25519Key {
 public:
  /// `seed` is RFC 8032's private key. Errors: kInternal if OpenSSL failed.
  static Result<Ed25519Key> from_seed(std::span<const std::byte, kEd25519KeyBytes> seed);

  /// Returns the encoded public key.
  [[nodiscard]] const std::array<std::byte, kEd25519KeyBytes>& public_key() const noexcept {
    return public_key_;
  }
  /// Writes the signature over `message`; false if OpenSSL failed.
  [[nodiscard]] bool sign(std::span<const std::byte> message,
                          std::span<std::byte, kEd25519SignatureBytes> signature) const;

 private:
  struct KeyFree {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  };
  explicit Ed25519Key(EVP_PKEY* key) noexcept : key_(key) {}
  std::unique_ptr<EVP_PKEY, KeyFree> key_;
  std::array<std::byte, kEd25519KeyBytes> public_key_{};
};

}  // namespace crypto
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_CRYPTO_ED25519_KEY_H_
