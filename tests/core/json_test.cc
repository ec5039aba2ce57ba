#include "core/json.h"

#include <gtest/gtest.h>

#include <string>

#include "core/json_visitor.h"

using namespace coefficient;

namespace {

// Writes down what it is told; stops at a text "stop".
class Recorder final : public json::Visitor {
 public:
  std::string seen;

  bool open(bool object) override { return add(object ? "{" : "["); }
  bool close() override { return add("."); }
  bool name(std::string_view name) override { return add(std::string(name) + "="); }
  bool text(std::string_view value) override {
    return value == "stop" ? fail(ErrorCode::kNotFound, "stopped")
                           : add("'" + std::string(value) + "'");
  }
  bool integer(std::uint64_t value) override { return add(std::to_string(value)); }
  bool other() override { return add("?"); }

 private:
  bool add(const std::string& event) {
    seen += event;
    return true;
  }
};

}  // namespace

TEST(StrictJson, AcceptsWhatRfc8259Allows) {
  for (const std::string_view ok :
       {"{}", "[]", "0", "-0.5e-3", "\"\"", "null", "true", " [1 , 2] ", R"({"a":{"b":1},"b":1})",
        R"(["\ud83d\ude00"])", R"([{"a":1},{"a":2}])", "\"\xE2\x98\x83\""})
    EXPECT_TRUE(json::check(ok)) << ok;
}

TEST(StrictJson, RefusesWhatItDoesNot) {
  for (const std::string_view bad : {"",
                                     " ",
                                     "{",
                                     "}",
                                     "[1,]",
                                     "{,}",
                                     "{\"a\":1,}",
                                     "'a'",
                                     "01",
                                     "+1",
                                     ".5",
                                     "1.",
                                     "NaN",
                                     "Infinity",
                                     "1e999",
                                     "tru",
                                     "[] []",
                                     "// c\n1",
                                     "/**/1",
                                     "\"\t\"",
                                     "\"\\x\"",
                                     R"("\ud800")",
                                     R"("\udc00\ud800")",
                                     "\"\xff\"",
                                     "\"\xC0\x80\"",
                                     "\"\xED\xA0\x80\"",
                                     "\xEF\xBB\xBF{}",
                                     "{\"a\"}",
                                     "{1:2}",
                                     "[1 2]"})
    EXPECT_FALSE(json::check(bad)) << bad;
  EXPECT_FALSE(json::check(std::string_view("{}\0x", 4)));
  EXPECT_FALSE(json::check(std::string_view("\0", 1)));
}

TEST(StrictJson, RefusesDuplicateNamesAtAnyDepthAndAfterUnescaping) {
  EXPECT_FALSE(json::check(R"({"a":1,"a":2})"));
  EXPECT_FALSE(json::check(R"({"a":1,"\u0061":2})"));
  EXPECT_FALSE(json::check(R"([{"x":{"b":1,"c":2,"b":3}}])"));
  EXPECT_FALSE(json::check(R"({"a":{"z":1},"q":[],"a":0})"));
  EXPECT_FALSE(json::check(R"({"":1,"":2})"));
}

TEST(StrictJson, BoundsDepthAndSize) {
  const std::string deep64 = std::string(64, '[') + std::string(64, ']');
  const std::string deep65 = std::string(65, '[') + std::string(65, ']');
  EXPECT_TRUE(json::check(deep64));
  EXPECT_EQ(json::check(deep65).error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(json::check(std::string(1'000'000, '[')).error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(json::check("[1,2]", {.max_bytes = 4}).error().code, ErrorCode::kResourceExhausted);
}

TEST(StrictJson, FindsTheScalarAtAPointer) {
  const std::string_view text =
      R"({"a":"x","b":{"c":[10,{"d":"deep"},-3]},"~/":"odd","e":null,"f":1.5,"g":18446744073709551615})";
  const auto at = [&](std::string_view pointer) { return json::scalar_at(text, pointer).value(); };
  EXPECT_EQ(at("/a"), "x");
  EXPECT_EQ(at("/b/c/0"), "10");
  EXPECT_EQ(at("/b/c/1/d"), "deep");
  EXPECT_EQ(at("/b/c/2"), "-3");
  EXPECT_EQ(at("/~0~1"), "odd");
  EXPECT_EQ(at("/g"), "18446744073709551615");
  for (const std::string_view none :
       {"", "/b", "/b/c", "/b/c/3", "/c", "/a/x", "/e", "/f", "/b/c/01"})
    EXPECT_FALSE(at(none).has_value()) << none;
  EXPECT_FALSE(json::scalar_at(text, "a"));
  EXPECT_FALSE(json::scalar_at(text, "/~2"));
  EXPECT_FALSE(json::scalar_at(R"({"a":1,"a":2})", "/a"));
}

TEST(StrictJson, TellsAVisitorOfEveryValue) {
  Recorder recorder;
  EXPECT_TRUE(json::visit_sequence(
      R"( {"a":[1,-2,18446744073709551615],"b":"\u0041\"]"}[null,true,1.5,1e2]"x" )", recorder));
  EXPECT_EQ(recorder.seen, "{a=[1?18446744073709551615.b='A\"]'.[????.'x'");
}

TEST(StrictJson, ASequenceIsAsStrictAsEachOfItsValues) {
  const auto fault = [](std::string_view text, const json::Limits& limits = {}) {
    Recorder recorder;
    const Result<> read = json::visit_sequence(text, recorder, limits);
    return read ? "" : read.error().message;
  };
  for (const std::string_view ok :
       {"[]", "[][]", "{}[]{}", "\n[]\r\n\t {} ", "[] 1", "\"a\"", R"(["]["]["\\"]["\"]"])"})
    EXPECT_EQ(fault(ok), "") << ok;
  for (const std::string_view bad :
       {"", " ", "[],[]", "1 2", "1 []", "\"a\"[]", "[}{]", "{]", "]", "[]]", "[[]", R"(["\"])",
        "[]\xEF\xBB\xBF[]", R"([]{"a":1,"a":2})", "[]\v[]"})
    EXPECT_NE(fault(bad), "") << bad;
  EXPECT_EQ(fault("[] [] [1,]"), "not JSON at byte 10");
  EXPECT_EQ(fault(std::string_view("[]\0", 3)), "not JSON at byte 3");
  EXPECT_EQ(fault("[] [[]]", {.max_depth = 1}), "JSON is nested deeper than 1");
  EXPECT_EQ(fault("[][]", {.max_bytes = 3}), "JSON is larger than 3 bytes");
  EXPECT_EQ(fault(R"([]["stop",)"), "stopped");
}
