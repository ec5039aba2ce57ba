#include "coefficient/payload/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/encoding.h"
#include "core/crypto/digest.h"

using namespace coefficient;
using payload::Policy;
using payload::Rule;
using payload::Transform;
using testing::HasSubstr;

namespace {

std::string hash_of(std::string_view text) {
  return hex_encode(crypto::sha256({std::as_bytes(std::span(text))}).value());
}

std::string with_rules(const std::string& rules) {
  return R"({"id":"t@1","rules":[)" + rules + "]}";
}

}  // namespace

TEST(Policy, ReadsTheDocumentedForm) {
  const auto policy = Policy::parse(
      R"({"id":"orders@3","rules":[{"pointer":"/order/lines/*/sku"},
          {"pointer":"/customer/email","transform":"hmac"},
          {"pointer":"/note","transform":"truncate","max":80}]})");
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy->id(), "orders@3");
  EXPECT_TRUE(policy->needs_hmac_key());
  ASSERT_EQ(policy->rules().size(), 3U);
  EXPECT_EQ(policy->rules()[0].pointer, "/customer/email");
  EXPECT_EQ(policy->rules()[0].transform, Transform::kHmac);
  EXPECT_EQ(policy->rules()[1].max, 80U);
  EXPECT_EQ(policy->rules()[2].pointer, "/order/lines/*/sku");
  EXPECT_EQ(policy->canonical_json(),
            R"({"id":"orders@3","rules":[{"pointer":"/customer/email","transform":"hmac"},)"
            R"({"max":80,"pointer":"/note","transform":"truncate"},)"
            R"({"pointer":"/order/lines/*/sku"}]})");
  EXPECT_EQ(hex_encode(policy->sha256()), hash_of(policy->canonical_json()));
}

TEST(Policy, HasOneTextAndOneHashForOneMeaning) {
  const auto one = Policy::parse(with_rules(R"({"pointer":"/b"},{"pointer":"/a/\u00e9\n"})"));
  const auto two = Policy::parse(
      "{ \"rules\" : [{\"pointer\":\"/a/\xC3\xA9\\n\"}, {\"pointer\":\"\\/b\"}] , "
      "\"id\":\"t\\u00401\"}");
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->canonical_json(), two->canonical_json());
  EXPECT_EQ(one->sha256(), two->sha256());
  const auto again = Policy::parse(one->canonical_json());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->canonical_json(), one->canonical_json());
  const auto made = Policy::create("t@1", {{.pointer = "/b"}, {.pointer = "/a/\xC3\xA9\n"}});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->sha256(), one->sha256());
  EXPECT_NE(Policy::create("t@2", made->rules())->sha256(), one->sha256());
  EXPECT_NE(Policy::create("t@1", {{.pointer = "/b"}})->sha256(), one->sha256());
}

TEST(Policy, RefusesBadTextAndSaysWhere) {
  struct Case {
    std::string text;
    std::string says;
  };
  const std::vector<Case> cases = {
      {"", "not JSON at byte 1"},
      {"[]", "must be an object"},
      {R"({"id":"a"})", "rules is missing"},
      {R"({"rules":[{"pointer":"/a"}]})", "id is missing"},
      {R"({"id":"a","id":"b","rules":[{"pointer":"/a"}]})", "duplicate member name"},
      {R"({"id":1,"rules":[{"pointer":"/a"}]})", "id must be a string"},
      {R"({"id":"","rules":[{"pointer":"/a"}]})", "id must be 1 to 128"},
      {R"({"id":"a b","rules":[{"pointer":"/a"}]})", "id must be 1 to 128"},
      {R"({"id":"a","rules":[{"pointer":"/a"}],"note":""})", "note is not a member of a policy"},
      {R"({"id":"a","rules":{}})", "rules must be an array"},
      {R"({"id":"a","rules":[]})", "there is no rule"},
      {with_rules(R"("/a")"), "rules[0] must be an object"},
      {with_rules("{}"), "rules[0].pointer is missing"},
      {with_rules(R"({"pointer":["/a"]})"), "nested deeper than 3"},
      {with_rules(R"({"pointer":7})"), "rules[0].pointer must be a string"},
      {with_rules(R"({"pointer":"/a"},{"pointer":"/b","keep":true})"),
       "rules[1].keep is not a member"},
      {with_rules(R"({"pointer":"/a","transform":"hash"})"), "must be one of hmac, truncate"},
      {with_rules(R"({"pointer":"/a","transform":null})"), "must be one of hmac, truncate"},
      {with_rules(R"({"pointer":"/a","max":5})"), R"(rules[0] "/a" has a max but)"},
      {with_rules(R"({"pointer":"/a","transform":"hmac","max":5})"), "has a max but"},
      {with_rules(R"({"pointer":"/a","transform":"truncate"})"), "needs a max"},
      {with_rules(R"({"pointer":"/a","transform":"truncate","max":0})"), "rules[0].max must be"},
      {with_rules(R"({"pointer":"/a","transform":"truncate","max":-1})"), "rules[0].max must be"},
      {with_rules(R"({"pointer":"/a","transform":"truncate","max":1.0})"), "rules[0].max must be"},
      {with_rules(R"({"pointer":"/a","transform":"truncate","max":1000001})"), "rules[0].max"},
      {with_rules(R"({"pointer":""})"), "would keep the whole payload"},
      {with_rules(R"({"pointer":"a"})"), R"(rules[0] "a" is not a JSON Pointer)"},
      {with_rules(R"({"pointer":"/a~"})"), "is not a JSON Pointer"},
      {with_rules(R"({"pointer":"/a~2"})"), "is not a JSON Pointer"},
      {with_rules(R"({"pointer":"/a"},{"pointer":"/b"},{"pointer":"/a"})"),
       R"(rules[2] "/a" stands twice)"},
      {with_rules(R"({"pointer":"/a/b"},{"pointer":"/a"})"), R"(rules[1] "/a" is above)"},
      {with_rules(R"({"pointer":"/a"},{"pointer":"/a/b/c"})"), R"(rules[1] "/a/b/c" is below)"},
      {with_rules(R"({"pointer":"/a/*/b"},{"pointer":"/a/0/c"})"),
       "rules[1] \"/a/0/c\" has * beside"},
      {with_rules(R"({"pointer":"/a/10"},{"pointer":"/a/*"})"), "has * beside"},
      {with_rules(R"({"pointer":"/)" + std::string(512, 'a') + R"("})"), "more than 512 bytes"},
      {with_rules(R"({"pointer":"/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g/h"})"), "more than 16 tokens"},
  };
  for (const Case& c : cases) {
    const auto policy = Policy::parse(c.text);
    ASSERT_FALSE(policy) << c.text;
    EXPECT_THAT(policy.error().message, HasSubstr(c.says)) << c.text;
    EXPECT_THAT(policy.error().message, testing::StartsWith("policy: "));
  }
}

TEST(Policy, BoundsTheNumberOfRules) {
  std::vector<Rule> rules;
  for (int i = 0; i < 256; ++i) rules.push_back({.pointer = "/m/" + std::to_string(i)});
  EXPECT_TRUE(Policy::create("t", rules));
  rules.push_back({.pointer = "/z"});
  const auto policy = Policy::create("t", rules);
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(Policy::parse(std::string((std::size_t{1} << 20U) + 1, ' ')).error().code,
            ErrorCode::kResourceExhausted);
}

TEST(Policy, TheLargestPolicyCanBeReadBack) {
  std::vector<Rule> rules;
  for (int i = 0; i < 256; ++i)
    rules.push_back({.pointer = '/' + std::to_string(i) + std::string(508, '\1')});
  const auto policy = Policy::create(std::string(128, 'i'), rules);
  ASSERT_TRUE(policy);
  const auto again = Policy::parse(policy->canonical_json());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->sha256(), policy->sha256());
}

TEST(Policy, DataIsCheckedLikeText) {
  EXPECT_FALSE(Policy::create("t", {{.pointer = "/\xff"}}));
  EXPECT_EQ(Policy::create("t", {{.pointer = "/\xff"}}).error().message,
            "policy: rules[0] has a pointer that is not UTF-8");
  EXPECT_FALSE(Policy::create("t", {{.pointer = "/a", .transform = Transform::kHmac, .max = 1}}));
  EXPECT_FALSE(Policy::create("t", {{.pointer = "/a", .transform = Transform::kTruncate}}));
}

// A changed list must take the next number in its id, or receipts of two policies look like one.
TEST(BuiltInPolicies, AreWhatTheirIdsSaySinceTheyWereFirstUsed) {
  struct Case {
    std::string_view name;
    std::string_view id;
    std::size_t rules;
    std::string_view sha256;
  };
  const std::vector<Case> cases = {
      {"github-pull-request", "github-pull-request@1", 43,
       "e38227f25c79200f049b65085d259821314000698b6e3820903aac5940b6d0c0"},
      {"github-pull-request-text", "github-pull-request-text@1", 45,
       "c0772ad46d156e057b8b282c35a8847637d04989eb92d549618a0fbfb4619749"},
      {"github-review", "github-review@1", 48,
       "4ab6358af5044bf700d4e60e8ed345e9ccc73196a01ad893251926d4207e65e0"},
      {"paystack", "paystack@1", 30,
       "6e2dff28a1d210644ae317b5b50451060a99e2228154b35768fbc8594c502619"},
      {"slack", "slack@1", 18, "1436a7758a840497c92bad0ed0c1664bb607468b3c6fea0728f49cabbdfab1df"},
  };
  const auto names = payload::built_in_policy_names();
  ASSERT_EQ(names.size(), cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(names[i], cases[i].name);
    const auto policy = payload::built_in_policy(names[i]);
    ASSERT_TRUE(policy) << policy.error().message;
    EXPECT_EQ(policy->id(), cases[i].id);
    EXPECT_EQ(policy->rules().size(), cases[i].rules);
    EXPECT_EQ(hex_encode(policy->sha256()), cases[i].sha256) << names[i];
    EXPECT_FALSE(policy->needs_hmac_key());
    for (const Rule& rule : policy->rules()) {
      for (const std::string_view never :
           {"login", "email", "url", "token", "authorization", "text", "first_name", "last_name",
            "phone", "card", "last4", "username", "response", "trigger", "avatar", "message/text"})
        EXPECT_THAT(rule.pointer, testing::Not(HasSubstr(std::string(never))));
    }
  }
  const auto unknown = payload::built_in_policy("github");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(unknown.error().message, HasSubstr("github-review, paystack"));
}
