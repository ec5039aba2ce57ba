#ifndef COEFFICIENT_TESTS_WEBHOOK_SENDERS_H_
#define COEFFICIENT_TESTS_WEBHOOK_SENDERS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coefficient/webhook/verifier.h"
#include "webhook/support.h"

// What each sender signs, for the tests of Verifier and its sessions.
namespace test {

inline constexpr std::int64_t kNow = 1'700'000'000;

struct Sender {
  coefficient::webhook::Scheme scheme;
  std::string secret;
  std::function<Delivery(std::string body, std::int64_t now)> sign;
};

inline Delivery plain(std::string name, std::string value, std::string body) {
  return {{{std::move(name), std::move(value)}}, std::move(body)};
}

// One sender for each scheme, all with the same secret text where the scheme allows it.
inline std::vector<Sender> senders() {
  const std::string secret(kSecret);
  const std::string raw = "0123456789abcdef0123456789abcdef";
  const std::string seed(32, 'k');
  const auto sha256 = EVP_sha256();
  std::vector<Sender> out;
  out.push_back(
      {coefficient::webhook::github_scheme(), secret, [=](std::string body, std::int64_t) {
         Delivery d = plain("X-Hub-Signature-256",
                            "sha256=" + test::hex(test::hmac(sha256, secret, body)), body);
         d.headers.emplace_back("X-GitHub-Delivery", "72d3162e-cc78-11e3");
         d.headers.emplace_back("X-GitHub-Event", "push");
         return d;
       }});
  out.push_back(
      {coefficient::webhook::slack_scheme(), secret, [=](std::string body, std::int64_t now) {
         const std::string ts = std::to_string(now);
         return Delivery{{{"X-Slack-Request-Timestamp", ts},
                          {"X-Slack-Signature",
                           "v0=" + test::hex(test::hmac(sha256, secret, "v0:" + ts + ":" + body))}},
                         body};
       }});
  out.push_back(
      {coefficient::webhook::paystack_scheme(), secret, [=](std::string body, std::int64_t) {
         return plain("x-paystack-signature", test::hex(test::hmac(EVP_sha512(), secret, body)),
                      body);
       }});
  out.push_back(
      {coefficient::webhook::stripe_scheme(), secret, [=](std::string body, std::int64_t now) {
         const std::string ts = std::to_string(now);
         return plain("Stripe-Signature",
                      "t=" + ts + ",v1=" + test::hex(test::hmac(sha256, secret, ts + "." + body)),
                      body);
       }});
  for (const std::string& prefix : std::vector<std::string>{"webhook", "svix"})
    out.push_back(
        {coefficient::webhook::standard_webhooks_scheme(), "whsec_" + test::base64(raw),
         [=](std::string body, std::int64_t now) {
           const std::string ts = std::to_string(now);
           return Delivery{
               {{prefix + "-id", "msg_1"},
                {prefix + "-timestamp", ts},
                {prefix + "-signature",
                 "v1," + test::base64(test::hmac(sha256, raw, "msg_1." + ts + "." + body))}},
               body};
         }});
  const std::string v1a_key = "whpk_" + test::base64(test::Ed25519(seed).public_key());
  out.push_back({coefficient::webhook::standard_webhooks_scheme(), v1a_key,
                 [=](std::string body, std::int64_t now) {
                   const std::string ts = std::to_string(now);
                   const test::Ed25519 key(seed);
                   return Delivery{{{"webhook-id", "msg_1"},
                                    {"webhook-timestamp", ts},
                                    {"webhook-signature",
                                     "v1a," + test::base64(key.sign("msg_1." + ts + "." + body))}},
                                   body};
                 }});
  out.push_back(
      {coefficient::webhook::gitlab_scheme(), secret, [=](std::string body, std::int64_t) {
         Delivery d = plain("X-Gitlab-Token", secret, body);
         d.headers.emplace_back("X-Gitlab-Event", "Push Hook");
         return d;
       }});
  out.push_back(
      {coefficient::webhook::shopify_scheme(), secret, [=](std::string body, std::int64_t) {
         return plain("X-Shopify-Hmac-SHA256", test::base64(test::hmac(sha256, secret, body)),
                      body);
       }});
  out.push_back(
      {coefficient::webhook::discord_scheme(), test::hex(test::Ed25519(seed).public_key()),
       [=](std::string body, std::int64_t now) {
         const std::string ts = std::to_string(now);
         return Delivery{{{"X-Signature-Timestamp", ts},
                          {"X-Signature-Ed25519", test::hex(test::Ed25519(seed).sign(ts + body))}},
                         body};
       }});
  out.push_back(
      {coefficient::webhook::bitbucket_scheme(), secret, [=](std::string body, std::int64_t) {
         return plain("X-Hub-Signature", "sha256=" + test::hex(test::hmac(sha256, secret, body)),
                      body);
       }});
  out.push_back(
      {coefficient::webhook::linear_scheme(), secret, [=](std::string body, std::int64_t now) {
         body.insert(1, "\"webhookTimestamp\":" + std::to_string(now * 1000) + ",");
         return plain("Linear-Signature", test::hex(test::hmac(sha256, secret, body)), body);
       }});
  return out;
}

inline const std::string kBody =
    R"({"id":"evt_1","type":"t","event":"e","data":{"reference":"r"}})";

inline coefficient::webhook::Verifier make(const Sender& sender, const coefficient::Clock& clock,
                                           coefficient::webhook::VerifierOptions options = {}) {
  return coefficient::webhook::Verifier::create(sender.scheme, test::keys({sender.secret}), clock,
                                                std::move(options))
      .value();
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_WEBHOOK_SENDERS_H_
