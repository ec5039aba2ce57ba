// The published vectors and those derived with Python and openssl, through the public API.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "coefficient/webhook/verifier.h"
#include "support/vectors.h"
#include "webhook/support.h"

using namespace coefficient;
using namespace coefficient::webhook;
using test::Delivery;
using test::reason;

namespace {

using Json = nlohmann::json;

Verifier make(Scheme scheme, std::string_view secret, const Clock& clock) {
  return Verifier::create(std::move(scheme), test::keys({secret}), clock, {.min_secret_bytes = 1})
      .value();
}

std::string outcome(Scheme scheme, std::string_view secret, const Delivery& delivery,
                    std::int64_t now = 0) {
  const ManualClock clock(test::at(now));
  return reason(test::verify(make(std::move(scheme), secret, clock), delivery));
}

// Finds the vector and counts it as used, so that a new one cannot be passed over.
class VectorFile {
 public:
  explicit VectorFile(const std::filesystem::path& path) : json_(test::read_json(path)) {}
  const Json& operator[](const std::string& name) {
    used_[name] = true;
    for (const Json& v : json_)
      if (v.at("name") == name) return v;
    throw std::runtime_error("no vector " + name);
  }
  [[nodiscard]] std::string unused() const {
    std::string all;
    for (const Json& v : json_)
      if (!used_.contains(v.at("name"))) all += v.at("name").get<std::string>() + ";";
    return all;
  }

 private:
  Json json_;
  std::map<std::string, bool> used_;
};

Delivery standard(const Json& v) {
  return {{{"webhook-id", v.at("id")},
           {"webhook-timestamp", v.at("timestamp")},
           {"webhook-signature", v.at("expected")}},
          v.at("body")};
}

}  // namespace

TEST(WebhookVectors, Published) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "webhook");
  VectorFile file(dir / "vectors.json");
  for (const char* name : {"github-docs", "octokit-1", "octokit-utf8-esc", "octokit-escaped",
                           "adnanh-256", "adnanh-256-empty"}) {
    const Json& v = file[name];
    const std::string secret = v.at("secret");
    Delivery d{{{"X-Hub-Signature-256", v.at("expected")}}, v.at("body")};
    EXPECT_EQ(outcome(github_scheme(), secret, d), "ok") << name;
    d.body += ' ';
    EXPECT_EQ(outcome(github_scheme(), secret, d), "bad_signature") << name;
  }
  const Json& sha1 = file["adnanh-sha1 (must be refused as GitHub)"];
  EXPECT_EQ(outcome(github_scheme(), "secret",
                    {{{"X-Hub-Signature", sha1.at("expected")}}, sha1.at("body")}),
            "missing_header");
  EXPECT_EQ(outcome(github_scheme(), "secret",
                    {{{"X-Hub-Signature-256", sha1.at("expected")}}, sha1.at("body")}),
            "malformed_signature");
  const Json& sha512 = file["sha512-hex (Paystack layout)"];
  EXPECT_EQ(outcome(paystack_scheme(), "secret",
                    {{{"x-paystack-signature", sha512.at("expected")}}, sha512.at("body")}),
            "ok");
  const Json& slack = file["slack-docs"];
  const Delivery slack_delivery{{{"X-Slack-Signature", slack.at("expected")},
                                 {"X-Slack-Request-Timestamp", slack.at("timestamp")}},
                                slack.at("body")};
  EXPECT_EQ(outcome(slack_scheme(), slack.at("secret").get<std::string>(), slack_delivery,
                    1531420618 + 300),
            "ok");
  EXPECT_EQ(outcome(slack_scheme(), slack.at("secret").get<std::string>(), slack_delivery,
                    1531420618 + 301),
            "too_old");
  for (const char* name : {"stdwh-v1-rust", "svix-v1-docs"}) {
    const Json& v = file[name];
    EXPECT_EQ(outcome(standard_webhooks_scheme(), v.at("secret").get<std::string>(), standard(v),
                      std::stoll(v.at("timestamp").get<std::string>())),
              "ok")
        << name;
  }
  const Json& v1a = file["stdwh-v1a-ed25519"];
  EXPECT_EQ(outcome(standard_webhooks_scheme(), v1a.at("public").get<std::string>(), standard(v1a),
                    1614265330),
            "ok");
  const Json& lorem = file["svix-sec-loremcase"];  // id, time and body as in verify.py
  EXPECT_EQ(outcome(standard_webhooks_scheme(), lorem.at("secret").get<std::string>(),
                    {{{"svix-id", "msg_loFOjxBNrRLzqYUf"},
                      {"svix-timestamp", "1731705121"},
                      {"svix-signature", lorem.at("expected")}},
                     R"({"event_type":"ping","data":{"success":true}})"},
                    1731705121),
            "ok");
  // Twilio is no scheme of ours; the three of RFC 9421 and 9530 are in message_signature_test.
  EXPECT_EQ(file.unused(),
            "twilio-form;twilio-body;rfc9421-B.2.5-hmac;rfc9421-B.2.6-ed25519;rfc9530-digest;");
}

TEST(WebhookVectors, Derived) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "webhook");
  VectorFile file(dir / "derived.json");
  const auto check = [&](const char* name, Scheme scheme, const std::string& header,
                         const std::string& body, std::int64_t now, Delivery extra = {}) {
    const Json& v = file[name];
    Delivery d = std::move(extra);
    d.headers.emplace_back(header, v.at("expected"));
    d.body = body;
    std::string secret;
    for (const char* member : {"public", "secret", "key_utf8"})
      if (secret.empty() && v.contains(member)) secret = v.at(member);
    secret = secret.substr(
        0, secret.find(' ') == secret.find(" (") ? secret.find(" (") : std::string::npos);
    EXPECT_EQ(outcome(scheme, secret, d, now), "ok") << name;
    d.body += "x";
    EXPECT_NE(outcome(scheme, secret, d, now), "ok") << name;
  };
  check("stripe-v1", stripe_scheme(), "Stripe-Signature", file["stripe-v1"].at("body"), 1492774577);
  check("paystack", paystack_scheme(), "x-paystack-signature", file["paystack"].at("body"), 0);
  check("shopify", shopify_scheme(), "X-Shopify-Hmac-SHA256", file["shopify"].at("signed"), 0);
  check("linear", linear_scheme(), "Linear-Signature", file["linear"].at("signed"), 1676056940);
  check("bitbucket", bitbucket_scheme(), "X-Hub-Signature", file["bitbucket"].at("signed"), 0);
  check("gitlab-signing-token", standard_webhooks_scheme(), "webhook-signature",
        R"({"object_kind":"push"})", 1776520800,
        {{{"webhook-id", "0f5b9f1e-6d0a-4a51-9f0e-6b5c2f6d7a11"},
          {"webhook-timestamp", "1776520800"}},
         ""});
  check("discord-ed25519", discord_scheme(), "X-Signature-Ed25519",
        file["discord-ed25519"].at("signed").get<std::string>().substr(10), 1700000000,
        {{{"X-Signature-Timestamp", "1700000000"}}, ""});
  EXPECT_EQ(file.unused(), "");
}

// AdCP's legacy HMAC is no preset: it is a custom scheme, written as data.
TEST(WebhookVectors, AdcpHmacAsCustomScheme) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "webhook");
  const Json file = test::read_json(dir / "rfc9421-adcp" / "webhook-hmac-sha256.json");
  const auto scheme = parse_scheme(R"({"name": "adcp",
      "headers": [{"signature": "X-ADCP-Signature", "timestamp": "X-ADCP-Timestamp"}],
      "variants": [{"algorithm": "hmac_sha256", "tag": "sha256="}],
      "signed_content": "{timestamp}.{body}", "timestamp": "header"})");
  ASSERT_TRUE(scheme) << scheme.error().message;
  const std::string secret = file.at("secret");
  const auto delivery = [&](const Json& v, const Json& signature) {
    const Json& ts = v.at("timestamp");
    Delivery d{{{"x-adcp-timestamp", ts.is_string() ? ts.get<std::string>() : ts.dump()}},
               v.at("raw_body")};
    if (signature.is_string()) d.headers.emplace_back("x-adcp-signature", signature);
    return d;
  };
  for (const Json& v : file.at("vectors")) {
    const std::int64_t now = v.at("timestamp");
    EXPECT_EQ(outcome(*scheme, secret, delivery(v, v.at("expected_signature")), now), "ok")
        << v.at("id");
  }
  for (const Json& v : file.at("rejection_vectors")) {
    const std::int64_t now = v.value("current_time", std::int64_t{1700000000});
    EXPECT_NE(outcome(*scheme, secret, delivery(v, v.at("signature")), now), "ok") << v.at("id");
  }
  for (const Json& v : file.at("secret_rejection_vectors"))
    EXPECT_FALSE(Verifier::create(*scheme, test::keys({v.at("secret").get<std::string>()}),
                                  system_clock(), {.min_secret_bytes = 32}))
        << v.at("description");
}
