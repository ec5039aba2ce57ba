#ifndef COEFFICIENT_SRC_CORE_CRYPTO_PUBLIC_KEY_H_
#define COEFFICIENT_SRC_CORE_CRYPTO_PUBLIC_KEY_H_

#include <openssl/evp.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "coefficient/core/export.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported from core for the other modules only.
COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {

enum class SignatureAlgorithm {
  kEd25519,          ///< RFC 8032 PureEdDSA; signatures of 64 bytes.
  kEcdsaP256Sha256,  ///< FIPS 186-5; signatures of 64 bytes, r then s (IEEE P1363).
};

inline constexpr std::size_t kSignatureBytes = 64;

/// A public key that verifies.
///
/// Thread safety: immutable; may be used by several threads.
class COEFFICIENT_CORE_EXPORT PublicKey {
 public:
  /// Errors of all three: kInvalidArgument if the bytes are no such key.
  static Result<PublicKey> ed25519(std::span<const std::byte> raw32);
  static Result<PublicKey> p256(std::span<const std::byte> x32, std::span<const std::byte> y32);
  /// SubjectPublicKeyInfo in PEM, Ed25519 or P-256. A private key is refused.
  static Result<PublicKey> pem(std::string_view text);

  [[nodiscard]] SignatureAlgorithm algorithm() const noexcept { return algorithm_; }
  /// Returns whether `signature` (exactly kSignatureBytes) is over `message`.
  [[nodiscard]] bool verify(std::span<const std::byte> message,
                            std::span<const std::byte> signature) const;

 private:
  struct KeyFree {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  };
  PublicKey(SignatureAlgorithm algorithm, EVP_PKEY* key) noexcept;
  SignatureAlgorithm algorithm_;
  std::unique_ptr<EVP_PKEY, KeyFree> key_;
};

}  // namespace crypto
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_CRYPTO_PUBLIC_KEY_H_
