#include "jwt/key_state.h"

#include <array>

#include "coefficient/core/encoding.h"
#include "core/utf8.h"
#include "jwt/thumbprint.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {
namespace {

constexpr std::size_t kMaxKidBytes = 256;

crypto::DigestAlgorithm digest_for(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::kHs384:
    case Algorithm::kRs384:
    case Algorithm::kPs384:
    case Algorithm::kEs384:
      return crypto::DigestAlgorithm::kSha384;
    case Algorithm::kHs512:
    case Algorithm::kRs512:
    case Algorithm::kPs512:
    case Algorithm::kEs512:
      return crypto::DigestAlgorithm::kSha512;
    default:
      return crypto::DigestAlgorithm::kSha256;
  }
}

bool is_pss(Algorithm algorithm) noexcept {
  return algorithm == Algorithm::kPs256 || algorithm == Algorithm::kPs384 ||
         algorithm == Algorithm::kPs512;
}

Error bad_key(const char* what) {
  return Error{ErrorCode::kInvalidArgument, what};
}

// Takes over what both kinds of keys have; an error says what is wrong with it.
Result<> take_use(KeyState& state, Algorithm algorithm, KeyUse use) {
  if (use.kid.size() > kMaxKidBytes || !utf8::is_valid(use.kid))
    return bad_key("the kid is longer than 256 bytes or not UTF-8");
  state.algorithm = algorithm;
  state.kid = std::move(use.kid);
  state.may_sign = use.may_sign;
  state.may_verify = use.may_verify;
  return {};
}

}  // namespace

crypto::KeyKind kind_for(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::kEs256:
      return crypto::KeyKind::kP256;
    case Algorithm::kEs384:
      return crypto::KeyKind::kP384;
    case Algorithm::kEs512:
      return crypto::KeyKind::kP521;
    case Algorithm::kEdDsa:
      return crypto::KeyKind::kEd25519;
    default:
      return crypto::KeyKind::kRsa;
  }
}

std::size_t min_secret_bytes(Algorithm algorithm) noexcept {
  return crypto::digest_bytes(digest_for(algorithm));
}

std::size_t KeyState::signature_bytes() const noexcept {
  return hmac ? hmac->mac_bytes() : asymmetric->signature_bytes();
}

bool KeyState::verify(std::span<const std::byte> text, std::span<const std::byte> signature) const {
  if (!hmac) return asymmetric->verify(text, signature);
  std::array<std::byte, crypto::kMaxDigestBytes> room;
  const auto computed = std::span(room).first(hmac->mac_bytes());
  crypto::Hmac mac(*hmac);
  mac.update(text);
  // A length that differs is known to whoever made the token.
  const bool equal = mac.finish(computed) && constant_time_equal(computed, signature);
  wipe(computed);
  return equal;
}

bool KeyState::sign(std::span<const std::byte> text, std::span<std::byte> out) const {
  if (!hmac) return asymmetric->sign(text, out);
  crypto::Hmac mac(*hmac);
  mac.update(text);
  return mac.finish(out);
}

Result<Key> make_hmac_key(Algorithm algorithm, std::span<const std::byte> secret, KeyUse use) {
  if (!is_symmetric(algorithm)) return bad_key("the algorithm takes no HMAC secret");
  if (secret.size() < min_secret_bytes(algorithm))
    return bad_key("the HMAC secret is shorter than the hash (RFC 7518 section 3.2)");
  auto state = std::make_shared<KeyState>();
  if (const auto taken = take_use(*state, algorithm, std::move(use)); !taken) return taken.error();
  auto hmac = crypto::HmacKey::create(digest_for(algorithm), secret);
  if (!hmac) return hmac.error();
  state->hmac.emplace(*std::move(hmac));
  auto thumbprint = secret_thumbprint(secret);
  if (!thumbprint) return thumbprint.error();
  state->thumbprint = *std::move(thumbprint);
  return KeyAccess::make(std::move(state));
}

Result<Key> make_asymmetric_key(Algorithm algorithm, crypto::AsymmetricKey key, KeyUse use) {
  if (is_symmetric(algorithm)) return bad_key("the algorithm takes an HMAC secret, not a key pair");
  if (key.kind() != kind_for(algorithm))
    return bad_key("the key is not of the kind of its algorithm");
  auto state = std::make_shared<KeyState>();
  use.may_sign = use.may_sign && key.has_private();
  if (const auto taken = take_use(*state, algorithm, std::move(use)); !taken) return taken.error();
  auto thumbprint = public_thumbprint(key);
  if (!thumbprint) return thumbprint.error();
  state->thumbprint = *std::move(thumbprint);
  auto prepared = crypto::SignatureKey::create(
      std::move(key),
      {.digest = digest_for(algorithm),
       .padding = is_pss(algorithm) ? crypto::Padding::kPss : crypto::Padding::kPkcs1});
  if (!prepared) return prepared.error();
  state->asymmetric.emplace(*std::move(prepared));
  return KeyAccess::make(std::move(state));
}

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE
