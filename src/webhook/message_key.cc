#include "webhook/message_key.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "coefficient/core/encoding.h"
#include "coefficient/core/secret_bytes.h"
#include "core/json.h"
#include "webhook/key.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {
namespace detail {

std::string_view MessageKeyMaterial::algorithm() const noexcept {
  if (hmac) return "hmac-sha256";
  return public_key->algorithm() == crypto::SignatureAlgorithm::kEd25519 ? "ed25519"
                                                                         : "ecdsa-p256-sha256";
}

bool MessageKeyMaterial::verify(std::span<const std::byte> message,
                                std::span<const std::byte> signature, bool& failed) const {
  if (public_key) return public_key->verify(message, signature);
  crypto::Hmac mac(*hmac);
  mac.update(message);
  std::array<std::byte, 32> computed{};
  if (!mac.finish(computed)) {
    failed = true;
    return false;
  }
  const bool match = constant_time_equal(computed, signature);
  wipe(computed);
  return match;
}

}  // namespace detail

namespace {

using Json = nlohmann::json;

constexpr std::size_t kMinHmacBytes = 16;

Error bad(std::string_view name, std::string_view what) {
  return Error{ErrorCode::kInvalidArgument,
               "key '" + std::string(name) + "': " + std::string(what)};
}

// The string member of `jwk`, or nothing.
std::optional<std::string> member(const Json& jwk, const char* name) {
  const auto it = jwk.find(name);
  if (it == jwk.end()) return std::nullopt;
  const auto* text = it->get_ptr<const std::string*>();
  if (text == nullptr) return std::nullopt;
  return *text;
}

// RFC 7517 sections 4.2 to 4.4: a key that says it is for something else is not used for this.
Result<> check_purpose(std::string_view name, const Json& jwk, std::string_view alg) {
  if (jwk.contains("use") && member(jwk, "use") != "sig") return bad(name, "use is not sig");
  if (const auto ops = jwk.find("key_ops"); ops != jwk.end()) {
    const bool verifies =
        ops->is_array() &&
        std::any_of(ops->begin(), ops->end(), [](const Json& op) { return op == "verify"; });
    if (!verifies) return bad(name, "key_ops does not hold verify");
  }
  if (jwk.contains("alg") && member(jwk, "alg") != alg)
    return bad(name, "alg must be " + std::string(alg) + " for this kty and crv");
  return {};
}

Result<std::vector<std::byte>> bytes_member(std::string_view name, const Json& jwk,
                                            const char* which) {
  const auto text = member(jwk, which);
  if (!text) return bad(name, std::string(which) + " is missing");
  auto bytes = base64url_decode(*text);
  if (!bytes) return bad(name, std::string(which) + " is not base64url");
  return bytes;
}

}  // namespace

MessageKey::MessageKey(std::unique_ptr<detail::MessageKeyMaterial> material) noexcept
    : material_(std::move(material)) {}
MessageKey::MessageKey(MessageKey&&) noexcept = default;
MessageKey& MessageKey::operator=(MessageKey&&) noexcept = default;
MessageKey::~MessageKey() = default;

Result<MessageKey> MessageKey::hmac_sha256(std::string name, std::string keyid,
                                           const SecretBytes& secret) {
  if (secret.size() < kMinHmacBytes) return bad(name, "the secret is shorter than 16 bytes");
  if (detail::is_uniform(secret.expose())) return bad(name, "the secret repeats one byte");
  auto hmac = crypto::HmacKey::create(crypto::DigestAlgorithm::kSha256, secret.expose());
  if (!hmac) return hmac.error();
  auto material = std::make_unique<detail::MessageKeyMaterial>();
  material->name = std::move(name);
  material->keyid = std::move(keyid);
  material->hmac.emplace(*std::move(hmac));
  return MessageKey(std::move(material));
}

Result<MessageKey> MessageKey::pem(std::string name, std::string keyid, std::string_view text) {
  auto key = crypto::PublicKey::pem(text);
  if (!key) return bad(name, key.error().message);
  auto material = std::make_unique<detail::MessageKeyMaterial>();
  material->name = std::move(name);
  material->keyid = std::move(keyid);
  material->public_key.emplace(*std::move(key));
  return MessageKey(std::move(material));
}

Result<MessageKey> MessageKey::jwk(std::string name, std::string_view text) {
  constexpr json::Limits kLimits{.max_bytes = std::size_t{64} * 1024, .max_depth = 8};
  if (const auto strict = json::check(text, kLimits); !strict)
    return bad(name, "the JWK is " + strict.error().message);
  const Json jwk = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!jwk.is_object()) return bad(name, "a JWK is a JSON object");
  const auto kty = member(jwk, "kty");
  const auto crv = member(jwk, "crv");
  const std::string keyid = member(jwk, "kid").value_or("");
  if (kty == "oct") {
    if (const auto ok = check_purpose(name, jwk, "HS256"); !ok) return ok.error();
    auto k = bytes_member(name, jwk, "k");
    if (!k) return k.error();
    const SecretBytes secret = SecretBytes::copy_of(*k);
    wipe(*k);
    return hmac_sha256(std::move(name), keyid, secret);
  }
  const bool okp = kty == "OKP" && crv == "Ed25519";
  if (!okp && !(kty == "EC" && crv == "P-256"))
    return bad(name, "kty and crv must be OKP Ed25519, EC P-256, or kty oct");
  if (const auto ok = check_purpose(name, jwk, okp ? "EdDSA" : "ES256"); !ok) return ok.error();
  const auto x = bytes_member(name, jwk, "x");
  if (!x) return x.error();
  Result<crypto::PublicKey> key = Error{};
  if (okp) {
    key = crypto::PublicKey::ed25519(*x);
  } else {
    const auto y = bytes_member(name, jwk, "y");
    if (!y) return y.error();
    key = crypto::PublicKey::p256(*x, *y);
  }
  if (!key) return bad(name, key.error().message);
  auto material = std::make_unique<detail::MessageKeyMaterial>();
  material->name = std::move(name);
  material->keyid = keyid;
  material->public_key.emplace(*std::move(key));
  return MessageKey(std::move(material));
}

}  // namespace webhook
COEFFICIENT_END_NAMESPACE
