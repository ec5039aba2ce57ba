// RFC 8785: the vectors of the specification's author, and what this form of it refuses.
#include "audit/jcs.h"

#include <gtest/gtest.h>

#include "support/vectors.h"

using namespace coefficient;
using namespace coefficient::audit;

namespace {

// A tree of another JSON library as ours; a float with an integer's value becomes that integer.
Value from_dom(const nlohmann::json& dom) {
  if (dom.is_boolean()) return dom.get<bool>();
  if (dom.is_number()) return static_cast<std::int64_t>(dom.get<double>());
  if (dom.is_string()) return dom.get<std::string>();
  if (dom.is_array()) {
    Value::Array array;
    for (const auto& element : dom) array.push_back(from_dom(element));
    return array;
  }
  if (dom.is_object()) {
    Value::Object object;
    for (const auto& [name, value] : dom.items()) object.emplace(name, from_dom(value));
    return object;
  }
  return nullptr;
}

std::string text_of(const Value& value) {
  std::string out;
  append_value(value, out);
  return out;
}

}  // namespace

TEST(Jcs, WritesTheVectors) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "audit/jcs/testdata");
  for (const char* name : {"arrays", "french", "structures", "unicode", "weird"}) {
    SCOPED_TRACE(name);
    const std::string file = std::string(name) + ".json";
    const std::string expected = test::read_file(dir / "output" / file);
    EXPECT_EQ(text_of(from_dom(test::read_json(dir / "input" / file))), expected);
    const auto parsed = parse_canonical(expected, 8);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(text_of(*parsed), expected);
    // The input says the same in another form.
    if (std::string(name) != "structures") {  // has 56.0
      const auto input = parse_value(test::read_file(dir / "input" / file), 8);
      ASSERT_TRUE(input) << input.error().message;
      EXPECT_EQ(*input, *parsed);
    }
    EXPECT_FALSE(parse_canonical(test::read_file(dir / "input" / file), 8));
  }
}

TEST(Jcs, RefusesFloats) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "audit/jcs/testdata");
  for (const char* part : {"input", "output"})
    EXPECT_FALSE(parse_value(test::read_file(dir / part / "values.json"), 8));
}

TEST(Jcs, WritesStringsAsTheRfcSays) {
  std::string out;
  append_string(std::string_view("\0\x01\b\t\n\v\f\r\x1f \"\\/\x7f\xc2\x80\xe2\x80\xa8", 19), out);
  EXPECT_EQ(out,
            "\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f \\\"\\\\/\x7f\xc2\x80\xe2\x80\xa8\"");
}

TEST(Jcs, SortsByUtf16Units) {
  // U+FB33 is below U+1F602 as a code point and above its surrogates.
  const Value::Object object = {{"\xef\xac\xb3", 1},
                                {"\xf0\x9f\x98\x82", 2},
                                {"\xed\x9f\xbf", 3},
                                {"a", 4},
                                {"", 5},
                                {"aa", 6}};
  EXPECT_EQ(
      text_of(object),
      "{\"\":5,\"a\":4,\"aa\":6,\"\xed\x9f\xbf\":3,\"\xf0\x9f\x98\x82\":2,\"\xef\xac\xb3\":1}");
}

TEST(Jcs, AcceptsOnlyTheCanonicalForm) {
  for (const char* text :
       {"{\"a\":1,\"b\":[true,false,null,\"x\",-9007199254740992]}", "9007199254740992", "\"\"",
        "[]", "{}", R"({"$enc":{"ct":"a","kid":"b","nonce":"c","tag":"d"}})"})
    EXPECT_TRUE(parse_canonical(text, 4)) << text;
  for (const char* text : {"{\"b\":1,\"a\":1}",
                           "{\"a\":1,\"a\":2}",
                           "{ }",
                           "[1, 2]",
                           "-0",
                           "1.0",
                           "1e3",
                           "01",
                           "9007199254740993",
                           "-9007199254740993",
                           "99999999999999999999",
                           R"("\u0041")",
                           R"("\/")",
                           "\"\xff\"",
                           "\"\\ud800\"",
                           "[1,]",
                           "",
                           " 1",
                           "1 ",
                           "nul",
                           "{\"a\"}",
                           "[[[[[]]]]]",
                           "\xef\xbb\xbf{}",
                           "\"\\u000A\"",
                           "1 2"})
    EXPECT_FALSE(parse_canonical(text, 4)) << text;
}
