#include "coefficient/jwt/signer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "jwt/support.h"

using namespace coefficient;
using jwt::ClaimSet;
using test::at;
using test::kNow;

namespace {

std::string part(const std::string& token, int index) {
  std::size_t begin = 0;
  for (int i = 0; i < index; ++i) begin = token.find('.', begin) + 1;
  const auto bytes = base64url_decode(token.substr(begin, token.find('.', begin) - begin)).value();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

TEST(JwtSigner, WritesWhatAVerifierReads) {
  const auto signer = jwt::Signer::create(test::secret_key("k\"1")).value();
  const std::vector<std::string> roles{"admin", "r\xc3\xa9viseur"};
  ClaimSet claims;
  claims.issuer("https://a.example")
      .subject("line\nbreak \"quoted\" \x01")
      .audience("api")
      .expires_at(at(kNow + 60))
      .not_before(at(kNow))
      .issued_at(at(kNow))
      .id("1")
      .scope("read write")
      .roles(roles)
      .boolean("b", true)
      .integer("n", -5)
      .json("o", R"({"a":[1,{"b":null}]})");
  const std::string token = signer.sign(claims).value();
  EXPECT_EQ(part(token, 0), R"({"alg":"HS256","typ":"JWT","kid":"k\"1"})");
  EXPECT_EQ(part(token, 1), claims.to_json().value());
  const auto read = test::verifier_of(test::set_of({test::secret_key("k\"1")}),
                                      {.issuers = {"https://a.example"}, .audiences = {"api"}})
                        .verify(token)
                        .value();
  EXPECT_EQ(read.subject(), "line\nbreak \"quoted\" \x01");
  ASSERT_EQ(read.roles().size(), 2U);
  EXPECT_EQ(read.roles()[1], roles[1]);
  EXPECT_EQ(read.json("o"), R"({"a":[1,{"b":null}]})");
}

TEST(JwtSigner, RefusesWhatAVerifierWould) {
  const auto signer = jwt::Signer::create(test::secret_key()).value();
  const auto refused = [&](ClaimSet claims) {
    claims.expires_at(at(kNow));
    return !signer.sign(claims) && !claims.to_json();
  };
  EXPECT_FALSE(refused(ClaimSet()));
  EXPECT_TRUE(refused(ClaimSet().text("a", "1").text("a", "2")));
  EXPECT_TRUE(refused(ClaimSet().expires_at(at(kNow))));
  EXPECT_TRUE(refused(ClaimSet().text("a", "\xff")));
  EXPECT_TRUE(refused(ClaimSet().text("\xff", "a")));
  EXPECT_TRUE(refused(ClaimSet().integer("iss", 1)));
  EXPECT_TRUE(refused(ClaimSet().text("nbf", "1")));
  EXPECT_TRUE(refused(ClaimSet().not_before(at(-1))));
  EXPECT_TRUE(refused(ClaimSet().not_before(at(253'402'300'800))));
  EXPECT_TRUE(refused(ClaimSet().json("a", R"(1,"sub":"root")")));
  EXPECT_TRUE(refused(ClaimSet().json("a", "")));
  EXPECT_TRUE(refused(ClaimSet().json("a", std::string(16, '[') + std::string(16, ']'))));
}

TEST(JwtSigner, WantsExp) {
  const auto signer = jwt::Signer::create(test::secret_key()).value();
  const auto without = signer.sign(ClaimSet().subject("s"));
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_TRUE(jwt::Signer::create(test::secret_key(), {.require_exp = false})
                  ->sign(ClaimSet().subject("s")));
}

TEST(JwtSigner, FromJson) {
  const auto signer = jwt::Signer::create(test::secret_key(), {.require_exp = false}).value();
  const auto payload = [&](std::string_view text) {
    return part(signer.sign(ClaimSet::from_json(text).value().text("z", "1")).value(), 1);
  };
  EXPECT_EQ(payload("{}"), R"({"z":"1"})");
  EXPECT_EQ(payload(" { } "), R"({"z":"1"})");
  EXPECT_EQ(payload(R"({"a": {"b": "}"} } )"), R"({"a": {"b": "}"} ,"z":"1"})");
  for (const char* bad : {"", "[]", "{", "{}x", R"({"exp":"1"})", R"({"a":1,"a":2})"})
    EXPECT_FALSE(ClaimSet::from_json(bad)) << bad;
  EXPECT_FALSE(ClaimSet::from_json(R"({"a":")" + std::string(65536, 'a') + "\"}"));
}

TEST(JwtSigner, CreateIsChecked) {
  const auto shared = jwt::Key::from_jwk(
      R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
  EXPECT_FALSE(jwt::Signer::create(shared.value()));
  EXPECT_FALSE(jwt::Signer::create(test::secret_key(), {.type = "a b"}));
  EXPECT_FALSE(jwt::Signer::create(test::secret_key(), {.type = std::string(65, 'a')}));
  const auto bare = jwt::Signer::create(test::secret_key(), {.type = ""}).value();
  EXPECT_EQ(part(bare.sign(ClaimSet().expires_at(at(kNow))).value(), 0), R"({"alg":"HS256"})");
}
