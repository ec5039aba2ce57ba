// The reader against nlohmann's, on texts that are almost JSON.
#include "core/json_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace coefficient;
using json::Event;

namespace {

using Dom = nlohmann::ordered_json;

// What the reader refuses and nlohmann's grammar does not: a name twice, or a level too many.
class Judge final : public nlohmann::json_sax<Dom> {
 public:
  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override {
    names_.emplace_back();
    return names_.size() <= 64;
  }
  bool start_array(std::size_t size) override { return start_object(size); }
  bool key(string_t& name) override { return names_.back().insert(name).second; }
  bool end_object() override {
    names_.pop_back();
    return true;
  }
  bool end_array() override { return end_object(); }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

 private:
  std::vector<std::set<std::string>> names_;
};

bool judged(const std::string& text) {
  if (text.find('\0') != std::string::npos || text.starts_with("\xEF\xBB\xBF")) return false;
  Judge judge;
  return Dom::sax_parse(text, &judge);
}

// The document put together again from the events, strings by way of their unescaped form.
std::string rebuilt(const std::string& text) {
  json::Reader reader(text);
  std::string out;
  for (Event event = reader.next(); event != Event::kEnd; event = reader.next()) {
    if (event == Event::kError) return "refused";
    if (event == Event::kEndObject || event == Event::kEndArray) {
      if (out.back() == ',') out.pop_back();
      out += event == Event::kEndObject ? '}' : ']';
    }
    if (event == Event::kBeginObject || event == Event::kBeginArray) {
      out += event == Event::kBeginObject ? '{' : '[';
      continue;
    }
    if (event == Event::kName) {
      out += Dom(std::string(reader.name())).dump() + ':';
      continue;
    }
    if (event == Event::kString) out += Dom(std::string(reader.string())).dump();
    if (event == Event::kNumber) out += reader.raw();
    if (event == Event::kTrue) out += "true";
    if (event == Event::kFalse) out += "false";
    if (event == Event::kNull) out += "null";
    out += ',';
  }
  if (out.ends_with(',')) out.pop_back();
  return out;
}

const std::vector<std::string>& documents() {
  static const std::vector<std::string> all = {
      R"({"a":1,"b":[1.5e-3,{"c":null,"d":"x\u0041\ud83d\ude00\n"}],"e":{"a":true,"\u0061b":[]}})",
      R"([0,-0,-1.0E+7,12345678901234567890,"\"\\\/\b\f\n\r\t",{"":{"":{}}},[[[false]]]])",
      "{ \"\xC3\xA9\" : \"\xE2\x98\x83\xF0\x9F\x98\x80\" ,\t\"k\":\r\n[ ] }",
      R"({"aa":1,"ab":2,"ba":3,"bb":4,"a":5,"b":6,"aaa":7,"":8})",
      R"("a long string without anything special in it, and then \u00e9 and more of it")",
      "1e308",
      "[2.2250738585072014e-308,1e-400,0e999,0.000001e300]",
  };
  return all;
}

}  // namespace

TEST(JsonReader, GivesTheEventsOfADocument) {
  json::Reader reader(R"( {"\u0061":[1.10,"\u00e9",true]} )");
  EXPECT_EQ(reader.next(), Event::kBeginObject);
  EXPECT_EQ(reader.depth(), 1U);
  EXPECT_EQ(reader.next(), Event::kName);
  EXPECT_EQ(reader.name(), "a");
  EXPECT_EQ(reader.raw(), R"("\u0061")");
  EXPECT_EQ(reader.next(), Event::kBeginArray);
  EXPECT_EQ(reader.next(), Event::kNumber);
  EXPECT_EQ(reader.raw(), "1.10");
  EXPECT_EQ(reader.next(), Event::kString);
  EXPECT_EQ(reader.string(), "\xC3\xA9");
  EXPECT_EQ(reader.raw(), R"("\u00e9")");
  EXPECT_EQ(reader.next(), Event::kTrue);
  EXPECT_EQ(reader.next(), Event::kEndArray);
  EXPECT_EQ(reader.next(), Event::kEndObject);
  EXPECT_EQ(reader.next(), Event::kEnd);
  EXPECT_EQ(reader.next(), Event::kEnd);
}

TEST(JsonReader, StaysAtItsError) {
  json::Reader reader("[1,x]");
  while (reader.next() != Event::kError) continue;
  EXPECT_EQ(reader.error().message, "not JSON at byte 4");
  EXPECT_EQ(reader.next(), Event::kError);
}

TEST(JsonReader, TakesNumbersOfAnySizeWhereCheckWantsFiniteOnes) {
  for (const std::string number :
       {"1e400", "-1e999999999999999999999", "123456789012345678901234567890", "1.10", "0.1e400"}) {
    EXPECT_EQ(rebuilt(number), number);
  }
  EXPECT_FALSE(json::check("1e400"));
  EXPECT_FALSE(json::check("[-1e999999999999999999999]"));
  EXPECT_FALSE(json::check("0.1e400"));
  EXPECT_FALSE(json::check(std::string(400, '9')));
  EXPECT_TRUE(json::check(std::string(300, '9')));
  EXPECT_TRUE(json::check("1e-400"));
  EXPECT_TRUE(json::check("0." + std::string(400, '0') + "1"));
  EXPECT_TRUE(json::check("-1e-999999999999999999999"));
  EXPECT_TRUE(json::check("0e999999999999999999999"));
}

TEST(JsonReader, AgreesWithAnotherParserOnMutatedDocuments) {
  constexpr unsigned kSeed = 20240611;
  RecordProperty("seed", static_cast<int>(kSeed));
  std::mt19937 random(kSeed);
  constexpr std::string_view kBytes =
      "{}[]:,\"\\u0dDcC8a1-+.eE tfn/\x7f\t\x1f\xC3\xA9\xED\xA0\x80\xF4\x90\xFF";
  std::size_t accepted = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string text = documents()[random() % documents().size()];
    for (std::size_t edits = random() % 3; edits > 0 && !text.empty(); --edits) {
      const std::size_t at = random() % text.size();
      const char byte = kBytes[random() % kBytes.size()];
      switch (random() % 5) {
        case 0:
          text.erase(at, 1);
          break;
        case 1:
          text.insert(at, 1, byte);
          break;
        case 2:
          text.resize(at);
          break;
        case 3:
          text.insert(at, text.substr(random() % text.size(), random() % 12));
          break;
        default:
          text[at] = byte;
      }
    }
    const bool valid = judged(text);
    ASSERT_EQ(json::check(text).has_value(), valid) << text;
    if (!valid) continue;
    ++accepted;
    const std::string again = rebuilt(text);
    ASSERT_EQ(Dom::parse(again, nullptr, false), Dom::parse(text, nullptr, false)) << text;
  }
  EXPECT_GT(accepted, 15'000U);
  EXPECT_LT(accepted, 45'000U);
}

TEST(JsonReader, TellsDuplicatesAmongManyNames) {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_TRUE(json::check(text + "\"last\":0}"));
  EXPECT_FALSE(json::check(text + "\"\\u006b77777\":0}"));
}

TEST(JsonReader, SplitsPointers) {
  using Tokens = std::vector<std::string>;
  EXPECT_EQ(json::split_pointer(""), Tokens{});
  EXPECT_EQ(json::split_pointer("/"), Tokens{""});
  EXPECT_EQ(json::split_pointer("/a~1b/~0~01//"), (Tokens{"a/b", "~~1", "", ""}));
  for (const std::string_view bad : {"a", "/~", "/~2", "/a~/b", "#/a"})
    EXPECT_FALSE(json::split_pointer(bad)) << bad;
}
