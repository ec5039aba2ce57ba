#include "signing.h"

#include <array>
#include <span>
#include <vector>

#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"
#include "core/crypto/hmac.h"

namespace gateway {
namespace {

namespace crypto = coefficient::crypto;

Result<std::string> hmac_hex(crypto::DigestAlgorithm algorithm,
                             const coefficient::SecretBytes& secret, std::string_view prefix,
                             std::string_view body) {
  auto key = crypto::HmacKey::create(algorithm, secret.expose());
  if (!key) return key.error();
  crypto::Hmac hmac(*key);
  hmac.update(std::as_bytes(std::span(prefix)));
  hmac.update(std::as_bytes(std::span(body)));
  std::vector<std::byte> mac(key->mac_bytes());
  if (!hmac.finish(mac)) return Error{ErrorCode::kInternal, "OpenSSL could not compute a MAC"};
  return coefficient::hex_encode(mac);
}

// A random UUID (RFC 9562 version 4), as GitHub's delivery ids are.
Result<std::string> random_uuid() {
  std::array<std::byte, 16> bytes{};
  if (auto drawn = coefficient::random_bytes(bytes); !drawn) return drawn.error();
  bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};
  bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  std::string text = coefficient::hex_encode(bytes);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

Result<HeaderList> sign_github(const coefficient::SecretBytes& secret, std::string_view body,
                               std::string_view event) {
  auto mac = hmac_hex(crypto::DigestAlgorithm::kSha256, secret, {}, body);
  if (!mac) return mac.error();
  auto id = random_uuid();
  if (!id) return id.error();
  return HeaderList{
      {"User-Agent", "GitHub-Hookshot/replay"}, {"Accept", "*/*"},
      {"Content-Type", "application/json"},     {"X-GitHub-Delivery", *id},
      {"X-GitHub-Event", std::string(event)},   {"X-Hub-Signature-256", "sha256=" + *mac}};
}

}  // namespace

Result<HeaderList> sign(std::string_view endpoint, const coefficient::SecretBytes& secret,
                        std::string_view body, std::string_view event,
                        std::chrono::system_clock::time_point time) {
  if (endpoint == "github") return sign_github(secret, body, event);
  if (endpoint == "slack") {
    const std::string seconds = std::to_string(
        std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
    auto mac = hmac_hex(crypto::DigestAlgorithm::kSha256, secret, "v0:" + seconds + ":", body);
    if (!mac) return mac.error();
    return HeaderList{{"Content-Type", "application/json"},
                      {"X-Slack-Request-Timestamp", seconds},
                      {"X-Slack-Signature", "v0=" + *mac}};
  }
  if (endpoint == "paystack") {
    auto mac = hmac_hex(crypto::DigestAlgorithm::kSha512, secret, {}, body);
    if (!mac) return mac.error();
    return HeaderList{{"Content-Type", "application/json"}, {"x-paystack-signature", *mac}};
  }
  return Error{ErrorCode::kInvalidArgument, "there is no endpoint of that name"};
}

}  // namespace gateway
