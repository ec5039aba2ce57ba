// The rules as a host sees them, the shape of secrets, placeholders, and linear work.
#include "coefficient/diff/redaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "diff/prefilter.h"
#include "diff/redactor_state.h"
#include "diff/secret_shape.h"

namespace {

namespace diff = coefficient::diff;
namespace detail = coefficient::diff::detail;
using coefficient::ErrorCode;
using testing::HasSubstr;

const std::string kToken = "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";  // its checksum is right

std::string redact(const diff::RedactionOptions& options, std::string_view line) {
  auto redactor = std::move(*diff::Redactor::create(*diff::RedactionRules::create(options)));
  std::string buffer;
  return std::string(redactor.changed(diff::LineKind::kAdded, line, buffer));
}

TEST(RedactionRules, RefusesWhatCannotBeARule) {
  struct Case {
    diff::RedactionOptions options;
    std::string_view message;
  };
  const std::vector<Case> cases = {
      {{.disabled = {"githubtoken"}}, "'githubtoken': is disabled, but there is no such"},
      {{.disabled = {"no\nsuch"}}, "malformed name"},
      {{.rules = {{"", "x"}}}, "rule 1 of the host's own"},
      {{.rules = {{"UPPER", "x"}}}, "a-z, 0-9 and '-'"},
      {{.rules = {{std::string(33, 'a'), "x"}}}, "a-z, 0-9 and '-'"},
      {{.rules = {{"stripe", "x"}}}, "a built-in rule has this name"},
      {{.rules = {{"a", "x"}, {"a", "y"}}}, "used twice"},
      {{.rules = {{"a", ""}}}, "'a': the pattern is empty"},
      {{.rules = {{"a", std::string(1025, 'x')}}}, "longer than 1024 bytes"},
      {{.rules = {{"a", "(x"}}}, "not an RE2 pattern: missing )"},
      {{.rules = {{"a", R"((x)\1)"}}}, "not an RE2 pattern"},
      {{.rules = {{"a", "((x{99}){99}){99}"}}}, "not an RE2 pattern"},
      {{.rules = {{"a", "x*"}}}, "matches the empty string"},
      {{.rules = {{"a", R"(\b)"}}}, "matches the empty string"},
      {{.rules = {{"a", "$"}}}, "matches the empty string"},
      {{.rules = std::vector<diff::RedactionRule>(65)}, "more than 64"},
  };
  for (const Case& c : cases) {
    const auto rules = diff::RedactionRules::create(c.options);
    ASSERT_FALSE(rules) << c.message;
    EXPECT_EQ(rules.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(rules.error().message, HasSubstr(std::string(c.message)));
  }
}

TEST(RedactionRules, NamesAndIndices) {
  const auto rules = *diff::RedactionRules::create({.rules = {{"ticket", "T[0-9]{6}"}}});
  ASSERT_EQ(rules.size(), diff::builtin_redaction_rules().size() + 1);
  EXPECT_EQ(rules.name(rules.size() - 1), "ticket");
  EXPECT_EQ(rules.name(0), diff::builtin_redaction_rules()[0]);
}

TEST(RedactionRules, EnabledDisabledAndTheHostsOwn) {
  const std::string line = "a " + kToken + " T123456 b";
  const diff::RedactionRule ticket{"ticket", "T[0-9]{6}"};
  EXPECT_EQ(redact({}, line), "a [REDACTED:github-token#1] T123456 b");
  EXPECT_EQ(redact({.disabled = {"github-token"}}, line), line);
  EXPECT_EQ(redact({.builtin = false}, line), line);
  EXPECT_EQ(redact({.builtin = false, .rules = {ticket}}, line),
            "a " + kToken + " [REDACTED:ticket#1] b");
  EXPECT_EQ(redact({.rules = {ticket, {"letter", "b$"}}}, line),
            "a [REDACTED:github-token#1] [REDACTED:ticket#2] [REDACTED:letter#3]");
  EXPECT_EQ(redact({.rules = {{"word", "a ghp_z"}}}, line), "[REDACTED:github-token#1] T123456 b");
  EXPECT_EQ(redact({.rules = {{"byte", R"(\xff[^a])"}}}, "a\xff\xfe."), "a[REDACTED:byte#1].");
  EXPECT_EQ(redact({.disabled = {"pem"}}, "-----BEGIN PRIVATE KEY-----"),
            "-----BEGIN PRIVATE KEY-----");
}

TEST(RedactionRules, TooManyMatchesOfTheHostsRuleRedactTheRest) {
  std::string line;
  for (int i = 0; i < 20; ++i) line += "ab ";
  std::string expected;
  for (int i = 1; i <= 16; ++i) expected += "[REDACTED:a#1]b ";
  EXPECT_EQ(redact({.rules = {{"a", "a"}}}, line), expected + "[REDACTED:a#2]");
}

TEST(Redactor, EqualSecretsHaveEqualPlaceholders) {
  const std::string other = "npm_" + std::string(36, 'x');
  for (const std::string& key : {std::string(), std::string(16, 'k'), std::string(100, 'q')}) {
    auto redactor = std::move(*diff::Redactor::create(
        *diff::RedactionRules::create(), std::as_bytes(std::span(key.data(), key.size()))));
    std::string buffer;
    const std::string line = kToken + " " + other + " password = \"" + kToken + "\"";
    EXPECT_EQ(
        redactor.changed(diff::LineKind::kRemoved, line, buffer),
        "[REDACTED:github-token#1] [REDACTED:npm#2] password = \"[REDACTED:github-token#1]\"");
    ASSERT_EQ(redactor.last().size(), 3U);
    EXPECT_TRUE(redactor.last()[0].validated);
    EXPECT_FALSE(redactor.last()[1].validated);
    EXPECT_EQ(redactor.last()[1].offset, kToken.size() + 1);
    EXPECT_EQ(redactor.last()[1].length, other.size());
    EXPECT_EQ(redactor.text(other, buffer), "[REDACTED:npm#2]");
    EXPECT_EQ(redactor.changed(diff::LineKind::kContext, kToken, buffer), "");
    EXPECT_TRUE(redactor.last().empty());
  }
  const std::string small(15, 'k');
  EXPECT_EQ(diff::Redactor::create(*diff::RedactionRules::create(),
                                   std::as_bytes(std::span(small.data(), small.size())))
                .error()
                .code,
            ErrorCode::kInvalidArgument);
}

TEST(Redactor, BeyondItsLimitSecretsHaveNoNumber) {
  auto redactor = std::move(*diff::Redactor::create(*diff::RedactionRules::create()));
  std::string buffer;
  for (std::size_t i = 1; i <= diff::Redactor::kMaxSecrets + 5; ++i) {
    const std::string digits = std::to_string(100000 + i);
    const std::string token = "npm_" + std::string(30, 'a') + digits;
    const std::string expected = i <= diff::Redactor::kMaxSecrets
                                     ? "[REDACTED:npm#" + std::to_string(i) + "]"
                                     : "[REDACTED:npm]";
    ASSERT_EQ(redactor.text(token, buffer), expected);
  }
  EXPECT_EQ(redactor.text("npm_" + std::string(30, 'a') + "100007", buffer), "[REDACTED:npm#7]");
  std::string many;
  for (int i = 0; i < 1000; ++i) many += kToken + " ";
  (void)redactor.text(many, buffer);
  EXPECT_EQ(redactor.last().size(), diff::Redactor::kMaxReported);
  EXPECT_EQ(redactor.counts()[redactor.last()[0].rule], 1000U);
}

TEST(Redactor, WhatIsNoSecretStays) {
  const std::vector<std::string> lines = {
      "password = \"changeme-please\"",
      "token: \"your_token_here\"",
      "api_key = \"xxxxxxxxxxxxxxxxxxxx\"",
      "secret = \"${VAULT_SECRET}\"",
      "secret = '{{ vault_secret }}'",
      "token = \"<insert-your-token>\"",
      "const tokenName = 'accessTokenForService'",
      "https://user:${PASSWORD}@host/",
      "https://user:xxxxxxxx@host",
      "autocomplete_password = 'current-password'",
      "privateKeyPath: \"/etc/ssl/private/server.key\"",
      "error.token = \"errors.invalid_access_token\"",
      "passwordUrl = 'https://www.example.com/account/reset'",
      "https://host:8080/path@v2",
      "git@github.com:owner/repository.git",
      "http://[::1]:8080/",
      "password=\"\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c\xd0\xb4\xd0\xbb\xd1\x8f\"",
      "if (token == nullptr) return;",
      "tokens = line.split(\" \")",
      "ghp_short",
      "AKIA",
      "eyJhbGciOiJIUzI1NiJ9",
      "Authorization: Bearer <token>",
      "\"sha512-7Yq9Lw==\"",
      "[REDACTED:generic#1]",
      "key-value",
      "task-list",
      "-----BEGIN CERTIFICATE-----",
      "\xff\xfe\x00"};
  for (const std::string& line : lines) EXPECT_EQ(redact({}, line), line);
}

TEST(Redactor, TextIsGivenBackAsItIs) {
  auto redactor = std::move(*diff::Redactor::create(*diff::RedactionRules::create()));
  std::string buffer;
  const std::string line = "an ordinary line of code;";
  EXPECT_EQ(redactor.changed(diff::LineKind::kAdded, line, buffer).data(), line.data());
  EXPECT_EQ(redactor.text(line, buffer).data(), line.data());
  EXPECT_EQ(redactor.text("", buffer), "");
}

TEST(SecretShape, WordsAreNoSecrets) {
  for (const std::string_view word :
       {"changeme-please", "AbstractTokenizerFactory", "com.example.service.Name",
        "/path/to/secret/file", "Hello,World,again!", "user.password.label", "TEST_CLIENT_NAME",
        "HTTPSProxyURL"})
    EXPECT_FALSE(detail::looks_secret(word)) << word;
  for (const std::string_view secret :
       {"hunter2hunter2", "P@ssw0rd!2024", "aKdjXqPzWmTbRfYc", "xkcdqwrtzpsdfgh", "!@#$%^&*()_+-",
        "correct-horse-4-battery", "CorrectHorseBatteryStaple", "vcuLheskapRH",
        "xHJMiviAJsdEBBXutlTpulQU", "[REDACTED:pem#1]odfxwyfywrypj",
        "[REDACTED:pem#1]Tr0ub4dor&3xyz"})
    EXPECT_TRUE(detail::looks_secret(secret)) << secret;
}

// Whatever the letters: of the values that a generator of passwords writes, none may stay.
TEST(SecretShape, RandomLettersAreSecrets) {
  const std::string_view alphabets[] = {
      "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_./+"};
  std::mt19937 random(std::random_device{}());
  for (const std::string_view alphabet : alphabets) {
    for (std::size_t length = 12; length <= 40; length += 4) {
      for (int i = 0; i < 2000; ++i) {
        std::string value;
        while (value.size() < length) value.push_back(alphabet[random() % alphabet.size()]);
        ASSERT_TRUE(detail::looks_secret(value)) << value;
      }
    }
  }
}

TEST(SecretShape, Placeholders) {
  EXPECT_EQ(detail::placeholder_at("x[REDACTED:npm#12]y", 1), 17U);
  EXPECT_EQ(detail::placeholder_at("[REDACTED:npm]", 0), 14U);
  for (const std::string_view other : {"[REDACTED:]", "[REDACTED:npm#]", "[REDACTED:npm",
                                       "[REDACTED:N#1]", "[REDACTED:npm#12345]", "REDACTED:npm]"})
    EXPECT_EQ(detail::placeholder_at(other, 0), 0U) << other;
}

TEST(Prefilter, AllInstructionSetsAgreeAndMissNothing) {
  const detail::Prefilter& filter = detail::Prefilter::instance();
  std::string text;
  std::uint32_t random = 1;
  std::vector<std::pair<std::size_t, char>> planted;
  while (text.size() < detail::Prefilter::kBlock - 64) {
    random = random * 1664525U + 1013904223U;
    text.push_back(static_cast<char>(random >> 24U));
    if (random % 7 != 0) continue;
    const auto anchors = filter.starting_with(static_cast<char>("gsxShn-:eApt"[random >> 8U & 7U]));
    if (anchors.empty()) continue;
    const detail::Anchor& anchor = anchors[(random >> 12U) % anchors.size()];
    planted.emplace_back(text.size() + anchor.window, anchor.word[anchor.window]);
    text += anchor.word + "0000";
  }
  ASSERT_GT(planted.size(), 50U);
  for (std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{63}, std::size_t{64},
        std::size_t{65}, std::size_t{66}, std::size_t{67}, text.size() - 1, text.size()}) {
    detail::Prefilter::Bits portable{};
    const std::string_view part = std::string_view(text).substr(0, size);
    const bool any =
        filter.scan(part, text.size() - size, portable, detail::Prefilter::Isa::kPortable);
    for (const auto isa : {detail::Prefilter::Isa::kSsse3, detail::Prefilter::Isa::kAvx2}) {
      if (isa > detail::Prefilter::best()) continue;
      detail::Prefilter::Bits bits{};
      bits.fill(~std::uint64_t{0});  // of the block before
      std::fill(bits.begin() + static_cast<std::ptrdiff_t>((size + 63) / 64), bits.end(), 0U);
      EXPECT_EQ(filter.scan(part, text.size() - size, bits, isa), any);
      EXPECT_EQ(bits, portable);
    }
    for (const auto& [at, first] : planted) {
      if (at < size) {
        EXPECT_NE(portable[at / 64] >> (at % 64) & 1U, 0U) << text.substr(at, 8);
      }
    }
  }
}

// The work is counted: no run of a line is looked at more than a few times, however many anchors
// lie in it.
TEST(SecretMatcher, WorkIsLinear) {
  const auto steps = [](std::string_view unit, std::size_t size) {
    std::string line;
    while (line.size() < size) line += unit;
    auto rules = std::make_shared<detail::CompiledRedactionRules>();
    rules->enabled.fill(true);
    rules->any_builtin = true;
    detail::RedactorState state(rules, std::move(*detail::SecretIds::create({}, 16)));
    std::string buffer;
    (void)state.changed(diff::LineKind::kAdded, line, buffer);
    return static_cast<double>(state.steps()) / static_cast<double>(line.size());
  };
  for (const std::string_view unit : {"eyJ",
                                      "eyJaaaaaaaaaaaaaaaaaaaaaaaa.",
                                      "://",
                                      "a://b:",
                                      "postgres://a:",
                                      "postgres://a:b@",
                                      "SK0",
                                      "T3BlbkFJ",
                                      "sk_live_",
                                      "token=\"",
                                      "token=\\\"",
                                      "token='\\'",
                                      "aws",
                                      "aws key=",
                                      "awskey= ",
                                      "authorization",
                                      "authorization: ",
                                      "authorization:bearer ",
                                      "12345678:AA",
                                      "1Q~",
                                      "-----BEGIN PRIVATE KEY-----",
                                      "-----END",
                                      "glpat-",
                                      "dp.pt.",
                                      "xapp-1-A-1-",
                                      "password : ",
                                      "[REDACTED:pem#1]",
                                      "[REDACTED:",
                                      "\"private_key_id\" ",
                                      "hvs."})
    EXPECT_LT(steps(unit, 1 << 20), 8.0) << unit;
}

TEST(RedactionRules, AreSharedByThreads) {
  const auto rules =
      *diff::RedactionRules::create({.rules = {{"one", "T[0-9]{6}"}, {"two", "U[0-9]{6}"}}});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([rules] {
      auto redactor = std::move(*diff::Redactor::create(rules));
      std::string buffer;
      for (int k = 0; k < 200; ++k)
        EXPECT_EQ(redactor.text("T123456 U123456 " + kToken, buffer),
                  "[REDACTED:one#1] [REDACTED:two#2] [REDACTED:github-token#3]");
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
