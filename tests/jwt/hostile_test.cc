// Tokens that must be refused, each for its reason. All that can be are signed with the right key,
// so that it is the rule under test that refuses them.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "jwt/support.h"

using namespace coefficient;
using test::b64;
using test::kHeader;
using test::kNow;
using test::sign_payload;
using test::sign_segments;
using test::sign_texts;

namespace {

const std::string kExp = R"("exp":1700000600)";
const std::string kGood = "{" + kExp + "}";

std::string judge(const std::string& token, jwt::Policy policy = {}) {
  return test::outcome(test::secret_verifier(std::move(policy)), token);
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += part;
  return out;
}

jwt::Policy roomy() {
  jwt::Policy policy;
  policy.max_token_bytes = std::size_t{1} << 20U;
  return policy;
}

}  // namespace

TEST(JwtHostile, TheGoodTokenIsGood) {
  EXPECT_EQ(judge(sign_payload(kGood)), "ok");
  EXPECT_EQ(judge(sign_texts(R"({"alg":"HS256","typ":"JWT","kid":"any"})", kGood)), "ok");
  EXPECT_EQ(judge(sign_payload(" {\n" + kExp + " \t}\r\n")), "ok");
}

TEST(JwtHostile, Headers) {
  const struct {
    const char* header;
    const char* reason;
  } cases[] = {
      {R"({"alg":"none"})", "wrong_algorithm"},
      {R"({"alg":"None"})", "wrong_algorithm"},
      {R"({"alg":"nOnE"})", "wrong_algorithm"},
      {R"({"alg":""})", "wrong_algorithm"},
      {R"({"alg":"hs256"})", "wrong_algorithm"},
      {R"({"alg":"HS256 "})", "wrong_algorithm"},
      {R"({"alg":"HS384"})", "wrong_algorithm"},
      {R"({"alg":"HS512"})", "wrong_algorithm"},
      {R"({"alg":"RS256"})", "wrong_algorithm"},
      {R"({"alg":"EdDSA"})", "wrong_algorithm"},
      {R"({"alg":"PBES2-HS256+A128KW"})", "wrong_algorithm"},
      {R"({"alg":"dir","enc":"A256GCM"})", "unsupported_header"},
      {R"({"alg":"HS256","enc":"A256GCM"})", "unsupported_header"},
      {R"({"alg":"HS256","zip":"DEF"})", "unsupported_header"},
      {R"({"alg":"HS256","crit":["exp"],"exp":1})", "unsupported_header"},
      {R"({"alg":"HS256","crit":[]})", "unsupported_header"},
      {R"({"alg":"HS256","crit":"b64"})", "unsupported_header"},
      {R"({"alg":"HS256","crit":null})", "unsupported_header"},
      {R"({"alg":"HS256","crit":["b64"],"b64":true})", "unsupported_header"},
      {R"({"alg":"HS256","crit":["b64"],"b64":false})", "unsupported_header"},
      {R"({"alg":"HS256","b64":false})", "unsupported_header"},
      {R"({"alg":"HS256","\u0062\u0036\u0034":false})", "unsupported_header"},
      {R"({"alg":"HS256","cty":"JWT"})", "unsupported_header"},
      {R"({"alg":"HS256","cty":"application/jwt"})", "unsupported_header"},
      {R"({"alg":"HS256","alg":"HS256"})", "malformed_header"},
      {R"({"alg":"HS256","\u0061lg":"none"})", "malformed_header"},
      {R"({"alg":"HS256","x":{"a":1,"a":2}})", "malformed_header"},
      {R"({"typ":"JWT"})", "malformed_header"},
      {R"({"alg":null})", "malformed_header"},
      {R"({"alg":["HS256"]})", "malformed_header"},
      {R"({"alg":1})", "malformed_header"},
      {R"({"alg":"HS256","kid":1})", "malformed_header"},
      {R"({"alg":"HS256","kid":null})", "malformed_header"},
      {R"({"alg":"HS256","typ":["JWT"]})", "malformed_header"},
      {R"({"alg":"HS256","typ":""})", "malformed_header"},
      {R"({"alg":"HS256","cty":1})", "malformed_header"},
      {R"({"alg":"HS256","typ":"at+jwt"})", "wrong_type"},
      {R"({"alg":"HS256","typ":"application/at+jwt"})", "wrong_type"},
      {R"({"alg":"HS256","typ":"secevent+jwt"})", "wrong_type"},
      {R"({"alg":"HS256","typ":"a/JWT"})", "wrong_type"},
      {R"(["alg","HS256"])", "malformed_header"},
      {R"("HS256")", "malformed_header"},
      {R"({"alg":"HS256"}})", "malformed_header"},
      {R"({"alg":"HS256"} {})", "malformed_header"},
      {R"({"alg":"HS256",})", "malformed_header"},
      {R"({'alg':'HS256'})", "malformed_header"},
      {R"({"alg":"HS256"/**/})", "malformed_header"},
      {"\xEF\xBB\xBF{\"alg\":\"HS256\"}", "malformed_header"},
      {"{\"alg\":\"HS256\",\"x\":\"\xff\"}", "malformed_header"},
      {"{\"alg\":\"HS256\",\"x\":\"\xed\xa0\x80\"}", "malformed_header"},
      {R"({"alg":"HS256","x":"\ud800"})", "malformed_header"},
      {"{\"alg\":\"HS256\",\"x\":\"\n\"}", "malformed_header"},
      {"", "malformed_header"},
  };
  for (const auto& c : cases) EXPECT_EQ(judge(sign_texts(c.header, kGood)), c.reason) << c.header;
  const std::string with_nul("{\"alg\":\"HS256\"}\0", 16);
  EXPECT_EQ(judge(sign_texts(with_nul, kGood)), "malformed_header");
}

// Keys that a token brings or points to are not looked at, so they change nothing.
TEST(JwtHostile, KeysInHeadersAreIgnored) {
  const std::string attacker = "an attacker's secret of 32 bytes";
  for (const char* extra :
       {R"("jwk":{"kty":"oct","k":"YW4gYXR0YWNrZXIncyBzZWNyZXQgb2YgMzIgYnl0ZXM"})",
        R"("jku":"https://attacker.example/jwks")", R"("x5u":"https://attacker.example/x5u")",
        R"("x5c":["YW4gYXR0YWNrZXIncyBzZWNyZXQgb2YgMzIgYnl0ZXM="])",
        R"("kid":"../../../../dev/null")", R"("kid":"' OR 1=1 --")"}) {
    const std::string header = std::string(R"({"alg":"HS256",)") + extra + "}";
    EXPECT_EQ(judge(sign_texts(header, kGood, attacker)), "bad_signature") << extra;
    // HMAC with an empty key, as of /dev/null, is HMAC with a zero byte.
    EXPECT_EQ(judge(sign_texts(header, kGood, std::string(1, 0))), "bad_signature") << extra;
    EXPECT_EQ(judge(sign_texts(header, kGood)), "ok") << extra;
  }
}

TEST(JwtHostile, Payloads) {
  const struct {
    std::string payload;
    const char* reason;
  } cases[] = {
      {"", "malformed_claims"},
      {"[]", "malformed_claims"},
      {"null", "malformed_claims"},
      {"\"exp\"", "malformed_claims"},
      {"{" + kExp + "}x", "malformed_claims"},
      {"{" + kExp + "}" + std::string(1, '\0'), "malformed_claims"},
      {"{" + kExp + "}{}", "malformed_claims"},
      {"{" + kExp + ",}", "malformed_claims"},
      {"{" + kExp + "," + kExp + "}", "malformed_claims"},
      {"{" + kExp + R"(,"\u0065xp":9})", "malformed_claims"},
      {"{" + kExp + R"(,"a":{"b":1,"\u0062":2}})", "malformed_claims"},
      {"\xEF\xBB\xBF{" + kExp + "}", "malformed_claims"},
      {"{" + kExp + ",\"a\":\"\xc0\x80\"}", "malformed_claims"},
      {"{" + kExp + R"(,"a":"\udc00"})", "malformed_claims"},
      {"{" + kExp + R"(,"a":01})", "malformed_claims"},
      {"{" + kExp + R"(,"a":+1})", "malformed_claims"},
      {"{" + kExp + R"(,"a":.5})", "malformed_claims"},
      {"{" + kExp + R"(,"a":NaN})", "malformed_claims"},
      {"{" + kExp + R"(,"a":Infinity})", "malformed_claims"},
      {"{" + kExp + R"(,"a":True})", "malformed_claims"},
      {R"({"exp":"1700000600"})", "malformed_claims"},
      {R"({"exp":null})", "malformed_claims"},
      {R"({"exp":true})", "malformed_claims"},
      {R"({"exp":[1700000600]})", "malformed_claims"},
      {R"({"exp":{}})", "malformed_claims"},
      {R"({"exp":-1})", "malformed_claims"},
      {R"({"exp":1e400})", "malformed_claims"},
      {R"({"exp":1e300})", "malformed_claims"},
      {R"({"exp":1700000600000})", "malformed_claims"},  // milliseconds
      {R"({"exp":9223372036854775807})", "malformed_claims"},
      {R"({"exp":9223372036854775808})", "malformed_claims"},
      {R"({"exp":18446744073709551617})", "malformed_claims"},
      {R"({"exp":0})", "expired"},
      {R"({"exp":0.5})", "expired"},
      {R"({"exp":1})", "expired"},
      {R"({})", "missing_claim"},
      {R"({"Exp":1700000600})", "missing_claim"},
      {"{" + kExp + R"(,"nbf":"0"})", "malformed_claims"},
      {"{" + kExp + R"(,"nbf":null})", "malformed_claims"},
      {"{" + kExp + R"(,"iat":"0"})", "malformed_claims"},
      {"{" + kExp + R"(,"iat":false})", "malformed_claims"},
      {"{" + kExp + R"(,"nbf":1700000600})", "not_yet_valid"},
      {"{" + kExp + R"(,"iat":1700000600})", "not_yet_valid"},
      {"{" + kExp + R"(,"iss":1})", "malformed_claims"},
      {"{" + kExp + R"(,"iss":["a"]})", "malformed_claims"},
      {"{" + kExp + R"(,"iss":null})", "malformed_claims"},
      {"{" + kExp + R"(,"sub":1})", "malformed_claims"},
      {"{" + kExp + R"(,"jti":{}})", "malformed_claims"},
      {"{" + kExp + R"(,"aud":1})", "malformed_claims"},
      {"{" + kExp + R"(,"aud":null})", "malformed_claims"},
      {"{" + kExp + R"(,"aud":{"a":"a"}})", "malformed_claims"},
      {"{" + kExp + R"(,"aud":["a",1]})", "malformed_claims"},
      {"{" + kExp + R"(,"aud":[["a"]]})", "malformed_claims"},
      {"{" + kExp + R"(,"aud":"a"})", "wrong_audience"},
      {"{" + kExp + R"(,"aud":[]})", "wrong_audience"},
      {"{" + kExp + R"(,"scope":["a"]})", "malformed_claims"},
  };
  for (const auto& c : cases) EXPECT_EQ(judge(sign_payload(c.payload)), c.reason) << c.payload;
}

TEST(JwtHostile, Encodings) {
  const std::string header = b64(kHeader);
  const std::string payload = b64(kGood);
  const std::string good = sign_segments(header, payload);
  ASSERT_EQ(judge(good), "ok");
  const std::string signature = good.substr(good.rfind('.') + 1);
  for (const char* extra : {"=", "==", " ", "\n", "\t", "%3d", "?", "+", "/", "A", "\xc3\xa9"}) {
    EXPECT_EQ(judge(sign_segments(header + extra, payload)), "malformed_token") << extra;
    EXPECT_EQ(judge(sign_segments(header, payload + extra)), "malformed_token") << extra;
    EXPECT_NE(judge(good + extra), "ok") << extra;
    EXPECT_NE(judge(extra + good), "ok") << extra;
  }
  EXPECT_EQ(judge(good + std::string(1, '\0')), "malformed_token");
  EXPECT_EQ(judge(good + "."), "malformed_token");
  EXPECT_EQ(judge("." + good), "malformed_token");
  EXPECT_EQ(judge(header + "." + payload), "malformed_token");
  EXPECT_EQ(judge(header + "." + payload + "."), "bad_signature");
  EXPECT_EQ(judge(header + ".." + signature), "bad_signature");  // detached
  EXPECT_EQ(judge(""), "malformed_token");
  EXPECT_EQ(judge("."), "malformed_token");
  EXPECT_EQ(judge(".."), "malformed_header");
  EXPECT_EQ(judge("Bearer " + good), "malformed_token");
  EXPECT_EQ(judge(good + "." + signature + "." + signature), "malformed_token");  // as a JWE has
  std::string truncated = good;
  truncated.pop_back();
  EXPECT_NE(judge(truncated), "ok");
}

// A text that decodes to the same bytes is not the same token (spare bits of the last character).
TEST(JwtHostile, SpareBits) {
  const std::string good = sign_payload(kGood);
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  int accepted = 0;
  for (const char digit : kDigits) {
    std::string other = good;
    other.back() = digit;
    accepted += judge(other) == "ok" ? 1 : 0;
  }
  EXPECT_EQ(accepted, 1);
}

TEST(JwtHostile, EveryFlippedBitIsRefused) {
  const std::string good = sign_payload(kGood);
  const auto verifier = test::secret_verifier();
  ASSERT_EQ(test::outcome(verifier, good), "ok");
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[i] = static_cast<char>(static_cast<unsigned char>(bad[i]) ^ (1U << bit));
      EXPECT_NE(test::outcome(verifier, bad), "ok") << i << " " << bit;
    }
  }
}

// Whatever the payload is, without a good signature it is the signature that is at fault: nothing
// has read the payload. With one it is.
TEST(JwtHostile, PayloadIsNotReadBeforeItsSignatureHolds) {
  const auto verifier = test::verifier_of(test::set_of({test::secret_key()}), roomy());
  for (const std::string& payload :
       {std::string("{"), std::string("\xff\xfe"), std::string("{\"exp\":\"x\"}"),
        repeated("[", 300'000), "{" + repeated("\"a\":{", 60'000)}) {
    const std::string genuine = sign_payload(payload);
    std::string forged = genuine;
    forged[forged.size() - 2] = forged[forged.size() - 2] == 'A' ? 'B' : 'A';
    EXPECT_EQ(test::outcome(verifier, forged), "bad_signature");
    EXPECT_EQ(test::outcome(verifier, genuine), "malformed_claims");
  }
  // Not even whether it is base64url.
  EXPECT_EQ(test::outcome(verifier, b64(kHeader) + ".####." + std::string(43, 'A')),
            "bad_signature");
}

TEST(JwtHostile, Sizes) {
  EXPECT_EQ(judge(std::string(1'000'000, '.')), "token_too_large");
  EXPECT_EQ(judge(std::string(10'000'000, 'A')), "token_too_large");
  EXPECT_EQ(judge(std::string(16 * 1024, '.')), "malformed_token");
  EXPECT_EQ(judge(std::string(16 * 1024 + 1, '.')), "token_too_large");
  const jwt::Policy policy = roomy();
  const std::string deep = repeated("[", 300'000) + repeated("]", 300'000);
  EXPECT_EQ(judge(sign_payload("{" + kExp + ",\"a\":" + deep + "}"), policy), "malformed_claims");
  EXPECT_EQ(judge(sign_texts(R"({"alg":"HS256","a":)" + deep + "}", kGood), policy),
            "malformed_header");
  std::string wide = "{" + kExp;
  for (int i = 0; i < 50'000; ++i) wide += ",\"m" + std::to_string(i) + "\":1";
  EXPECT_EQ(judge(sign_payload(wide + "}"), policy), "malformed_claims");
}

TEST(JwtHostile, LimitsAreExact) {
  const auto nested = [](std::size_t depth) {  // of `depth` levels with the object
    return "{" + kExp + ",\"a\":" + repeated("[", depth - 1) + repeated("]", depth - 1) + "}";
  };
  EXPECT_EQ(judge(sign_payload(nested(16))), "ok");
  EXPECT_EQ(judge(sign_payload(nested(17))), "malformed_claims");
  const auto members = [](int count) {
    std::string all = "{" + kExp;
    for (int i = 1; i < count; ++i) all += ",\"m" + std::to_string(i) + "\":1";
    return all + "}";
  };
  EXPECT_EQ(judge(sign_payload(members(64))), "ok");
  EXPECT_EQ(judge(sign_payload(members(65))), "malformed_claims");
  std::string inner = "{" + kExp + ",\"a\":{";  // members of all objects count
  for (int i = 0; i < 62; ++i) inner += (i > 0 ? ",\"m" : "\"m") + std::to_string(i) + "\":1";
  EXPECT_EQ(judge(sign_payload(inner + "}}")), "ok");
  EXPECT_EQ(judge(sign_payload(inner + ",\"x\":1}}")), "malformed_claims");
  jwt::Policy flat;
  flat.max_depth = 1;
  EXPECT_EQ(judge(sign_payload(kGood), flat), "ok");
  EXPECT_EQ(judge(sign_payload("{" + kExp + R"(,"a":[]})"), flat), "malformed_claims");
}

TEST(JwtHostile, NoReasonLeaksOutward) {
  for (int reason = 1; reason <= 16; ++reason) {
    EXPECT_EQ(jwt::http_status(static_cast<jwt::Reason>(reason)), 401);
    EXPECT_NE(to_string(static_cast<jwt::Reason>(reason)), "unknown");
  }
  EXPECT_EQ(jwt::http_status(jwt::Reason::kUnavailable), 503);
  EXPECT_EQ(to_string(static_cast<jwt::Reason>(99)), "unknown");
}
