// New keys, as JWK text.
#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"
#include "coefficient/jwt/key.h"
#include "core/utf8.h"
#include "jwt/key_state.h"
#include "jwt/quoted.h"
#include "jwt/thumbprint.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {
namespace {

// Text that holds a secret: it never moves to another place in memory, where a copy would stay.
class SecretText {
 public:
  explicit SecretText(std::size_t room) : bytes_(SecretBytes::for_overwrite(room)) {}

  void add(std::string_view text) {
    const auto from = std::as_bytes(std::span(text));
    ok_ = ok_ && from.size() <= left();
    if (!ok_) return;
    std::copy(from.begin(), from.end(), bytes_.expose_for_writing().begin() + at());
    size_ += from.size();
  }
  void add_number(std::string_view name, std::span<const std::byte> number) {
    if (number.empty()) return;
    add(",\"");
    add(name);
    add("\":\"");
    const std::size_t rest = number.size() % 3;
    const std::size_t chars = number.size() / 3 * 4 + (rest == 0 ? 0 : rest + 1);
    ok_ = ok_ && chars <= left() &&
          base64url_encode_exact(number, bytes_.expose_for_writing().subspan(size_, chars));
    if (ok_) size_ += chars;
    add("\"");
  }
  Result<SecretBytes> take() const {
    if (!ok_) return Error{ErrorCode::kInternal, "the key's text is longer than expected"};
    return SecretBytes::copy_of(bytes_.expose().first(size_));
  }

 private:
  [[nodiscard]] std::size_t left() const { return bytes_.size() - size_; }
  [[nodiscard]] std::ptrdiff_t at() const { return static_cast<std::ptrdiff_t>(size_); }
  SecretBytes bytes_;
  std::size_t size_ = 0;
  bool ok_ = true;
};

// Room for eight numbers of up to 8192 bits, and the names.
constexpr std::size_t kMaxJwkBytes = 16384;

std::string quoted(std::string_view text) {
  std::string out;
  detail::append_quoted(text, out);
  return out;
}

Result<SecretBytes> generate_secret(Algorithm algorithm, std::string kid) {
  SecretBytes secret = SecretBytes::for_overwrite(detail::min_secret_bytes(algorithm));
  if (const auto filled = random_bytes(secret.expose_for_writing()); !filled) return filled.error();
  if (kid.empty()) {
    std::array<std::byte, 16> id{};
    if (const auto filled = random_bytes(id); !filled) return filled.error();
    kid = base64url_encode(id);
  }
  SecretText text(kMaxJwkBytes);
  text.add(R"({"kty":"oct","alg":")");
  text.add(to_string(algorithm));
  text.add(R"(","use":"sig","kid":)");
  text.add(quoted(kid));
  text.add_number("k", secret.expose());
  text.add("}");
  return text.take();
}

}  // namespace

Result<SecretBytes> generate_jwk(Algorithm algorithm, GenerateOptions options) {
  if (options.kid.size() > 256 || !utf8::is_valid(options.kid))
    return Error{ErrorCode::kInvalidArgument, "the kid is longer than 256 bytes or not UTF-8"};
  if (is_symmetric(algorithm)) return generate_secret(algorithm, std::move(options.kid));
  const auto key = crypto::AsymmetricKey::generate(detail::kind_for(algorithm), options.rsa_bits);
  if (!key) return key.error();
  auto members = detail::public_members(*key);
  const auto thumbprint = detail::public_thumbprint(*key);
  const auto secret = key->private_numbers();
  if (!members) return members.error();
  if (!thumbprint) return thumbprint.error();
  if (!secret) return secret.error();
  members->pop_back();
  SecretText text(kMaxJwkBytes);
  text.add(*members);
  text.add(R"(,"alg":")");
  text.add(to_string(algorithm));
  text.add(R"(","use":"sig","kid":)");
  text.add(quoted(options.kid.empty() ? *thumbprint : options.kid));
  text.add_number("d", secret->d.expose());
  text.add_number("p", secret->p.expose());
  text.add_number("q", secret->q.expose());
  text.add_number("dp", secret->dp.expose());
  text.add_number("dq", secret->dq.expose());
  text.add_number("qi", secret->qi.expose());
  text.add("}");
  return text.take();
}

}  // namespace jwt
COEFFICIENT_END_NAMESPACE
