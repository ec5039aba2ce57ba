#ifndef COEFFICIENT_SRC_JWT_KEY_STATE_H_
#define COEFFICIENT_SRC_JWT_KEY_STATE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "coefficient/core/secret_bytes.h"
#include "coefficient/jwt/key.h"
#include "core/crypto/hmac.h"
#include "core/crypto/signature_key.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {

/// A key that was prepared for its algorithm: either an HMAC or an asymmetric one.
struct KeyState {
  Algorithm algorithm = Algorithm::kHs256;
  std::string kid;
  std::string thumbprint;
  bool may_sign = false;   // has what it takes, and key_ops does not forbid it
  bool may_verify = true;  // key_ops does not forbid it
  std::optional<crypto::HmacKey> hmac;
  std::optional<crypto::SignatureKey> asymmetric;

  [[nodiscard]] std::size_t signature_bytes() const noexcept;
  /// Returns whether the signature, of any length, is that of the text.
  [[nodiscard]] bool verify(std::span<const std::byte> text,
                            std::span<const std::byte> signature) const;
  /// Precondition: may_sign, and `out` has signature_bytes(). Returns false if OpenSSL failed.
  [[nodiscard]] bool sign(std::span<const std::byte> text, std::span<std::byte> out) const;
};

struct KeyAccess {
  static const KeyState& state(const Key& key) noexcept { return *key.state_; }
  static Key make(std::shared_ptr<const KeyState> state) noexcept { return Key(std::move(state)); }
};

/// What a key is told beside its material.
struct KeyUse {
  std::string kid = {};
  bool may_sign = true;
  bool may_verify = true;
};

/// The ends of every way to make a Key. Errors: kInvalidArgument with the reason.
Result<Key> make_hmac_key(Algorithm algorithm, std::span<const std::byte> secret, KeyUse use);
Result<Key> make_asymmetric_key(Algorithm algorithm, crypto::AsymmetricKey key, KeyUse use);

/// Returns the kind of key that an asymmetric algorithm takes.
crypto::KeyKind kind_for(Algorithm algorithm) noexcept;
/// Returns how many bytes an HMAC secret must have: those of the hash.
std::size_t min_secret_bytes(Algorithm algorithm) noexcept;

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_JWT_KEY_STATE_H_
