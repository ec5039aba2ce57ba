#include "jwt/thumbprint.h"

#include <string_view>

#include "coefficient/core/encoding.h"
#include "coefficient/core/secret_bytes.h"
#include "core/bytes_of.h"
#include "core/crypto/digest.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {
namespace {

const char* curve_name(crypto::KeyKind kind) noexcept {
  switch (kind) {
    case crypto::KeyKind::kP256:
      return "P-256";
    case crypto::KeyKind::kP384:
      return "P-384";
    case crypto::KeyKind::kP521:
      return "P-521";
    default:
      return "Ed25519";
  }
}

}  // namespace

Result<std::string> public_members(const crypto::AsymmetricKey& key) {
  const auto numbers = key.public_numbers();
  if (!numbers) return numbers.error();
  if (key.kind() == crypto::KeyKind::kRsa)
    return R"({"e":")" + base64url_encode(numbers->e) + R"(","kty":"RSA","n":")" +
           base64url_encode(numbers->n) + R"("})";
  const bool okp = key.kind() == crypto::KeyKind::kEd25519;
  std::string text = R"({"crv":")" + std::string(curve_name(key.kind())) + R"(","kty":")" +
                     (okp ? "OKP" : "EC") + R"(","x":")" + base64url_encode(numbers->x);
  if (!okp) text += R"(","y":")" + base64url_encode(numbers->y);
  return text + R"("})";
}

Result<std::string> public_thumbprint(const crypto::AsymmetricKey& key) {
  const auto text = public_members(key);
  if (!text) return text.error();
  const auto hash = crypto::sha256({bytes_of(*text)});
  if (!hash) return hash.error();
  return base64url_encode(*hash);
}

Result<std::string> secret_thumbprint(std::span<const std::byte> secret) {
  SecretBytes encoded = SecretBytes::for_overwrite(
      secret.size() / 3 * 4 + (secret.size() % 3 == 0 ? 0 : secret.size() % 3 + 1));
  if (!base64url_encode_exact(secret, encoded.expose_for_writing()))
    return Error{ErrorCode::kInternal, "the secret could not be encoded"};
  const auto hash =
      crypto::sha256({bytes_of(R"({"k":")"), encoded.expose(), bytes_of(R"(","kty":"oct"})")});
  if (!hash) return hash.error();
  return base64url_encode(*hash);
}

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE
