#include "coefficient/webhook/verified.h"

#include <gtest/gtest.h>

#include <string>

#include "core/crypto/digest.h"
#include "webhook/support.h"

using namespace coefficient;
using namespace coefficient::webhook;
using test::kSecret;

namespace {

static_assert(!std::is_default_constructible_v<Verified>);
static_assert(!std::is_copy_constructible_v<Verified>);

Verified github(std::string body, std::string id, std::string endpoint = "",
                std::string_view secret = kSecret) {
  const auto verifier =
      Verifier::create(github_scheme(), test::keys({kSecret, "another secret, as long"}),
                       system_clock(), {.endpoint = std::move(endpoint)})
          .value();
  test::Delivery d{
      {{"X-Hub-Signature-256", "sha256=" + test::hex(test::hmac(EVP_sha256(), secret, body))}},
      body};
  if (!id.empty()) d.headers.emplace_back("X-GitHub-Delivery", id);
  return *test::verify(verifier, d);
}

Verified simple(Scheme scheme, const EVP_MD* md, std::string tag, std::string body) {
  const std::string header = scheme.headers[0].signature;
  const auto verifier = Verifier::create(std::move(scheme), test::keys({kSecret})).value();
  return *test::verify(verifier,
                       {{{header, tag + test::hex(test::hmac(md, kSecret, body))}}, body});
}

}  // namespace

TEST(Verified, TheReplayKeyIsOfTheSignedContentAtTheEndpoint) {
  const auto key = github("{}", "id-1").replay_key().value();
  EXPECT_EQ(github("{}", "id-2").replay_key().value(), key)
      << "a fresh unsigned id changes nothing";
  EXPECT_EQ(github("{}", "", "", "another secret, as long").replay_key().value(), key)
      << "nor does the key that signed";
  EXPECT_NE(github("{} ", "id-1").replay_key().value(), key);
  EXPECT_NE(github("{}", "id-1", "/hook").replay_key().value(), key);
  // Endpoint and content cannot run into each other.
  EXPECT_NE(github("b{}", "", "a").replay_key().value(),
            github("{}", "", "ab").replay_key().value());
  std::string framed(8, '\0');
  framed[7] = 4;
  framed += "/tmp{}";
  EXPECT_EQ(github("{}", "", "/tmp").replay_key().value(),
            crypto::sha256({std::as_bytes(std::span(framed))}).value());
}

TEST(Verified, TellsIdsAndWhetherTheyAreSigned) {
  const Verified g = github("{}", "72d3162e");
  EXPECT_EQ(g.delivery_id(), "72d3162e");
  EXPECT_FALSE(g.delivery_id_signed());
  EXPECT_EQ(github("{}", "").delivery_id(), std::nullopt);
  EXPECT_FALSE(github("{}", "").delivery_id_signed());

  const Verified p = simple(paystack_scheme(), EVP_sha512(), "",
                            R"({"event":"charge.success","data":{"reference":"qTPrJoy9Bx"}})");
  EXPECT_EQ(p.delivery_id(), "charge.success:qTPrJoy9Bx");
  EXPECT_TRUE(p.delivery_id_signed());
  EXPECT_EQ(p.event_type(), "charge.success");
  const Verified q = simple(paystack_scheme(), EVP_sha512(), "", R"({"event":"charge.success"})");
  EXPECT_EQ(q.delivery_id(), std::nullopt);
  const Verified bad = simple(paystack_scheme(), EVP_sha512(), "", "not json");
  EXPECT_EQ(bad.delivery_id(), std::nullopt);
  EXPECT_EQ(bad.event_type(), std::nullopt);
}

TEST(Verified, RefusesOddUnsignedIds) {
  const auto verifier = Verifier::create(github_scheme(), test::keys({kSecret})).value();
  const std::string signature = "sha256=" + test::hex(test::hmac(EVP_sha256(), kSecret, "{}"));
  for (const std::string& id :
       std::vector<std::string>{"", "a b", "a\n", "\x7f", "\xff", std::string(256, 'a')})
    EXPECT_EQ(
        test::reason(test::verify(
            verifier, {{{"X-Hub-Signature-256", signature}, {"X-GitHub-Delivery", id}}, "{}"})),
        "malformed_signature");
  EXPECT_EQ(test::reason(test::verify(verifier, {{{"X-Hub-Signature-256", signature},
                                                  {"X-GitHub-Delivery", std::string(255, 'a')}},
                                                 "{}"})),
            "ok");
}
