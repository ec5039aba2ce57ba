#include "coefficient/jwt/key_set.h"

#include <gtest/gtest.h>

#include <string>

#include "jwt/support.h"

using namespace coefficient;
using jwt::Algorithm;
using jwt::KeySet;
using test::secret_key;

namespace {

const std::string kEd =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")";
const std::string kEc =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")";

std::string set_of_texts(const std::string& keys) {
  return R"({"keys":[)" + keys + "]}";
}

}  // namespace

TEST(JwtKeySet, RefusesWhatIsAmbiguous) {
  const auto ec = jwt::Key::from_jwk(kEc + "}").value();
  const auto ed = jwt::Key::from_jwk(kEd + "}").value();
  EXPECT_TRUE(KeySet::create({secret_key("a"), secret_key("b")}));
  EXPECT_TRUE(KeySet::create({ec, ed}));
  EXPECT_FALSE(KeySet::create({}));
  EXPECT_FALSE(KeySet::create({secret_key("a"), secret_key("a")}));
  EXPECT_FALSE(KeySet::create({secret_key(), secret_key()}));
  EXPECT_FALSE(KeySet::create({secret_key("a"), ec}));
  EXPECT_FALSE(KeySet::create({ec, ec}));
  EXPECT_FALSE(KeySet::create(std::vector<jwt::Key>(65, ec)));
}

TEST(JwtKeySet, ReadsJwks) {
  const auto set =
      KeySet::from_jwks(R"({"next":{"a":[1]},"keys":[)" + kEc + R"(,"kid":"1"},)" + kEd +
                        R"(,"kid":"2"},{"kty":"AKP","alg":"ML-DSA-44","kid":"3"},)"
                        R"({"kty":"RSA","kid":"4","alg":"RSA-OAEP","use":"enc"}]})")
          .value();
  EXPECT_EQ(set.keys().size(), 2U);
  EXPECT_TRUE(set.has("1"));
  EXPECT_FALSE(set.has("3"));
  EXPECT_FALSE(set.has(""));
  ASSERT_EQ(set.skipped().size(), 2U);
  EXPECT_EQ(set.skipped()[0].index, 2U);
  EXPECT_EQ(set.skipped()[1].reason, "use is not sig");
}

TEST(JwtKeySet, RefusesTexts) {
  const std::string secret =
      R"({"kty":"oct","alg":"HS256","kid":"s","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlBQkNERUY"})";
  std::string many;
  for (int i = 0; i < 65; ++i)
    many += (i > 0 ? "," : "") + kEc + R"(,"kid":")" + std::to_string(i) + "\"}";
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "[";
  for (const std::string& bad :
       {std::string(), std::string("{}"), std::string("[]"), set_of_texts(""), kEc + "}",
        std::string(R"({"keys":{}})"), std::string(R"({"keys":[1]})"), set_of_texts(kEc + "},"),
        set_of_texts(kEc + "}") + "x",
        set_of_texts(kEc + R"(,"kid":"1"},)" + kEd + R"(,"kid":"1"})"),
        set_of_texts(kEc + "}," + secret), set_of_texts(R"({"kty":"oct","alg":"HS256","k":"AA"})"),
        set_of_texts(many), R"({"keys":[)" + deep, R"({"a":)" + deep,
        R"({"keys":[],"keys":[)" + kEc + "}]}", std::string((1U << 20U) + 1, ' ')})
    EXPECT_FALSE(KeySet::from_jwks(bad)) << bad.substr(0, 200);
  // A kid that an unusable key has, too, is not known to be the usable one's.
  EXPECT_FALSE(
      KeySet::from_jwks(set_of_texts(kEc + R"(,"kid":"1"},{"kty":"EC","crv":"P-257","kid":"1"})")));
  // But keys for encryption may share it.
  EXPECT_TRUE(KeySet::from_jwks(
      set_of_texts(kEc + R"(,"kid":"1"},)" + kEd + R"(,"kid":"1","use":"enc"})")));
}
