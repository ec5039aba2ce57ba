#ifndef COEFFICIENT_SRC_CORE_CRYPTO_SIGNATURE_KEY_H_
#define COEFFICIENT_SRC_CORE_CRYPTO_SIGNATURE_KEY_H_

#include <openssl/evp.h>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "coefficient/core/export.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "core/crypto/asymmetric_key.h"
#include "core/crypto/digest.h"

// Private to the library: never installed. Exported from core for the other modules only.
COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {

enum class Padding { kPkcs1, kPss };

/// The digest is not used with Ed25519, the padding only with RSA. PSS uses MGF1 with the same
/// digest and a salt of its length (RFC 7518 section 3.5).
struct SignatureScheme {
  DigestAlgorithm digest = DigestAlgorithm::kSha256;
  Padding padding = Padding::kPkcs1;
};

/// The longest signature, that of an RSA key of 8192 bits.
inline constexpr std::size_t kMaxSignatureBytes = kMaxRsaBits / 8;

/// A key that was prepared for one scheme: an operation copies a context that has everything set,
/// which saves the microseconds that setting one up costs. ECDSA signatures are r then s (IEEE
/// P1363, RFC 7518 section 3.4).
///
/// Thread safety: immutable; may be used by several threads.
class COEFFICIENT_CORE_EXPORT SignatureKey {
 public:
  /// Errors: kInvalidArgument if the halves of a pair do not belong together; kInternal if OpenSSL
  /// failed.
  static Result<SignatureKey> create(AsymmetricKey key, SignatureScheme scheme);

  [[nodiscard]] const AsymmetricKey& key() const noexcept { return key_; }
  /// Returns the length of every signature of this key.
  [[nodiscard]] std::size_t signature_bytes() const noexcept { return signature_bytes_; }
  /// Returns whether `signature` is over `message`; false for one of another length.
  [[nodiscard]] bool verify(std::span<const std::byte> message,
                            std::span<const std::byte> signature) const;
  /// Writes a signature over `message`; `out` has signature_bytes(). Returns false if OpenSSL
  /// failed or the key has no private half.
  [[nodiscard]] bool sign(std::span<const std::byte> message, std::span<std::byte> out) const;

 private:
  struct ContextFree {
    void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
  };
  using Context = std::unique_ptr<EVP_PKEY_CTX, ContextFree>;

  SignatureKey(AsymmetricKey key, SignatureScheme scheme) noexcept;
  bool prepare();
  [[nodiscard]] Context prepared(bool signing) const;
  [[nodiscard]] MdContext prepared_ed25519(bool signing) const;
  [[nodiscard]] bool verify_ecdsa(EVP_PKEY_CTX* context, std::span<const std::byte> hash,
                                  std::span<const std::byte> signature) const;
  [[nodiscard]] bool sign_ecdsa(EVP_PKEY_CTX* context, std::span<const std::byte> hash,
                                std::span<std::byte> out) const;

  AsymmetricKey key_;
  SignatureScheme scheme_;
  std::size_t signature_bytes_;
  Context verifying_;
  Context signing_;
  MdContext verifying_ed25519_;
  MdContext signing_ed25519_;
};

}  // namespace crypto
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_CRYPTO_SIGNATURE_KEY_H_
