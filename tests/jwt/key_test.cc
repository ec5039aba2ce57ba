#include "coefficient/jwt/key.h"

#include <gtest/gtest.h>

#include <string>

#include "jwt/support.h"

using namespace coefficient;
using jwt::Algorithm;
using jwt::Key;

namespace {

SecretBytes secret(std::string_view text) {
  return SecretBytes::copy_of(text);
}

std::string text_of(const SecretBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.expose().data()), bytes.size()};
}

// openssl ecparam -name prime256v1 -genkey, openssl genpkey -algorithm ed25519: keys of these
// tests.
const std::string kEcPublic =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKSexBRK64+3c/kZ4KBKLrSkDJpkZ\n"
    "9whgacjE32xzKDjHeHlk6qwA5ZIfsUmKYPRgZ2az2WhQAVWNGpdOc0FRPg==\n"
    "-----END PUBLIC KEY-----\n";
const std::string kEdPublic =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAfU0Of2FTpptiQrUiq77mhf2kQg+INLEIw72uNp71Sfo=\n"
    "-----END PUBLIC KEY-----\n";
const std::string kEcPublicJwk =
    R"({"kty":"EC","crv":"P-256","x":"KSexBRK64-3c_kZ4KBKLrSkDJpkZ9whgacjE32xzKDg",)"
    R"("y":"x3h5ZOqsAOWSH7FJimD0YGdms9loUAFVjRqXTnNBUT4")";

constexpr Algorithm kAll[] = {
    Algorithm::kHs256, Algorithm::kHs384, Algorithm::kHs512, Algorithm::kRs256, Algorithm::kRs384,
    Algorithm::kRs512, Algorithm::kPs256, Algorithm::kPs384, Algorithm::kPs512, Algorithm::kEs256,
    Algorithm::kEs384, Algorithm::kEs512, Algorithm::kEdDsa};

}  // namespace

TEST(JwtKey, AlgorithmNamesAreExact) {
  for (const Algorithm a : kAll) EXPECT_EQ(jwt::parse_algorithm(to_string(a)), a);
  for (const char* name : {"", "none", "NONE", "hs256", "HS256 ", "ES521", "ES256K", "Ed25519"})
    EXPECT_FALSE(jwt::parse_algorithm(name)) << name;
  EXPECT_EQ(to_string(static_cast<Algorithm>(0)), "unknown");
}

TEST(JwtKey, HmacSecretsHaveTheLengthOfTheHash) {
  const struct {
    Algorithm algorithm;
    std::size_t bytes;
  } cases[] = {{Algorithm::kHs256, 32}, {Algorithm::kHs384, 48}, {Algorithm::kHs512, 64}};
  for (const auto& c : cases) {
    EXPECT_TRUE(Key::hmac(c.algorithm, secret(std::string(c.bytes, 'k'))));
    EXPECT_FALSE(Key::hmac(c.algorithm, secret(std::string(c.bytes - 1, 'k'))));
    EXPECT_FALSE(Key::hmac(c.algorithm, SecretBytes()));
  }
  EXPECT_FALSE(Key::hmac(Algorithm::kRs256, secret(test::kSecret)));
  EXPECT_FALSE(Key::hmac(Algorithm::kHs256, secret(test::kSecret), std::string(257, 'k')));
  EXPECT_FALSE(Key::hmac(Algorithm::kHs256, secret(test::kSecret), "\xff"));
}

TEST(JwtKey, HmacSecretsThatAreOtherKeysAreRefused) {
  const std::string body = "MCowBQYDK2VwAyEAfU0Of2FTpptiQrUiq77mhf2kQg+INLEIw72uNp71Sfo=";
  const auto der = base64_decode(body).value();
  const std::string der_text(reinterpret_cast<const char*>(der.data()), der.size());
  for (const std::string& bad :
       {kEcPublic, "\n\t " + kEcPublic, "\xEF\xBB\xBF" + kEcPublic, "Bag Attributes\n" + kEcPublic,
        std::string("-----BEGIN CERTIFICATE-----\nMIIB...................."), der_text, body,
        " " + body + "\n", body.substr(0, 30) + "\n" + body.substr(30), kEcPublicJwk + "}",
        "  " + kEcPublicJwk + "}",
        std::string("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ+x someone@example"),
        std::string("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7")})
    EXPECT_FALSE(Key::hmac(Algorithm::kHs256, secret(bad))) << bad;
  // Through a JWK as well.
  EXPECT_FALSE(
      Key::from_jwk(R"({"kty":"oct","alg":"HS256","k":")" + test::b64(kEcPublic) + R"("})"));
  EXPECT_TRUE(Key::hmac(Algorithm::kHs256, secret(std::string("0\x1e") + std::string(30, 'r'))));
}

TEST(JwtKey, PemMustFitTheAlgorithm) {
  for (const Algorithm a : kAll) {
    EXPECT_EQ(Key::from_pem(a, kEcPublic).has_value(), a == Algorithm::kEs256) << to_string(a);
    EXPECT_EQ(Key::from_pem(a, kEdPublic).has_value(), a == Algorithm::kEdDsa) << to_string(a);
  }
  const auto key = Key::from_pem(Algorithm::kEs256, kEcPublic, "k1").value();
  EXPECT_EQ(key.kid(), "k1");
  EXPECT_FALSE(key.can_sign());
  EXPECT_TRUE(key.can_verify());
  EXPECT_EQ(key.thumbprint(), Key::from_jwk(kEcPublicJwk + "}").value().thumbprint());
}

TEST(JwtKey, PemInOneLine) {
  std::string one_line;
  for (const char c : kEdPublic) one_line += c == '\n' ? "\\n" : std::string(1, c);
  EXPECT_TRUE(Key::from_pem(Algorithm::kEdDsa, one_line));
}

TEST(JwtKey, PemThatIsNoKeyIsRefused) {
  std::string damaged = kEcPublic;
  damaged[100] = damaged[100] == 'A' ? 'B' : 'A';  // no longer a point of the curve
  std::string encrypted = kEcPublic;
  for (std::size_t at = 0; (at = encrypted.find("PUBLIC", at)) != std::string::npos; at += 9)
    encrypted.replace(at, 6, "ENCRYPTED PRIVATE");
  for (const std::string& bad :
       {std::string(), std::string("-----BEGIN PUBLIC KEY-----"), kEcPublic + kEcPublic, damaged,
        encrypted, std::string(70'000, '-'), kEcPublic.substr(0, 100)})
    EXPECT_FALSE(Key::from_pem(Algorithm::kEs256, bad));
}

TEST(JwtKey, JwkMembersAreChecked) {
  const std::string oct =
      R"("k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")";
  const struct {
    std::string jwk;
    bool good;
  } cases[] = {
      {R"({"kty":"oct","alg":"HS256",)" + oct + "}", true},
      {R"({"kty":"oct","alg":"HS256","use":"sig","key_ops":["sign","verify"],)" + oct + "}", true},
      {R"({"kty":"oct","alg":"HS256","x-note":{"a":[1,2]},)" + oct + "}", true},
      {"{" + oct + R"(,"alg":"HS256"})", false},
      {R"({"kty":"oct",)" + oct + "}", false},  // the header must not choose
      {R"({"kty":"oct","alg":"none",)" + oct + "}", false},
      {R"({"kty":"oct","alg":"A256KW",)" + oct + "}", false},
      {R"({"kty":"oct","alg":"RS256",)" + oct + "}", false},
      {R"({"kty":"oct","alg":"ES256",)" + oct + "}", false},
      {R"({"kty":"oct","alg":"HS256","use":"enc",)" + oct + "}", false},
      {R"({"kty":"oct","alg":"HS256","use":["sig"],)" + oct + "}", false},
      {R"({"kty":"oct","alg":"HS256","key_ops":["encrypt"],)" + oct + "}", false},
      {R"({"kty":"oct","alg":"HS256","key_ops":[],)" + oct + "}", false},
      {R"({"kty":"oct","alg":"HS256","key_ops":"verify",)" + oct + "}", false},
      {R"({"kty":"oct","alg":"HS256","key_ops":["verify",1],)" + oct + "}", false},
      {R"({"kty":"oct","alg":"HS256","kid":7,)" + oct + "}", false},
      {R"({"kty":"oct","alg":"HS256","alg":"HS256",)" + oct + "}", false},
      {R"({"kty":"oct","alg":"HS256"})", false},
      {R"({"kty":"oct","alg":"HS256","k":""})", false},
      {R"({"kty":"oct","alg":"HS256","k":"AAAA"})", false},
      {R"({"kty":"oct","alg":"HS256","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr\u005f"})",
       false},
      {R"({"kty":"OCT","alg":"HS256",)" + oct + "}", false},
      {kEcPublicJwk + "}", true},
      {kEcPublicJwk + R"(,"alg":"ES256"})", true},
      {kEcPublicJwk + R"(,"alg":"ES384"})", false},
      {kEcPublicJwk + R"(,"alg":"RS256"})", false},
      {kEcPublicJwk + R"(,"alg":"HS256"})", false},
      {kEcPublicJwk + R"(,"key_ops":["sign"]})", false},
      {kEcPublicJwk + R"(,"d":"AAAA"})", false},
      {"[" + kEcPublicJwk + "}]", false},
      {kEcPublicJwk + "}}", false},
      {kEcPublicJwk + "} x", false},
      {R"({"kty":"EC","crv":"P-384","x":"KSex","y":"x3h5"})", false},
      {R"({"kty":"EC","crv":"secp256k1","x":"KSex","y":"x3h5"})", false},
      {R"({"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})", false},
      {R"({"kty":"OKP","crv":"P-256","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})", false},
      {R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",)"
       R"("d":"AWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"})",
       false},  // halves of two keys
      {R"({"kty":"RSA","alg":"RS256","n":"AQAB","e":"AQAB"})", false},
      {"", false},
      {"{}", false},
  };
  for (const auto& c : cases) EXPECT_EQ(Key::from_jwk(c.jwk).has_value(), c.good) << c.jwk;
  const std::string bare = R"({"kty":"oct",)" + oct + "}";
  EXPECT_EQ(Key::from_jwk(bare, Algorithm::kHs512).value().algorithm(), Algorithm::kHs512);
  EXPECT_FALSE(Key::from_jwk(bare, Algorithm::kRs256));
  EXPECT_FALSE(Key::from_jwk(kEcPublicJwk + "}", Algorithm::kEs384));
}

// Every algorithm: a new key, its text, a token, and the published half.
TEST(JwtKey, GeneratedKeysSignAndVerify) {
  for (const Algorithm a : kAll) {
    const auto jwk = jwt::generate_jwk(a, {.rsa_bits = 2048});
    ASSERT_TRUE(jwk) << to_string(a);
    const auto key = Key::from_jwk(text_of(*jwk));
    ASSERT_TRUE(key) << to_string(a) << key.error().message;
    EXPECT_EQ(key->algorithm(), a);
    EXPECT_TRUE(key->can_sign());
    EXPECT_FALSE(key->kid().empty());
    const auto token = jwt::Signer::create(*key)->sign(
        jwt::ClaimSet().subject("s").expires_at(test::at(test::kNow + 60)));
    ASSERT_TRUE(token);
    const auto published = key->public_jwk();
    EXPECT_EQ(published.has_value(), !is_symmetric(a));
    const auto verifying = published ? Key::from_jwk(*published) : key;
    ASSERT_TRUE(verifying);
    EXPECT_EQ(verifying->can_sign(), is_symmetric(a));
    EXPECT_EQ(verifying->kid(), key->kid());
    EXPECT_EQ(verifying->thumbprint(), key->thumbprint());
    EXPECT_TRUE(!published || published->find("\"d\"") == std::string::npos);
    EXPECT_EQ(test::outcome(test::verifier_of(test::set_of({*verifying})), *token), "ok");
    std::string bad = *token;
    bad[bad.rfind('.') + 9] ^= 1;
    EXPECT_NE(test::outcome(test::verifier_of(test::set_of({*verifying})), bad), "ok");
  }
  EXPECT_FALSE(jwt::generate_jwk(Algorithm::kRs256, {.rsa_bits = 1024}));
  EXPECT_FALSE(jwt::generate_jwk(Algorithm::kEs256, {.kid = "\xff"}));
}
