// The examples of the RFCs: 7515, 7517, 7519, 7520, 7638, 8037, 7636.
#include <gtest/gtest.h>

#include <string>

#include "core/crypto/digest.h"
#include "jwt/support.h"
#include "support/vectors.h"

using namespace coefficient;
using jwt::Algorithm;
using nlohmann::json;

namespace {

constexpr std::int64_t kBeforeJoeExpires = 1'300'819'379;

// RFC 7519 section 3.1 and RFC 7515 appendices A.1 to A.3: joe's claims.
const std::string kJoe =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
    "cnVlfQ";
const std::string kHs256 = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + kJoe +
                           ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const std::string kHs256Key =
    R"({"kty":"oct","alg":"HS256","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN)"
    R"(3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})";
const std::string kRs256 =
    "eyJhbGciOiJSUzI1NiJ9." + kJoe +
    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2"
    "Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQ"
    "BMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6Ie"
    "YI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const std::string kRs256Key =
    R"({"kty":"RSA","alg":"RS256","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxH)"
    R"(mfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9w)"
    R"(Gzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZ)"
    R"(lxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h)"
    R"(4FRWyuXpoQ","e":"AQAB"})";
const std::string kEs256 =
    "eyJhbGciOiJFUzI1NiJ9." + kJoe +
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
const std::string kEs256Key =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
const std::string kEs512 =
    "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-"
    "mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNr"
    "mxYbSW9ERBXukOXolLzeO_Jn";
const std::string kEs512Key =
    R"({"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ)"
    R"(6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDl)"
    R"(y79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"})";

// RFC 7517 appendix A.1; the RSA key is that of RFC 7638 section 3.1, too.
const std::string kRsa7638 =
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPF)"
    R"(FxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5)"
    R"(v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt)"
    R"(-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",)"
    R"("e":"AQAB","alg":"RS256","kid":"2011-04-29"})";

std::string judge(const std::string& jwk, const std::string& token,
                  std::int64_t now = kBeforeJoeExpires) {
  const auto key = jwt::Key::from_jwk(jwk);
  if (!key) return key.error().message;
  return test::outcome(test::verifier_of(test::set_of({*key}), {}, now), token);
}

}  // namespace

TEST(JwtRfc, Rfc7515AppendixA1ToA4) {
  EXPECT_EQ(judge(kHs256Key, kHs256), "ok");
  EXPECT_EQ(judge(kRs256Key, kRs256), "ok");
  EXPECT_EQ(judge(kEs256Key, kEs256), "ok");
  EXPECT_EQ(judge(kEs512Key, kEs512), "malformed_claims");  // its payload is the word Payload
  EXPECT_EQ(judge(kHs256Key, kHs256, test::kNow), "expired");
  for (std::string token : {kHs256, kRs256, kEs256}) {
    const std::string& key = token == kHs256 ? kHs256Key : token == kRs256 ? kRs256Key : kEs256Key;
    token[token.rfind('.') + 5] ^= 1;
    EXPECT_EQ(judge(key, token), "bad_signature");
  }
}

TEST(JwtRfc, Rfc7519Section3Claims) {
  const auto key = jwt::Key::from_jwk(kHs256Key).value();
  const auto claims =
      test::verifier_of(test::set_of({key}), {}, kBeforeJoeExpires).verify(kHs256).value();
  EXPECT_EQ(claims.issuer(), "joe");
  EXPECT_EQ(claims.expires_at(), test::at(1'300'819'380));
  EXPECT_EQ(claims.boolean("http://example.com/is_root"), true);
}

TEST(JwtRfc, Rfc7515AppendixA5ToA7AndE) {
  const std::string unsecured = "eyJhbGciOiJub25lIn0." + kJoe + ".";  // and RFC 7519 section 6.1
  EXPECT_EQ(judge(kHs256Key, unsecured), "wrong_algorithm");
  const std::string general = R"({"payload":")" + kJoe +
                              R"(","signatures":[{"protected":"eyJhbGciOiJSUzI1NiJ9","header":)"
                              R"({"kid":"2010-12-29"},"signature":"cC4hiUPoj9Eetdgtv3hF80EG"}]})";
  EXPECT_EQ(judge(kRs256Key, general), "malformed_token");
  const std::string flattened =
      R"({"payload":")" + kJoe +
      R"(","protected":"eyJhbGciOiJFUzI1NiJ9","signature":"DtEhU3ljbEg8"})";
  EXPECT_EQ(judge(kEs256Key, flattened), "malformed_token");
  EXPECT_EQ(judge(kHs256Key,
                  "eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQ"
                  "ogImh0dHA6Ly9leGFtcGxlLmNvbS9VTkRFRklORUQiOnRydWUNCn0.RkFJTA."),
            "unsupported_header");
}

TEST(JwtRfc, Rfc7517AppendixA) {
  const std::string set =
      R"({"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
      R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"},)" +
      kRsa7638 + "]}";
  const auto keys = jwt::KeySet::from_jwks(set).value();
  ASSERT_EQ(keys.keys().size(), 1U);
  EXPECT_EQ(keys.keys()[0].kid(), "2011-04-29");
  EXPECT_EQ(keys.keys()[0].algorithm(), Algorithm::kRs256);
  ASSERT_EQ(keys.skipped().size(), 1U);
  EXPECT_EQ(keys.skipped()[0].reason, "use is not sig");
}

// Figures 13, 20, 27 and 35, by the files of Wycheproof, which name other algorithms for two keys.
TEST(JwtRfc, Rfc7520Section4) {
  COEFFICIENT_VECTORS_OR_SKIP(directory, "wycheproof");
  const json document = test::read_json(directory / "json_web_signature_test.json");
  int seen = 0;
  for (const json& group : document["testGroups"]) {
    if (group["comment"] != "rfc7520") continue;
    json key = group.contains("public") ? group["public"] : group["private"];
    if (key["alg"] == "PS256") key["alg"] = "PS384";
    if (key["alg"] == "ES521") key["alg"] = "ES512";
    for (const json& one : group["tests"]) {
      ++seen;
      EXPECT_EQ(judge(key.dump(), one["jws"]), "malformed_claims") << one["comment"];
    }
  }
  EXPECT_GE(seen, 4);
}

TEST(JwtRfc, Rfc7638Section31) {
  EXPECT_EQ(jwt::Key::from_jwk(kRsa7638).value().thumbprint(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(JwtRfc, Rfc8037AppendixA) {
  const std::string shared =
      R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")";
  const auto key = jwt::Key::from_jwk(shared + "}").value();
  EXPECT_EQ(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  EXPECT_EQ(key.algorithm(), Algorithm::kEdDsa);
  EXPECT_FALSE(key.can_sign());
  const std::string token =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-"
      "09PGcvMg"
      "3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  EXPECT_EQ(judge(shared + "}", token), "malformed_claims");
  const std::string pair = shared + R"(,"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"})";
  EXPECT_TRUE(jwt::Key::from_jwk(pair).value().can_sign());
}

// The challenge of PKCE: the same encodings, for the OAuth client.
TEST(JwtRfc, Rfc7636AppendixB) {
  const auto hash = crypto::sha256({test::bytes("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")});
  EXPECT_EQ(base64url_encode(*hash), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}
