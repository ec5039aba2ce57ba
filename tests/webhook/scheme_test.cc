#include "coefficient/webhook/scheme.h"

#include <gtest/gtest.h>

#include <string>

#include "webhook/support.h"

using namespace coefficient;
using namespace coefficient::webhook;

namespace {
constexpr std::string_view kAcme = R"({
  "name": "acme",
  "headers": [{"signature": "X-Acme-Signature", "timestamp": "X-Acme-Timestamp", "id": "X-Acme-Id"}],
  "variants": [{"algorithm": "hmac_sha256", "tag": "sha256="}],
  "encoding": "hex",
  "signed_content": "{id}:{timestamp}:{body}",
  "timestamp": "header",
  "tolerance_seconds": 60,
  "max_body_bytes": 4096,
  "event_type_in_body": ["/kind"]
})";
std::string error_of(std::string_view text) {
  const auto scheme = parse_scheme(text);
  return scheme ? "ok" : scheme.error().message;
}
std::string replaced(std::string_view from, std::string_view to) {
  std::string text(kAcme);
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}
}  // namespace

TEST(Scheme, EveryPresetIsFoundByNameAndIsConsistent) {
  for (const std::string_view name : {"github", "slack", "paystack", "stripe", "standard-webhooks",
                                      "gitlab", "shopify", "discord", "bitbucket", "linear"}) {
    const auto scheme = scheme_by_name(name);
    ASSERT_TRUE(scheme) << name;
    EXPECT_EQ(scheme->name, name);
  }
  EXPECT_EQ(scheme_by_name("GitHub").error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(scheme_by_name(""));
}

TEST(Scheme, ACustomOneIsDataAndVerifies) {
  const auto scheme = parse_scheme(kAcme);
  ASSERT_TRUE(scheme) << scheme.error().message;
  const ManualClock clock(test::at(1000));
  const auto verifier =
      Verifier::create(*scheme, test::keys({"a secret of some length"}), clock).value();
  const std::string body = R"({"kind":"ping"})";
  test::Delivery d{{{"x-acme-id", "7"},
                    {"x-acme-timestamp", "990"},
                    {"x-acme-signature",
                     "sha256=" + test::hex(test::hmac(EVP_sha256(), "a secret of some length",
                                                      "7:990:" + body))}},
                   body};
  const auto verified = test::verify(verifier, d);
  ASSERT_TRUE(verified) << test::reason(verified);
  EXPECT_EQ(verified->delivery_id(), "7");
  EXPECT_TRUE(verified->delivery_id_signed());
  EXPECT_EQ(verified->event_type(), "ping");
  d.headers[0].second = "7:9";  // could be read as id 7, time 9...
  EXPECT_EQ(test::reason(test::verify(verifier, d)), "malformed_signature");
}

TEST(Scheme, TextErrorsNameTheMember) {
  const std::pair<std::string, std::string_view> cases[] = {
      {replaced("\"name\": \"acme\",", ""), "name is missing"},
      {replaced("\"acme\"", "7"), "name must be a string"},
      {replaced("\"acme\"", "\"\""), "name"},
      {replaced("\"encoding\": \"hex\"", "\"encoding\": \"base32\""), "encoding must be one of"},
      {replaced("\"encoding\": \"hex\"", "\"encodign\": \"hex\""), "encodign is not a member"},
      {replaced("\"tag\"", "\"tags\""), "variants[0].tags is not a member"},
      {replaced("\"timestamp\": \"header\"", "\"timestamp\": \"none\""), "timestamp"},
      {replaced("{id}:", ""), "ok"},
      {replaced("{id}:{timestamp}:{body}", "{id}{timestamp}:{body}"), "literal after {id}"},
      {replaced("{id}:{timestamp}:{body}", "{id}:{body}"), "must be in signed_content"},
      {replaced("{id}:{timestamp}:{body}", "{timestamp}.{body}.{id}"), "end with {body}"},
      {replaced("{id}:{timestamp}:{body}", "{body}{timestamp}{body}"), "knows only"},
      {replaced("{id}:", "{nonce}:"), "knows only"},
      {replaced("X-Acme-Signature", "X Acme"), "header name"},
      {replaced("\"tolerance_seconds\": 60", "\"tolerance_seconds\": -1"), "tolerance_seconds"},
      {replaced("\"tolerance_seconds\": 60", "\"tolerance_seconds\": 99999999"), "tolerance"},
      {replaced("\"/kind\"", "\"kind\""), "JSON Pointers"},
      {replaced("\"acme\"", "\"acme\", \"name\": \"b\""), "duplicate"},
      {replaced("\"hmac_sha256\"", "\"shared_token\""), "shared"},
      {replaced("\"hmac_sha256\"", "\"ed25519\""), "secret_encoding"},
      {"[]", "object"},
      {"{", "not JSON"},
      {"", "not JSON"},
  };
  for (const auto& [text, wanted] : cases)
    EXPECT_NE(error_of(text).find(wanted), std::string::npos) << error_of(text) << "\n" << text;
}

TEST(Scheme, ContradictionsAreRefusedByTheVerifierToo) {
  Scheme s = github_scheme();
  s.signed_content = "{timestamp}.{body}";
  EXPECT_FALSE(Verifier::create(s, test::keys({"a secret of some length"})));
  s = slack_scheme();
  s.headers.clear();
  EXPECT_FALSE(Verifier::create(s, test::keys({"a secret of some length"})));
  s = standard_webhooks_scheme();
  s.variants[1].tag = s.variants[0].tag;
  EXPECT_FALSE(Verifier::create(s, test::keys({"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})));
  s = stripe_scheme();
  s.timestamp_name = "v1";
  EXPECT_FALSE(Verifier::create(s, test::keys({"a secret of some length"})));
  s.timestamp_name = "";
  EXPECT_FALSE(Verifier::create(s, test::keys({"a secret of some length"})));
}
