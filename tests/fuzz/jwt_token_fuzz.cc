// A verifier is total: for tokens of any bytes, and for headers and payloads of any bytes that its
// own key has signed. What it accepts can be read, and signed again.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coefficient/core/encoding.h"
#include "coefficient/jwt/signer.h"
#include "coefficient/jwt/verifier.h"
#include "core/crypto/hmac.h"

using namespace coefficient;

namespace {

constexpr std::string_view kSecret = "0123456789abcdef0123456789ABCDEF";

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

const jwt::Key& key() {
  static const jwt::Key value =
      jwt::Key::hmac(jwt::Algorithm::kHs256, SecretBytes::copy_of(kSecret)).value();
  return value;
}

const jwt::Verifier& verifier() {
  static const ManualClock clock{std::chrono::system_clock::time_point(std::chrono::hours(1))};
  static const jwt::Verifier value = [] {
    jwt::Policy policy;
    policy.require_exp = false;
    return jwt::Verifier::create(jwt::KeySet::create({key()}).value(), policy, clock).value();
  }();
  return value;
}

std::string sign(const std::string& text) {
  static const crypto::HmacKey mac_key =
      crypto::HmacKey::create(crypto::DigestAlgorithm::kSha256, bytes(kSecret)).value();
  crypto::Hmac mac(mac_key);
  mac.update(bytes(text));
  std::array<std::byte, 32> tag{};
  if (!mac.finish(tag)) std::abort();
  return text + "." + base64url_encode(tag);
}

void use(const jwt::Claims& claims) {
  for (const std::string_view name : claims.names()) {
    if (!claims.has(name) || !claims.json(name)) std::abort();
    (void)claims.integer(name);
    (void)claims.texts(name);
  }
  for (const std::string_view audience : claims.audiences())
    if (!claims.has_audience(audience)) std::abort();
  for (const std::string_view scope : claims.scopes())
    if (!claims.has_scope(scope)) std::abort();
  const auto set = jwt::ClaimSet::from_json(claims.raw_json());
  if (!set || !jwt::Signer::create(key(), {.require_exp = false})->sign(*set)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (verifier().verify(text)) std::abort();  // nobody finds a signature
  // Up to the first line feed a header, the rest a payload, both of our making.
  const std::string_view header = text.substr(0, text.find('\n'));
  const std::string_view payload = text.substr(std::min(text.size(), header.size() + 1));
  if (const auto claims = verifier().verify(
          sign(base64url_encode(bytes(header)) + "." + base64url_encode(bytes(payload)))))
    use(*claims);
  // And the bytes as they are, where an encoding is expected.
  (void)verifier().verify(sign(std::string(header) + "." + std::string(payload)));
  return 0;
}
