#include "coefficient/payload/minimizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/encoding.h"
#include "core/crypto/hmac.h"

using namespace coefficient;
using payload::MinimizeOptions;
using payload::MinimizeReport;
using payload::Policy;
using payload::Rule;
using payload::Transform;

namespace {

Policy keeping(const std::vector<std::string>& pointers) {
  std::vector<Rule> rules;
  for (const std::string& pointer : pointers) rules.push_back({.pointer = pointer});
  return Policy::create("test@1", std::move(rules)).value();
}

std::string minimized(std::string_view text, const Policy& policy,
                      const MinimizeOptions& options = {}) {
  const auto out = payload::minimize(text, policy, options);
  if (!out) return "refused: " + out.error().message;
  const MinimizeReport& report = out->report;
  EXPECT_EQ(report.input_bytes, text.size());
  EXPECT_EQ(report.output_bytes, out->json.size());
  EXPECT_EQ(report.input_leaves, report.kept_leaves + report.dropped_leaves);
  EXPECT_EQ(report.kept_leaves, std::accumulate(report.kept_by_rule.begin(),
                                                report.kept_by_rule.end(), std::uint64_t{0}));
  return out->json;
}

}  // namespace

TEST(Minimize, KeepsWhatTheRulesName) {
  struct Case {
    std::vector<std::string> pointers;
    std::string_view in;
    std::string_view out;
  };
  const std::vector<Case> cases = {
      // Members: the payload's order, the policy's names.
      {{"/a", "/b/c"}, R"({"b":{"d":1,"c":2},"x":{"a":1},"a":3})", R"({"b":{"c":2},"a":3})"},
      {{"/a"}, " { \"\\u0061\" : 1 , \"A\" : 2 } ", R"({"a":1})"},
      {{"/a~1b", "/m~0n", "/q\"\n"},
       R"({"a/b":1,"m~n":2,"q\"\n":3,"m~0n":4})",
       R"({"a/b":1,"m~n":2,"q\"\n":3})"},
      {{"/"}, R"({"":1,"a":2})", R"({"":1})"},
      {{"/a"}, R"({"b":{"a":1}})", "{}"},
      // Scalars are copied byte for byte.
      {{"/*"},
       R"([1.10,1e400,-0,12345678901234567890123,1E+2,0.0])",
       "[1.10,1e400,-0,12345678901234567890123,1E+2,0.0]"},
      {{"/*"},
       R"(["\u00e9","\/","é","\ud83d\ude00",true,false,null])",
       R"(["\u00e9","\/","é","\ud83d\ude00",true,false,null])"},
      // A rule ends at a scalar, and a rule that goes on does not.
      {{"/a", "/b/c"}, R"({"a":{"x":1},"b":7})", "{}"},
      {{"/a", "/b"}, R"({"a":[1],"b":{}})", "{}"},
      {{"/a/b"}, R"({"a":[{"b":1}]})", "{}"},
      // Arrays: each element, or one; what keeps nothing is left out.
      {{"/l/*/n"}, R"({"l":[{"n":1,"u":2},{"u":3},4,[],{"n":5}]})", R"({"l":[{"n":1},{"n":5}]})"},
      {{"/l/*/n", "/l/*/i"},
       R"({"l":[{"n":1,"i":2},{"i":3},{"n":4}]})",
       R"({"l":[{"n":1,"i":2},{"i":3},{"n":4}]})"},
      {{"/l/*"}, R"({"l":["a",["b"],{"c":1},"d"]})", R"({"l":["a","d"]})"},
      {{"/l/*/*"}, R"({"l":[[1,2],[[3]],[4]]})", R"({"l":[[1,2],[4]]})"},
      {{"/l/1"}, R"({"l":["a","b","c"]})", R"({"l":["b"]})"},
      {{"/l/2/x", "/l/0/y"},
       R"({"l":[{"x":1,"y":2},{"x":3,"y":4},{"x":5,"y":6}]})",
       R"({"l":[{"y":2},{"x":5}]})"},
      {{"/l/01", "/l/-"}, R"({"l":["a","b"]})", "{}"},
      {{"/l/*/n"}, R"({"l":[{},[],{"x":{}}]})", "{}"},
      // In an object `*` and numbers are names like any other.
      {{"/l/*"}, R"({"l":{"*":1,"a":2}})", R"({"l":{"*":1}})"},
      {{"/l/0"}, R"({"l":{"0":1,"1":2}})", R"({"l":{"0":1}})"},
      // The outermost value stays.
      {{"/a"}, "{}", "{}"},
      {{"/a"}, "[]", "[]"},
      {{"/a"}, "[[1]]", "[]"},
      {{"/a"}, "7", "null"},
      {{"/a"}, R"("secret")", "null"},
  };
  for (const Case& c : cases) EXPECT_EQ(minimized(c.in, keeping(c.pointers)), c.out) << c.in;
}

TEST(Minimize, CountsWhatItDid) {
  const Policy policy =
      Policy::create("t", {{.pointer = "/a"},
                           {.pointer = "/b/*/c"},
                           {.pointer = "/n"},
                           {.pointer = "/t", .transform = Transform::kTruncate, .max = 2},
                           {.pointer = "/u", .transform = Transform::kTruncate, .max = 2}})
          .value();
  const auto out = payload::minimize(
      R"({"a":1,"b":[{"c":1,"d":[1,{"e":null}]},{"c":2},{"c":{"f":1}}],"t":"abc","u":"ab","z":{}})",
      policy);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->json, R"({"a":1,"b":[{"c":1},{"c":2}],"t":"ab","u":"ab"})");
  EXPECT_EQ(out->report.input_leaves, 8U);
  EXPECT_EQ(out->report.kept_leaves, 5U);
  EXPECT_EQ(out->report.dropped_leaves, 3U);
  EXPECT_EQ(out->report.kept_by_rule, (std::vector<std::uint64_t>{1, 2, 0, 1, 1}));
  EXPECT_EQ(out->report.containers_at_rules, 1U);
  EXPECT_EQ(out->report.truncated, 1U);
  EXPECT_EQ(out->report.hmacs, 0U);
}

TEST(Minimize, TruncatesBetweenCharacters) {
  const auto cut = [](std::size_t max, const std::string& value) {
    const Policy policy =
        Policy::create("t", {{.pointer = "/*", .transform = Transform::kTruncate, .max = max}})
            .value();
    return minimized("[" + value + "]", policy);
  };
  EXPECT_EQ(cut(3, R"("abc")"), R"(["abc"])");
  EXPECT_EQ(cut(3, R"("abcd")"), R"(["abc"])");
  EXPECT_EQ(cut(2, R"("é☃😀")"), R"(["é☃"])");
  EXPECT_EQ(cut(3, R"("é☃😀x")"), R"(["é☃😀"])");
  EXPECT_EQ(cut(1, R"("\ud83d\ude00\ud83d\ude01")"), R"(["\ud83d\ude00"])");
  EXPECT_EQ(cut(2, R"("\u00e9\n\"")"), R"(["\u00e9\n"])");
  EXPECT_EQ(cut(1, R"("\\\\")"), R"(["\\"])");
  EXPECT_EQ(cut(1, R"("")"), R"([""])");
  EXPECT_EQ(cut(1, "12345,true,null"), "[12345,true,null]");
}

TEST(Minimize, HmacIsOnePseudonymForOneValue) {
  const SecretBytes key = SecretBytes::copy_of("0123456789abcdef0123456789abcdef");
  const auto mac = [&](std::string_view message) {
    const auto mac_key = crypto::HmacKey::create(crypto::DigestAlgorithm::kSha256, key.expose());
    crypto::Hmac hmac(*mac_key);
    hmac.update(std::as_bytes(std::span(message)));
    std::array<std::byte, 32> out{};
    EXPECT_TRUE(hmac.finish(out));
    return '"' + hex_encode(out) + '"';
  };
  using namespace std::string_view_literals;
  const Policy policy =
      Policy::create("t", {{.pointer = "/*", .transform = Transform::kHmac}}).value();
  const auto out = payload::minimize(R"(["octo","\u006fcto",1,"1",true,"true",null,[2]])", policy,
                                     {.hmac_key = &key});
  ASSERT_TRUE(out) << out.error().message;
  const std::string octo = mac("coefficient/payload/hmac/1\0s\0octo"sv);
  EXPECT_EQ(out->json, "[" + octo + "," + octo + "," +
                           mac("coefficient/payload/hmac/1\0n\0"
                               "1"sv) +
                           "," +
                           mac("coefficient/payload/hmac/1\0s\0"
                               "1"sv) +
                           "," + mac("coefficient/payload/hmac/1\0b\0true"sv) + "," +
                           mac("coefficient/payload/hmac/1\0s\0true"sv) + ",null]");
  EXPECT_EQ(out->report.hmacs, 6U);
  // The same wherever it stands and whatever else the policy says.
  const Policy other = Policy::create("u", {{.pointer = "/x/login", .transform = Transform::kHmac},
                                            {.pointer = "/y"}})
                           .value();
  EXPECT_EQ(minimized(R"({"x":{"login":"octo"}})", other, {.hmac_key = &key}),
            R"({"x":{"login":)" + octo + "}}");
  const SecretBytes second = SecretBytes::copy_of("another key, 16+ bytes long");
  EXPECT_NE(minimized(R"({"x":{"login":"octo"}})", other, {.hmac_key = &second}),
            R"({"x":{"login":)" + octo + "}}");
}

TEST(Minimize, HmacNeedsAKeyWhateverThePayload) {
  const Policy policy =
      Policy::create("t", {{.pointer = "/a", .transform = Transform::kHmac}}).value();
  EXPECT_EQ(payload::minimize("{}", policy).error().code, ErrorCode::kFailedPrecondition);
  const SecretBytes key = SecretBytes::copy_of("fifteen bytes..");
  EXPECT_EQ(payload::minimize("{}", policy, {.hmac_key = &key}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_TRUE(payload::minimize("{}", keeping({"/a"}), {.hmac_key = &key}));
}

TEST(Minimize, RefusesWhatIsNotOneStrictValueEvenInWhatIsDropped) {
  for (const std::string_view bad :
       {R"({"a":1,"z":{"b":1,"b":2}})", R"({"a":1,"a":2})", R"({"z":1,"\u007a":2})",
        "{\"z\":\"\xff\"}", R"({"z":"\ud800"})", R"({"z":[01]})", "{\"a\":1}x", "{\"a\":1}{}", "",
        " ", "\xEF\xBB\xBF{}", R"({"z":tru})", "{\"z\":\"\n\"}", "{'a':1}", R"({"a":NaN})",
        R"({"a":1,})"}) {
    const auto out = payload::minimize(bad, keeping({"/a"}));
    ASSERT_FALSE(out) << bad;
    EXPECT_EQ(out.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(out.error().message.starts_with("payload: "));
  }
}

TEST(Minimize, MessagesHoldNothingOfThePayload) {
  for (const std::string bad :
       {R"({"k":"hunter2",})", R"({"hunter2":1,"hunter2":2})", "hunter2", R"({"k":"hunter2)"}) {
    const auto out = payload::minimize(bad, keeping({"/k"}));
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().message.find("hunter"), std::string::npos) << out.error().message;
  }
}

TEST(Minimize, BoundsSizeAndDepth) {
  const Policy policy = keeping({"/a"});
  EXPECT_EQ(payload::minimize("[1,2]", policy, {.max_bytes = 4}).error().code,
            ErrorCode::kResourceExhausted);
  EXPECT_EQ(payload::minimize("[[]]", policy, {.max_depth = 1}).error().code,
            ErrorCode::kResourceExhausted);
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "{\"a\":";
  EXPECT_EQ(payload::minimize(deep, policy).error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(payload::minimize(std::string(1'000'000, '['), policy).error().code,
            ErrorCode::kResourceExhausted);
  // The host may allow it: nothing here recurses.
  const std::string closed = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  EXPECT_EQ(minimized(closed, policy, {.max_depth = 1'000'000}), "[]");
  const Policy each = keeping({"/*/*/*"});
  EXPECT_EQ(minimized("[[[1," + closed + "]]]", each, {.max_depth = 1'000'003}), "[[[1]]]");
}

TEST(Minimize, TakesAMillionMembers) {
  std::string text = "{";
  for (int i = 0; i < 1'000'000; ++i) text += "\"" + std::to_string(i) + "\":{\"x\":1},";
  text += "\"a\":5}";
  EXPECT_EQ(minimized(text, keeping({"/a"})), R"({"a":5})");
  std::string array = "[";
  for (int i = 0; i < 1'000'000; ++i) array += "{\"x\":1},";
  EXPECT_EQ(minimized(array + "{\"a\":5}]", keeping({"/*/a"})), R"([{"a":5}])");
  // A million names that only their last bytes tell apart, or not at all.
  std::string alike = "{";
  for (int i = 0; i < 300'000; ++i)
    alike += "\"" + std::string(60, 'p') + std::to_string(1'000'000 + i) + "\":0,";
  EXPECT_EQ(minimized(alike + "\"a\":1}", keeping({"/a"})), R"({"a":1})");
  EXPECT_FALSE(
      payload::minimize(alike + "\"" + std::string(60, 'p') + "1299999\":0}", keeping({"/a"})));
}

TEST(Minimize, RefusesEveryPrefix) {
  const std::string text =
      R"({"a":[1.5e3,{"b":"x\u00e9\ud83d\ude00é"}],"c":null,"d":{"e":[true,{}]}})";
  const Policy policy = keeping({"/a/*/b", "/d/e/*"});
  ASSERT_TRUE(payload::minimize(text, policy));
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(payload::minimize(text.substr(0, length), policy)) << length;
}
