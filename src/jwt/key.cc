#include "coefficient/jwt/key.h"

#include <utility>

#include "core/json_reader.h"
#include "jwt/foreign_key.h"
#include "jwt/jwk.h"
#include "jwt/key_state.h"
#include "jwt/quoted.h"
#include "jwt/thumbprint.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {
namespace {

constexpr json::Limits kJwkLimits{.max_bytes = std::size_t{64} * 1024, .max_depth = 8};

Error bad(const char* what) {
  return Error{ErrorCode::kInvalidArgument, what};
}

// Environment variables and JSON that was unpacked once too little hold line feeds as `\n`.
SecretBytes with_line_feeds(std::string_view text) {
  SecretBytes out = SecretBytes::for_overwrite(text.size());
  const auto to = out.expose_for_writing();
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text.substr(i).starts_with("\\n");
    to[size++] = static_cast<std::byte>(escape ? '\n' : text[i]);
    if (escape) ++i;
  }
  return SecretBytes::copy_of(out.expose().first(size));
}

}  // namespace

Key::Key(std::shared_ptr<const detail::KeyState> state) noexcept : state_(std::move(state)) {}

Result<Key> Key::hmac(Algorithm algorithm, const SecretBytes& secret, std::string kid) {
  if (detail::looks_like_foreign_key(secret.expose()))
    return bad("the HMAC secret is a key of another kind (PEM, DER, JWK or SSH)");
  return detail::make_hmac_key(algorithm, secret.expose(), {.kid = std::move(kid)});
}

Result<Key> Key::from_pem(Algorithm algorithm, std::string_view text, std::string kid) {
  const SecretBytes lines = with_line_feeds(text);
  auto key = crypto::AsymmetricKey::pem(
      {reinterpret_cast<const char*>(lines.expose().data()), lines.size()});
  if (!key) return key.error();
  return detail::make_asymmetric_key(algorithm, *std::move(key), {.kid = std::move(kid)});
}

Result<Key> Key::from_jwk(std::string_view text, std::optional<Algorithm> if_absent) {
  json::Reader reader(text, kJwkLimits);
  if (reader.next() != json::Event::kBeginObject) return bad("a JWK is a JSON object");
  const auto jwk = detail::read_jwk(reader);
  if (!jwk || reader.next() != json::Event::kEnd) return bad("the JWK is not strict JSON");
  return detail::key_from(*jwk, if_absent);
}

Algorithm Key::algorithm() const noexcept {
  return state_->algorithm;
}

std::string_view Key::kid() const noexcept {
  return state_->kid;
}

bool Key::can_sign() const noexcept {
  return state_->may_sign;
}

bool Key::can_verify() const noexcept {
  return state_->may_verify;
}

const std::string& Key::thumbprint() const noexcept {
  return state_->thumbprint;
}

Result<std::string> Key::public_jwk() const {
  if (!state_->asymmetric)
    return Error{ErrorCode::kFailedPrecondition, "an HMAC key has no public half"};
  auto text = detail::public_members(state_->asymmetric->key());
  if (!text) return text.error();
  text->pop_back();
  *text += R"(,"alg":")" + std::string(to_string(state_->algorithm)) + R"(","use":"sig")";
  if (!state_->kid.empty()) {
    *text += R"(,"kid":)";
    detail::append_quoted(state_->kid, *text);
  }
  *text += '}';
  return text;
}

}  // namespace jwt
COEFFICIENT_END_NAMESPACE
