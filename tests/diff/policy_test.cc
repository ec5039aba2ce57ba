#include "coefficient/diff/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "coefficient/diff/minimizer.h"

namespace {

namespace diff = coefficient::diff;
using coefficient::ErrorCode;
using testing::HasSubstr;

}  // namespace

TEST(DiffPolicy, ReadsEveryMember) {
  const auto policy = diff::parse_policy(R"({
    "id":"acme@3","exclude":{"defaults":false,"attributes":"*.sql linguist-generated\n"},
    "redact":{"builtin":false,"disabled":["jwt"],"rules":[{"name":"acme","pattern":"a{3}"}]},
    "escape_invisible":false,"collapse_whitespace":true,
    "limits":{"title_bytes":100,"description_bytes":200,"line_bytes":300},
    "budget":{"bytes":4,"tokens":5,"bytes_per_token":6}})");
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy->id, "acme@3");
  EXPECT_FALSE(policy->default_exclusions);
  EXPECT_EQ(policy->exclusions, "*.sql linguist-generated\n");
  EXPECT_FALSE(policy->redaction.builtin);
  EXPECT_EQ(policy->redaction.disabled, std::vector<std::string>{"jwt"});
  ASSERT_EQ(policy->redaction.rules.size(), 1U);
  EXPECT_EQ(policy->redaction.rules[0].name, "acme");
  EXPECT_EQ(policy->redaction.rules[0].pattern, "a{3}");
  EXPECT_FALSE(policy->escape_invisible);
  EXPECT_TRUE(policy->collapse_whitespace);
  EXPECT_EQ(policy->max_title_bytes, 100U);
  EXPECT_EQ(policy->max_description_bytes, 200U);
  EXPECT_EQ(policy->max_line_bytes, 300U);
  EXPECT_EQ(policy->budget_bytes, 4U);
  EXPECT_EQ(policy->budget_tokens, 5U);
  EXPECT_EQ(policy->bytes_per_token, 6U);
}

TEST(DiffPolicy, WhatIsLeftOutHasItsDefault) {
  const auto policy = diff::parse_policy(R"({"id":"x"})");
  ASSERT_TRUE(policy);
  diff::Policy defaults;
  defaults.id = "x";
  EXPECT_EQ(*diff::canonical_json(*policy), *diff::canonical_json(defaults));
}

TEST(DiffPolicy, CanonicalJsonIsSortedAndReadsBack) {
  diff::Policy policy;
  policy.exclusions = "\"a\tb\" -linguist-vendored\n\x01";
  policy.redaction.rules = {{"acme", R"(\bacme_[a-z]{8}\b)"}};
  policy.redaction.disabled = {"jwt", "age"};
  const auto text = diff::canonical_json(policy);
  ASSERT_TRUE(text);
  // nlohmann sorts names and writes no blanks, as RFC 8785 does for names of ASCII.
  EXPECT_EQ(nlohmann::json::parse(*text).dump(), *text);
  const auto back = diff::parse_policy(*text);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*diff::canonical_json(*back), *text);
  policy.redaction.disabled = {"age", "jwt"};
  EXPECT_NE(*diff::canonical_json(policy), *text);
}

TEST(DiffPolicy, RefusesWithTheMember) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "policy: not JSON"},
      {"[]", "must be an object"},
      {"{}", "id is missing"},
      {R"({"id":""})", "id must be"},
      {R"({"id":"a b"})", "id must be"},
      {R"({"id":"x","id":"y"})", "duplicate"},
      {R"({"id":"x","more":1})", "more is not a member"},
      {R"({"id":"x","exclude":{"default":true}})", "exclude.default is not a member"},
      {R"({"id":"x","exclude":[]})", "must be an object"},
      {R"({"id":"x","redact":{"disabled":[1]}})", "redact.disabled must be"},
      {R"({"id":"x","redact":{"rules":[{"name":"a"}]}})", "redact.rules[0].pattern is missing"},
      {R"({"id":"x","escape_invisible":1})", "escape_invisible must be"},
      {R"({"id":"x","limits":{"line_bytes":15}})", "limits.line_bytes must be from 16"},
      {R"({"id":"x","limits":{"title_bytes":-1}})", "limits.title_bytes must be an integer"},
      {R"({"id":"x","budget":{"bytes":1.5}})", "budget.bytes must be an integer"},
      {R"({"id":"x","budget":{"bytes_per_token":0}})", "budget.bytes_per_token must be from 1"},
      {R"({"id":"x","budget":{"bytes_per_token":17}})", "budget.bytes_per_token must be"}};
  for (const auto& [text, message] : cases) {
    SCOPED_TRACE(text);
    const auto policy = diff::parse_policy(text);
    ASSERT_FALSE(policy);
    EXPECT_EQ(policy.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(policy.error().message, HasSubstr(message));
  }
  const auto large = diff::parse_policy(std::string(std::size_t{2} << 20U, ' '));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kResourceExhausted);
}

TEST(DiffPolicy, WhatIsCompiledIsLookedAtByTheMinimizer) {
  diff::Policy policy;
  policy.redaction.rules = {{"acme", "(unclosed"}};
  const auto bad_rule = diff::Minimizer::create(policy);
  ASSERT_FALSE(bad_rule);
  EXPECT_THAT(bad_rule.error().message, HasSubstr("acme"));

  policy = {};
  policy.redaction.disabled = {"no-such-rule"};
  EXPECT_FALSE(diff::Minimizer::create(policy));

  policy = {};
  policy.max_line_bytes = 1;
  EXPECT_FALSE(diff::Minimizer::create(policy));
  EXPECT_FALSE(diff::canonical_json(policy));

  policy = {};
  policy.exclusions = "\xff";
  EXPECT_FALSE(diff::Minimizer::create(policy));
}
