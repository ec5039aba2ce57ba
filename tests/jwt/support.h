#ifndef COEFFICIENT_TESTS_JWT_SUPPORT_H_
#define COEFFICIENT_TESTS_JWT_SUPPORT_H_

#include <array>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/clock.h"
#include "coefficient/core/encoding.h"
#include "coefficient/jwt/signer.h"
#include "coefficient/jwt/verifier.h"
#include "core/crypto/hmac.h"
#include "support/bytes.h"

namespace test {

namespace jwt = coefficient::jwt;

inline constexpr std::int64_t kNow = 1'700'000'000;

inline std::chrono::sys_seconds at(std::int64_t seconds) {
  return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

/// Stands still at kNow, or at another second; never destroyed, since verifiers keep it.
inline const coefficient::Clock& clock_at(std::int64_t seconds = kNow) {
  static std::mutex mutex;
  static auto& clocks = *new std::map<std::int64_t, coefficient::ManualClock>;
  const std::lock_guard lock(mutex);
  return clocks.try_emplace(seconds, at(seconds)).first->second;
}

inline std::string b64(std::string_view text) {
  return coefficient::base64url_encode(bytes(text));
}

inline constexpr std::string_view kSecret = "0123456789abcdef0123456789ABCDEF";

inline jwt::Key secret_key(std::string kid = {}, std::string_view secret = kSecret) {
  return jwt::Key::hmac(jwt::Algorithm::kHs256, coefficient::SecretBytes::copy_of(secret),
                        std::move(kid))
      .value();
}

inline jwt::KeySet set_of(std::vector<jwt::Key> keys) {
  return jwt::KeySet::create(std::move(keys)).value();
}

/// HS256 over any header and payload whatever, as texts that are already encoded.
inline std::string sign_segments(const std::string& header, const std::string& payload,
                                 std::string_view secret = kSecret) {
  const std::string text = header + "." + payload;
  const auto key = coefficient::crypto::HmacKey::create(
      coefficient::crypto::DigestAlgorithm::kSha256, bytes(secret));
  coefficient::crypto::Hmac mac(*key);
  mac.update(bytes(text));
  std::array<std::byte, 32> tag{};
  if (!mac.finish(tag)) std::abort();
  return text + "." + coefficient::base64url_encode(tag);
}

inline std::string sign_texts(std::string_view header, std::string_view payload,
                              std::string_view secret = kSecret) {
  return sign_segments(b64(header), b64(payload), secret);
}

inline constexpr std::string_view kHeader = R"({"alg":"HS256"})";

inline std::string sign_payload(std::string_view payload) {
  return sign_texts(kHeader, payload);
}

inline jwt::Verifier verifier_of(jwt::KeySet keys, jwt::Policy policy = {},
                                 std::int64_t now = kNow) {
  return jwt::Verifier::create(std::move(keys), std::move(policy), clock_at(now)).value();
}

inline jwt::Verifier secret_verifier(jwt::Policy policy = {}, std::int64_t now = kNow) {
  return verifier_of(set_of({secret_key()}), std::move(policy), now);
}

/// "ok", or the reason.
inline std::string outcome(const jwt::Verifier& verifier, std::string_view token) {
  const auto claims = verifier.verify(token);
  return claims ? "ok" : std::string(to_string(claims.error().reason));
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_JWT_SUPPORT_H_
