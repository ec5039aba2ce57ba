#ifndef COEFFICIENT_SRC_CORE_CRYPTO_ASYMMETRIC_KEY_H_
#define COEFFICIENT_SRC_CORE_CRYPTO_ASYMMETRIC_KEY_H_

#include <openssl/evp.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "coefficient/core/export.h"
#include "coefficient/core/result.h"
#include "coefficient/core/secret_bytes.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported from core for the other modules only.
COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {

enum class KeyKind { kRsa, kP256, kP384, kP521, kEd25519 };

inline constexpr std::size_t kMinRsaBits = 2048;
inline constexpr std::size_t kMaxRsaBits = 8192;

/// Returns the bytes of a coordinate, or of an Ed25519 key; 0 for RSA.
constexpr std::size_t coordinate_bytes(KeyKind kind) noexcept {
  switch (kind) {
    case KeyKind::kP256:
    case KeyKind::kEd25519:
      return 32;
    case KeyKind::kP384:
      return 48;
    case KeyKind::kP521:
      return 66;
    case KeyKind::kRsa:
      break;
  }
  return 0;
}

/// The numbers of RFC 8017 section 3, big endian. All but n and e are empty in a public key.
struct RsaNumbers {
  std::span<const std::byte> n, e, d, p, q, dp, dq, qi;
};

/// The same numbers, or those of a curve (RFC 7518 section 6, RFC 8037), as they are exported:
/// n and e, or x and y, or x; d, p, q, dp, dq, qi, or d. Those that do not apply are empty.
struct PublicNumbers {
  std::vector<std::byte> n, e, x, y;
};
struct PrivateNumbers {
  SecretBytes d, p, q, dp, dq, qi;
};

/// A public key, or a key pair, for signatures. RSA moduli have 2048 to 8192 bits, are odd and not
/// of the form that ROCA (CVE-2017-15361) finds; exponents are odd, from 3 to 64 bits. Points are
/// on their curve. That the halves of a pair belong together is SignatureKey's to check.
///
/// Thread safety: immutable; may be used by several threads.
class COEFFICIENT_CORE_EXPORT AsymmetricKey {
 public:
  /// Errors of these: kInvalidArgument with the reason, which holds nothing of the key.
  static Result<AsymmetricKey> rsa(const RsaNumbers& numbers);
  /// `d` is empty for a public key. All must have coordinate_bytes(curve).
  static Result<AsymmetricKey> ec(KeyKind curve, std::span<const std::byte> x,
                                  std::span<const std::byte> y, std::span<const std::byte> d);
  /// `d` is the seed of RFC 8032, empty for a public key.
  static Result<AsymmetricKey> ed25519(std::span<const std::byte> x, std::span<const std::byte> d);
  /// One PEM block: PUBLIC KEY, PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY, not encrypted.
  static Result<AsymmetricKey> pem(std::string_view text);
  /// A new pair. `rsa_bits` is for RSA. Error: kInternal if OpenSSL failed.
  static Result<AsymmetricKey> generate(KeyKind kind, std::size_t rsa_bits);

  [[nodiscard]] KeyKind kind() const noexcept { return kind_; }
  [[nodiscard]] bool has_private() const noexcept { return has_private_; }
  /// Errors of both: kInternal if OpenSSL failed; kFailedPrecondition without a private half.
  [[nodiscard]] Result<PublicNumbers> public_numbers() const;
  [[nodiscard]] Result<PrivateNumbers> private_numbers() const;
  [[nodiscard]] EVP_PKEY* get() const noexcept { return key_.get(); }

 private:
  struct KeyFree {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  };
  AsymmetricKey(KeyKind kind, EVP_PKEY* key, bool has_private) noexcept
      : kind_(kind), has_private_(has_private), key_(key) {}
  static Result<AsymmetricKey> adopt(EVP_PKEY* key, bool has_private);
  KeyKind kind_;
  bool has_private_;
  std::unique_ptr<EVP_PKEY, KeyFree> key_;
};

}  // namespace crypto
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_CRYPTO_ASYMMETRIC_KEY_H_
