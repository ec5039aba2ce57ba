#include "coefficient/webhook/content.h"

#include <gtest/gtest.h>

#include <string>

#include "webhook/support.h"

using namespace coefficient;
using namespace coefficient::webhook;
using test::kSecret;

namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

// Only a verifier makes a Verified, for tests as well.
Verified verified(std::string body) {
  static const Verifier verifier = Verifier::create(github_scheme(), test::keys({kSecret})).value();
  const test::Delivery d{
      {{"X-Hub-Signature-256", "sha256=" + test::hex(test::hmac(EVP_sha256(), kSecret, body))}},
      body};
  return *test::verify(verifier, d);
}

std::string document(std::string body, std::string_view type) {
  const auto text = json_document(verified(std::move(body)), type);
  return text ? *text : "error: " + text.error().message;
}

}  // namespace

TEST(Content, JsonIsTheBodyOrThePayloadField) {
  EXPECT_EQ(document(R"({"a":1})", "application/json"), R"({"a":1})");
  EXPECT_EQ(document("payload=%7B%22a%22%3A+1%7D", kForm), R"({"a": 1})");
  EXPECT_EQ(document("x=1&payload=%5B%5D&y=2", "Application/X-WWW-Form-UrlEncoded ; charset=utf-8"),
            "[]");
  EXPECT_EQ(document("payload=%7B%7D", "application/json").substr(0, 6), "error:");
}

TEST(Content, RefusesAmbiguousAndBrokenDocuments) {
  for (const auto& [body, type] : std::vector<std::pair<std::string, std::string_view>>{
           {R"({"status":"approved","status":"rejected"})", "application/json"},
           {R"({"a":{"b":1,"\u0062":2}})", "application/json"},
           {"payload=1&payload=2", kForm},
           {"payload=1&p%61yload=2", kForm},
           {"payload=%", kForm},
           {"payload=%4", kForm},
           {"payload=%4g", kForm},
           {"other=1", kForm},
           {"payload", kForm},
           {"", kForm},
           {"", "application/json"},
           {"payload=%7B%22a%22:1,%22a%22:2%7D", kForm}})
    EXPECT_EQ(document(body, type).substr(0, 6), "error:") << body;
  EXPECT_NE(document(std::string(100'000, '['), "application/json").find("deeper than 64"),
            std::string::npos);
}

TEST(Content, FormFields) {
  const Verified v = verified("a=1&b=x+y%26z&c&=e&a%3Db=2");
  EXPECT_EQ(form_field(v, "a").value(), "1");
  EXPECT_EQ(form_field(v, "b").value(), "x y&z");
  EXPECT_EQ(form_field(v, "c").value(), "");
  EXPECT_EQ(form_field(v, "").value(), "e");
  EXPECT_EQ(form_field(v, "a=b").value(), "2");
  EXPECT_EQ(form_field(v, "d").error().code, ErrorCode::kNotFound);
}

TEST(Content, WithoutABodyThereIsNothingToRead) {
  Verified v = verified("{}");
  EXPECT_EQ(std::move(v).take_body(), "{}");
  EXPECT_FALSE(v.has_body());  // NOLINT(bugprone-use-after-move): documented
  EXPECT_EQ(json_document(v, "").error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(form_field(v, "a").error().code, ErrorCode::kFailedPrecondition);
}

TEST(Content, SlackUrlVerification) {
  const auto challenge = [](std::string body) {
    return slack_url_verification(verified(std::move(body)));
  };
  EXPECT_EQ(challenge(R"({"type":"url_verification","challenge":"3eZbrw1aB"})").value(),
            "3eZbrw1aB");
  EXPECT_EQ(challenge(R"({"type":"event_callback","challenge":"x"})").value(), std::nullopt);
  EXPECT_EQ(challenge(R"({"event":{"type":"url_verification"},"challenge":"x"})").value(),
            std::nullopt);
  EXPECT_FALSE(challenge(R"({"type":"url_verification"})"));
  EXPECT_FALSE(challenge(R"({"type":"url_verification","challenge":{}})"));
  EXPECT_FALSE(challenge("not json"));
}

// bolt-js issue 2897: a payload came in on the back of an unsigned ssl_check.
TEST(Content, SlackSslCheckIsNarrow) {
  const auto is = [](std::string_view body, std::vector<Header> headers = {}) {
    return is_slack_ssl_check({.headers = headers}, body);
  };
  EXPECT_TRUE(is("ssl_check=1&token=abc"));
  EXPECT_TRUE(is("token=abc&ssl_check=1"));
  EXPECT_FALSE(is("ssl_check=1&payload=%7B%7D"));
  EXPECT_FALSE(is("ssl_check=1&p%61yload=%7B%7D"));
  EXPECT_FALSE(is("ssl_check=1&payload=a&payload=b"));
  EXPECT_FALSE(is("ssl_check=1&ssl_check=1"));
  EXPECT_FALSE(is("ssl_check=0"));
  EXPECT_FALSE(is("ssl_check"));
  EXPECT_FALSE(is("{\"ssl_check\":1}"));
  EXPECT_FALSE(is(""));
  EXPECT_FALSE(is("ssl_check=1&x=" + std::string(2000, 'x')));
  EXPECT_FALSE(is("ssl_check=1", {{"x-slack-signature", "v0=00"}}));
  EXPECT_FALSE(is("ssl_check=1", {{"X-Slack-Request-Timestamp", "1"}}));
}
