// Project Wycheproof: whole tokens and key sets through Verifier, and the primitives below it. The
// payloads of its tokens are no claims, so the one who accepts the signature then says that: this
// is also what shows that nothing looks at a payload before its signature holds.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "coefficient/core/encoding.h"
#include "core/crypto/hmac.h"
#include "core/crypto/signature_key.h"
#include "jwt/support.h"
#include "support/vectors.h"

using namespace coefficient;
using nlohmann::json;
using test::bytes;

namespace {

std::optional<jwt::KeySet> keys_of(const json& group) {
  const json& keys = group.contains("public") ? group["public"] : group["private"];
  if (keys.contains("keys")) {
    auto set = jwt::KeySet::from_jwks(keys.dump());
    if (!set) return std::nullopt;
    return *std::move(set);
  }
  auto key = jwt::Key::from_jwk(keys.dump());
  if (!key) return std::nullopt;
  return test::set_of({*std::move(key)});
}

bool accepts(const json& group, const std::string& token) {
  const auto keys = keys_of(group);
  if (!keys) return false;
  const std::string outcome = test::outcome(test::verifier_of(*keys), token);
  EXPECT_NE(outcome, "ok");  // none of them has claims
  return outcome == "malformed_claims";
}

struct Score {
  std::set<int> accepted_invalid;
  std::set<int> refused_valid;
  int cases = 0;
};

Score run(const std::string& file, int last = 1 << 30) {
  Score score;
  const json document = test::read_json(test::vectors("wycheproof") / file);
  for (const json& group : document["testGroups"]) {
    for (const json& one : group["tests"]) {
      const int id = one["tcId"];
      if (id > last) continue;
      ++score.cases;
      const std::string token =
          one["jws"].is_string() ? one["jws"].get<std::string>() : one["jws"].dump();
      const bool accepted = accepts(group, token);
      const bool valid = one["result"] == "valid";
      if (accepted && !valid) score.accepted_invalid.insert(id);
      if (!accepted && valid) score.refused_valid.insert(id);
    }
  }
  return score;
}

std::vector<std::byte> unhex(const json& text) {
  return hex_decode(text.get<std::string>()).value();
}

}  // namespace

TEST(JwtWycheproof, JsonWebSignature) {
  COEFFICIENT_VECTORS_OR_SKIP(directory, "wycheproof");
  const Score score = run("json_web_signature_test.json");
  EXPECT_EQ(score.cases, 401);
  // 367 and 370 are, byte for byte, the token of 357, which is valid.
  EXPECT_EQ(score.accepted_invalid, (std::set<int>{367, 370}));
  // docs/jwt.md says why: 372 and 373 have a '?' in base64url, the others an alg that is not the
  // key's (346, 350) or does not exist (347, 351).
  EXPECT_EQ(score.refused_valid, (std::set<int>{346, 347, 350, 351, 372, 373}));
}

TEST(JwtWycheproof, JsonWebKey) {
  COEFFICIENT_VECTORS_OR_SKIP(directory, "wycheproof");
  const Score score = run("json_web_key_test.json");
  EXPECT_EQ(score.cases, 26);
  EXPECT_EQ(score.accepted_invalid, std::set<int>{});
  EXPECT_EQ(score.refused_valid, std::set<int>{});
}

TEST(JwtWycheproof, JsonWebCryptoSignatures) {
  COEFFICIENT_VECTORS_OR_SKIP(directory, "wycheproof");
  const Score score = run("json_web_crypto_test.json", 49);
  EXPECT_EQ(score.cases, 49);
  EXPECT_EQ(score.accepted_invalid, std::set<int>{});
  EXPECT_EQ(score.refused_valid, std::set<int>{});
}

namespace {

struct SignatureFile {
  const char* file;
  crypto::DigestAlgorithm digest;
  crypto::Padding padding;
  int cases;
};

class JwtPrimitives : public testing::TestWithParam<SignatureFile> {};

}  // namespace

TEST_P(JwtPrimitives, Verify) {
  COEFFICIENT_VECTORS_OR_SKIP(directory, "wycheproof");
  const SignatureFile& p = GetParam();
  const json document = test::read_json(directory / p.file);
  int cases = 0;
  for (const json& group : document["testGroups"]) {
    auto material = crypto::AsymmetricKey::pem(group["publicKeyPem"].get<std::string>());
    ASSERT_TRUE(material) << material.error().message;
    const auto key = crypto::SignatureKey::create(*std::move(material), {p.digest, p.padding});
    ASSERT_TRUE(key);
    for (const json& one : group["tests"]) {
      ++cases;
      const bool good = key->verify(unhex(one["msg"]), unhex(one["sig"]));
      // "acceptable": PKCS#1 without the NULL, which RFC 8017 appendix B.1 lets one refuse.
      EXPECT_EQ(good, one["result"] == "valid") << p.file << " tcId " << one["tcId"];
    }
  }
  EXPECT_EQ(cases, p.cases);
}

INSTANTIATE_TEST_SUITE_P(
    Files, JwtPrimitives,
    testing::Values(SignatureFile{"ecdsa_secp256r1_sha256_p1363_test.json",
                                  crypto::DigestAlgorithm::kSha256, crypto::Padding::kPkcs1, 262},
                    SignatureFile{"ecdsa_secp384r1_sha384_p1363_test.json",
                                  crypto::DigestAlgorithm::kSha384, crypto::Padding::kPkcs1, 280},
                    SignatureFile{"ed25519_test.json", crypto::DigestAlgorithm::kSha256,
                                  crypto::Padding::kPkcs1, 151},
                    SignatureFile{"rsa_signature_2048_sha256_test.json",
                                  crypto::DigestAlgorithm::kSha256, crypto::Padding::kPkcs1, 259},
                    SignatureFile{"rsa_pss_2048_sha256_mgf1_32_test.json",
                                  crypto::DigestAlgorithm::kSha256, crypto::Padding::kPss, 108}));

// Valid signatures of another salt length or mask generation hash are not PS256.
TEST(JwtWycheproof, OtherPssParametersAreRefused) {
  COEFFICIENT_VECTORS_OR_SKIP(directory, "wycheproof");
  for (const char* file :
       {"rsa_pss_2048_sha256_mgf1_0_test.json", "rsa_pss_2048_sha256_mgf1sha1_20_test.json"}) {
    const json document = test::read_json(directory / file);
    for (const json& group : document["testGroups"]) {
      auto material = crypto::AsymmetricKey::pem(group["publicKeyPem"].get<std::string>());
      const auto key =
          crypto::SignatureKey::create(*std::move(material), {.padding = crypto::Padding::kPss});
      ASSERT_TRUE(key);
      for (const json& one : group["tests"]) {
        if (one["comment"] == "s_len changed to 32") continue;  // which makes it PS256
        EXPECT_FALSE(key->verify(unhex(one["msg"]), unhex(one["sig"]))) << file << one["tcId"];
      }
    }
  }
}

// Keys of the OID id-RSASSA-PSS are not those of RFC 7518 section 6.3.
TEST(JwtWycheproof, PssTypedKeysAreRefused) {
  COEFFICIENT_VECTORS_OR_SKIP(directory, "wycheproof");
  for (const char* file : {"rsa_pss_2048_sha256_mgf1_32_params_test.json",
                           "rsa_pss_2048_sha256_mgf1_0_params_test.json"}) {
    const json document = test::read_json(directory / file);
    for (const json& group : document["testGroups"])
      EXPECT_FALSE(
          jwt::Key::from_pem(jwt::Algorithm::kPs256, group["publicKeyPem"].get<std::string>()));
  }
}

TEST(JwtWycheproof, Hmac) {
  COEFFICIENT_VECTORS_OR_SKIP(directory, "wycheproof");
  const std::map<std::string, crypto::DigestAlgorithm> files{
      {"hmac_sha256_test.json", crypto::DigestAlgorithm::kSha256},
      {"hmac_sha512_test.json", crypto::DigestAlgorithm::kSha512}};
  for (const auto& [file, digest] : files) {
    int cases = 0;
    const json document = test::read_json(directory / file);
    for (const json& group : document["testGroups"]) {
      for (const json& one : group["tests"]) {
        ++cases;
        const auto key = crypto::HmacKey::create(digest, unhex(one["key"]));
        ASSERT_TRUE(key);
        crypto::Hmac mac(*key);
        mac.update(unhex(one["msg"]));
        std::vector<std::byte> tag(key->mac_bytes());
        ASSERT_TRUE(mac.finish(tag));
        tag.resize(group["tagSize"].get<std::size_t>() / 8);
        EXPECT_EQ(tag == unhex(one["tag"]), one["result"] == "valid") << file << one["tcId"];
      }
    }
    EXPECT_EQ(cases, 174);
  }
}
