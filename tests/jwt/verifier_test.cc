#include "coefficient/jwt/verifier.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "jwt/support.h"

using namespace coefficient;
using jwt::Algorithm;
using test::kNow;
using test::secret_key;
using test::sign_payload;
using test::sign_texts;

namespace {

constexpr std::string_view kOther = "another secret, of thirty-two by";

std::string judge(const std::string& payload, jwt::Policy policy, std::int64_t now = kNow) {
  return test::outcome(test::secret_verifier(std::move(policy), now), sign_payload(payload));
}

}  // namespace

TEST(JwtVerifier, TimesAndLeeway) {
  const std::string payload = R"({"exp":1700000000,"nbf":1699999000,"iat":1699999000})";
  const struct {
    std::int64_t now;
    const char* outcome;
  } cases[] = {{1'699'999'999, "ok"}, {1'700'000'000, "ok"},
               {1'700'000'029, "ok"}, {1'700'000'030, "expired"},
               {1'699'998'970, "ok"}, {1'699'998'969, "not_yet_valid"},
               {0, "not_yet_valid"},  {9'000'000'000, "expired"}};
  for (const auto& c : cases) EXPECT_EQ(judge(payload, {}, c.now), c.outcome) << c.now;
  jwt::Policy exact;
  exact.leeway = std::chrono::seconds(0);
  EXPECT_EQ(judge(payload, exact, 1'699'999'999), "ok");
  EXPECT_EQ(judge(payload, exact, 1'700'000'000), "expired");  // "on or after", RFC 7519 4.1.4
  EXPECT_EQ(judge(payload, exact, 1'699'999'000), "ok");
  EXPECT_EQ(judge(payload, exact, 1'699'998'999), "not_yet_valid");
}

TEST(JwtVerifier, MaxAge) {
  jwt::Policy policy;
  policy.max_age = std::chrono::seconds(300);
  EXPECT_EQ(judge(R"({"exp":1700009999,"iat":1699999670})", policy), "ok");
  EXPECT_EQ(judge(R"({"exp":1700009999,"iat":1699999669})", policy), "too_old");
  EXPECT_EQ(judge(R"({"exp":1700009999})", policy), "missing_claim");
}

TEST(JwtVerifier, ExpMayBeLeftOutWhereThePolicySaysSo) {
  jwt::Policy policy;
  EXPECT_EQ(judge("{}", policy), "missing_claim");
  policy.require_exp = false;
  EXPECT_EQ(judge("{}", policy), "ok");
  EXPECT_EQ(judge(R"({"exp":1})", policy), "expired");
}

TEST(JwtVerifier, IssuerAudienceAndRequired) {
  jwt::Policy policy;
  policy.issuers = {"https://a.example", "https://b.example"};
  policy.audiences = {"api", "web"};
  policy.required = {"sub", "tenant"};
  const auto claims = [](const std::string& iss, const std::string& aud) {
    return R"({"exp":1700000600,"sub":"s","tenant":null,"iss":)" + iss + R"(,"aud":)" + aud + "}";
  };
  EXPECT_EQ(judge(claims("\"https://b.example\"", "\"web\""), policy), "ok");
  EXPECT_EQ(judge(claims("\"https://b.example\"", R"(["x","api"])"), policy), "ok");
  EXPECT_EQ(judge(claims("\"https://b.example\"", R"(["x","\u0061pi"])"), policy), "ok");
  EXPECT_EQ(judge(claims("\"https://b.example/\"", "\"web\""), policy), "wrong_issuer");
  EXPECT_EQ(judge(claims("\"HTTPS://b.example\"", "\"web\""), policy), "wrong_issuer");
  EXPECT_EQ(judge(claims("\"\"", "\"web\""), policy), "wrong_issuer");
  EXPECT_EQ(judge(claims("\"https://b.example\"", "\"Web\""), policy), "wrong_audience");
  EXPECT_EQ(judge(claims("\"https://b.example\"", "\"web \""), policy), "wrong_audience");
  EXPECT_EQ(judge(claims("\"https://b.example\"", "[]"), policy), "wrong_audience");
  EXPECT_EQ(judge(R"({"exp":1700000600,"sub":"s","tenant":1,"iss":"https://a.example"})", policy),
            "missing_claim");
  EXPECT_EQ(judge(R"({"exp":1700000600,"sub":"s","tenant":1,"aud":"api"})", policy),
            "missing_claim");
  EXPECT_EQ(judge(R"({"exp":1700000600,"sub":"s","iss":"https://a.example","aud":"api"})", policy),
            "missing_claim");
}

TEST(JwtVerifier, AccessTokenProfile) {
  const jwt::Policy policy = jwt::access_token_policy("https://as.example", "https://api.example");
  const std::string whole =
      R"({"iss":"https://as.example","aud":"https://api.example","sub":"s","client_id":"c",)"
      R"("iat":1699999990,"exp":1700000600,"jti":"j","scope":"read write"})";
  const auto verifier = test::secret_verifier(policy);
  for (const char* type : {"at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"})
    EXPECT_EQ(
        test::outcome(verifier,
                      sign_texts(std::string(R"({"alg":"HS256","typ":")") + type + R"("})", whole)),
        "ok");
  for (const char* header : {R"({"alg":"HS256","typ":"JWT"})", R"({"alg":"HS256"})"})
    EXPECT_EQ(test::outcome(verifier, sign_texts(header, whole)), "wrong_type") << header;
  for (const std::string name : {"iss", "aud", "sub", "client_id", "iat", "exp", "jti"}) {
    std::string without = whole;
    without.replace(without.find("\"" + name + "\""), name.size() + 2, "\"x_" + name + "\"");
    EXPECT_EQ(test::outcome(verifier, sign_texts(R"({"alg":"HS256","typ":"at+jwt"})", without)),
              "missing_claim")
        << name;
  }
}

TEST(JwtVerifier, TypedClaims) {
  const auto verifier = test::secret_verifier({.audiences = {"b"}});
  auto claims =
      verifier
          .verify(sign_payload(
              R"({"iss":"i","sub":"\u0073","jti":"j","aud":["a","b"],"exp":1700000600.9,)"
              R"("nbf":1699999999.1,"iat":1699999990,"scope":"read  write:all","roles":["r1","r2"],)"
              R"("n":-7,"big":1e3,"yes":true,"no":false,"nil":null,"obj":{"a":[1]},"mixed":["a",1]})"))
          .value();
  const jwt::Claims moved = std::move(claims);
  EXPECT_EQ(moved.issuer(), "i");
  EXPECT_EQ(moved.subject(), "s");
  EXPECT_EQ(moved.id(), "j");
  EXPECT_TRUE(moved.has_audience("a"));
  EXPECT_FALSE(moved.has_audience("c"));
  EXPECT_EQ(moved.audiences().size(), 2U);
  EXPECT_EQ(moved.expires_at(), test::at(1'700'000'600));
  EXPECT_EQ(moved.not_before(), test::at(1'700'000'000));
  EXPECT_EQ(moved.issued_at(), test::at(1'699'999'990));
  EXPECT_EQ(moved.scopes(), (std::vector<std::string_view>{"read", "write:all"}));
  EXPECT_TRUE(moved.has_scope("read"));
  EXPECT_FALSE(moved.has_scope("write"));
  EXPECT_FALSE(moved.has_scope(""));
  ASSERT_EQ(moved.roles().size(), 2U);
  EXPECT_EQ(moved.roles()[1], "r2");
  EXPECT_EQ(moved.integer("n"), -7);
  EXPECT_EQ(moved.integer("big"), std::nullopt);
  EXPECT_EQ(moved.integer("iss"), std::nullopt);
  EXPECT_EQ(moved.boolean("yes"), true);
  EXPECT_EQ(moved.boolean("no"), false);
  EXPECT_EQ(moved.boolean("nil"), std::nullopt);
  EXPECT_TRUE(moved.has("nil"));
  EXPECT_FALSE(moved.has("absent"));
  EXPECT_EQ(moved.json("obj"), R"({"a":[1]})");
  EXPECT_EQ(moved.texts("mixed"), std::nullopt);
  EXPECT_EQ(moved.text("iss"), "i");
  EXPECT_EQ(moved.text("n"), std::nullopt);
  EXPECT_EQ(moved.names().size(), 16U);
  EXPECT_TRUE(moved.raw_json().starts_with(R"({"iss":"i")"));
}

TEST(JwtVerifier, PolicyBounds) {
  const auto good = [](const jwt::Policy& policy) {
    return jwt::Verifier::create(test::set_of({secret_key()}), policy).has_value();
  };
  EXPECT_TRUE(good({}));
  EXPECT_FALSE(good({.leeway = std::chrono::seconds(-1)}));
  EXPECT_FALSE(good({.leeway = std::chrono::seconds(3601)}));
  EXPECT_FALSE(good({.max_age = std::chrono::seconds(-1)}));
  EXPECT_FALSE(good({.max_age = std::chrono::seconds::max()}));
  EXPECT_FALSE(good({.max_token_bytes = 255}));
  EXPECT_FALSE(good({.max_token_bytes = (std::size_t{1} << 20U) + 1}));
  EXPECT_FALSE(good({.max_depth = 0}));
  EXPECT_FALSE(good({.max_depth = 65}));
  EXPECT_FALSE(good({.max_members = 0}));
  EXPECT_FALSE(good({.max_members = 4097}));
  EXPECT_FALSE(jwt::Verifier::create(std::shared_ptr<const jwt::KeySource>(), {}));
}

TEST(JwtVerifier, KidChoosesTheKey) {
  const auto set = test::set_of({secret_key("a"), secret_key("b", kOther)});
  const auto verifier = test::verifier_of(set);
  const std::string good = R"({"exp":1700000600})";
  const auto header = [](const std::string& kid) {
    return R"({"alg":"HS256","kid":")" + kid + R"("})";
  };
  for (int round = 0; round < 2; ++round) {  // the second time by the memo
    EXPECT_EQ(test::outcome(verifier, sign_texts(header("a"), good)), "ok");
    EXPECT_EQ(test::outcome(verifier, sign_texts(header("b"), good, kOther)), "ok");
    EXPECT_EQ(test::outcome(verifier, sign_texts(header("a"), good, kOther)), "bad_signature");
    EXPECT_EQ(test::outcome(verifier, sign_texts(header("b"), good)), "bad_signature");
    EXPECT_EQ(test::outcome(verifier, sign_texts(header("c"), good)), "unknown_key");
    EXPECT_EQ(test::outcome(verifier, sign_texts(header(""), good)), "unknown_key");
    EXPECT_EQ(test::outcome(verifier, sign_texts(test::kHeader, good)), "unknown_key");
    EXPECT_EQ(test::outcome(verifier, sign_texts(R"({"alg":"HS384","kid":"a"})", good)),
              "wrong_algorithm");
  }
}

// What one verifier remembers of a header does not let another one's type rule be passed by.
TEST(JwtVerifier, MemoKeepsTheType) {
  const auto set = test::set_of({secret_key()});
  const auto access = test::verifier_of(set, {.type = "at+jwt"});
  const auto plain = test::verifier_of(set);
  const std::string token =
      sign_texts(R"({"alg":"HS256","typ":"at+jwt"})", R"({"exp":1700000600})");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(test::outcome(access, token), "ok");
    EXPECT_EQ(test::outcome(plain, token), "wrong_type");
  }
}

TEST(JwtVerifier, ManyHeadersStillVerify) {
  const auto verifier = test::secret_verifier();
  for (int i = 0; i < 40; ++i)
    EXPECT_EQ(test::outcome(verifier, sign_texts(R"({"alg":"HS256","n":)" + std::to_string(i) + "}",
                                                 R"({"exp":1700000600})")),
              "ok");
}

TEST(JwtVerifier, ThreadsShareOneVerifier) {
  const auto verifier = test::secret_verifier();
  std::vector<std::string> tokens;
  for (int i = 0; i < 16; ++i)
    tokens.push_back(
        sign_texts(R"({"alg":"HS256","n":)" + std::to_string(i) + "}", R"({"exp":1700000600})"));
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 400; ++i)
        if (!verifier.verify(tokens[static_cast<std::size_t>(i) % tokens.size()])) ++refused;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(refused, 0);
}

namespace {

// Has "a" at first, and both keys once it was asked for one that it does not know.
class Rotating final : public jwt::KeySource {
 public:
  Result<jwt::KeySet, jwt::Refusal> current() const override {
    const std::lock_guard lock(mutex_);
    if (down) return jwt::Refusal{jwt::Reason::kUnavailable};
    return now_;
  }
  Result<jwt::KeySet, jwt::Refusal> after_unknown(std::string_view kid) const override {
    const std::lock_guard lock(mutex_);
    asked.emplace_back(kid);
    now_ = test::set_of({secret_key("a"), secret_key("b", kOther)});
    return now_;
  }
  bool down = false;
  mutable std::vector<std::string> asked;

 private:
  mutable std::mutex mutex_;
  mutable jwt::KeySet now_ = test::set_of({secret_key("a")});
};

}  // namespace

TEST(JwtVerifier, OnlyAnUnknownKidAsksTheSourceAgain) {
  const auto source = std::make_shared<Rotating>();
  const auto verifier = jwt::Verifier::create(source, {}, test::clock_at()).value();
  const std::string good = R"({"exp":1700000600})";
  EXPECT_EQ(test::outcome(verifier, sign_texts(R"({"alg":"HS256","kid":"a"})", good)), "ok");
  EXPECT_EQ(test::outcome(verifier, sign_texts(R"({"alg":"HS256","kid":"a"})", good, kOther)),
            "bad_signature");
  EXPECT_EQ(test::outcome(verifier, sign_texts(R"({"alg":"RS256","kid":"a"})", good)),
            "wrong_algorithm");
  EXPECT_EQ(test::outcome(verifier, sign_texts(R"({"alg":"none","kid":"b"})", good)),
            "wrong_algorithm");
  EXPECT_TRUE(source->asked.empty());
  EXPECT_EQ(test::outcome(verifier, sign_texts(R"({"alg":"HS256","kid":"b"})", good, kOther)),
            "ok");
  EXPECT_EQ(test::outcome(verifier, sign_texts(R"({"alg":"HS256","kid":"b"})", good, kOther)),
            "ok");
  EXPECT_EQ(source->asked, std::vector<std::string>{"b"});
  EXPECT_EQ(test::outcome(verifier, sign_texts(R"({"alg":"HS256","kid":"zz"})", good)),
            "unknown_key");
  source->down = true;
  EXPECT_EQ(test::outcome(verifier, sign_texts(R"({"alg":"HS256","kid":"a"})", good)),
            "unavailable");
}
