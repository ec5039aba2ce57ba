#ifndef COEFFICIENT_TESTS_WEBHOOK_SUPPORT_H_
#define COEFFICIENT_TESTS_WEBHOOK_SUPPORT_H_

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coefficient/core/clock.h"
#include "coefficient/core/encoding.h"
#include "coefficient/webhook/verifier.h"

// A sender made of OpenSSL's one-shots: nothing of the library signs what the library verifies.
namespace test {

/// What the sender and the verifier share.
inline constexpr std::string_view kSecret = "It's a Secret to Everybody";

inline std::string hmac(const EVP_MD* md, std::string_view key, std::string_view message) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(md, key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac, &size);
  return {reinterpret_cast<const char*>(mac), size};
}

inline std::string hex(std::string_view bytes) {
  return coefficient::hex_encode(std::as_bytes(std::span(bytes)));
}
inline std::string base64(std::string_view bytes) {
  return coefficient::base64_encode(std::as_bytes(std::span(bytes)));
}
inline std::string bytes_of(const std::vector<std::byte>& v) {
  return {reinterpret_cast<const char*>(v.data()), v.size()};
}

/// An Ed25519 key pair from its 32-byte seed.
class Ed25519 {
 public:
  explicit Ed25519(std::string_view seed)
      : key_(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                          reinterpret_cast<const unsigned char*>(seed.data()),
                                          seed.size())) {}
  Ed25519(const Ed25519&) = delete;
  Ed25519& operator=(const Ed25519&) = delete;
  ~Ed25519() { EVP_PKEY_free(key_); }
  [[nodiscard]] std::string public_key() const {
    unsigned char raw[32];
    std::size_t size = sizeof raw;
    EVP_PKEY_get_raw_public_key(key_, raw, &size);
    return {reinterpret_cast<const char*>(raw), size};
  }
  [[nodiscard]] std::string sign(std::string_view message) const {
    EVP_MD_CTX* ctx = EVP_MD_CTX_new();
    unsigned char sig[64];
    std::size_t size = sizeof sig;
    EVP_DigestSignInit(ctx, nullptr, nullptr, nullptr, key_);
    EVP_DigestSign(ctx, sig, &size, reinterpret_cast<const unsigned char*>(message.data()),
                   message.size());
    EVP_MD_CTX_free(ctx);
    return {reinterpret_cast<const char*>(sig), size};
  }

 private:
  EVP_PKEY* key_;
};

/// A request that owns its text.
struct Delivery {
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};

  [[nodiscard]] std::vector<coefficient::webhook::Header> views() const {
    std::vector<coefficient::webhook::Header> out;
    for (const auto& [name, value] : headers) out.push_back({name, value});
    return out;
  }
  std::string& header(std::string_view name) {
    for (auto& [n, v] : headers)
      if (n == name) return v;
    return headers.emplace_back(name, "").second;
  }
};

inline std::chrono::system_clock::time_point at(std::int64_t unix_seconds) {
  return std::chrono::system_clock::time_point(std::chrono::seconds(unix_seconds));
}

inline std::vector<coefficient::webhook::Key> keys(
    std::initializer_list<std::string_view> secrets) {
  std::vector<coefficient::webhook::Key> out;
  for (const std::string_view secret : secrets)
    out.push_back({"key" + std::to_string(out.size()), coefficient::SecretBytes::copy_of(secret)});
  return out;
}

/// The reason of a refusal, or "ok".
template <class T>
std::string reason(const coefficient::Result<T, coefficient::webhook::Refusal>& result) {
  return result ? "ok" : std::string(to_string(result.error().reason));
}

inline auto verify(const coefficient::webhook::Verifier& verifier, const Delivery& delivery) {
  const auto headers = delivery.views();
  return verifier.verify({.headers = headers}, delivery.body);
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_WEBHOOK_SUPPORT_H_
