// The quick reader of claims against the strict one.
#include "jwt/claim_table.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "support/seed.h"

using namespace coefficient::jwt::detail;

namespace {

// What a table says, without regard to where its text lies.
std::string described(const ClaimTable& table) {
  std::string out;
  for (const Claim& claim : table.claims) {
    out += std::string(claim.name) + "|" + std::string(claim.json) + "|" + std::string(claim.text) +
           "|" + std::to_string(static_cast<int>(claim.kind));
    for (const auto element : table.texts_of(claim))
      if (claim.kind == ClaimKind::kTexts) out += "<" + std::string(element) + ">";
    out += "\n";
  }
  return out;
}

struct Read {
  bool ok;
  std::string what;
};

template <auto Reader>
Read read(const std::string& text, const ClaimLimits& limits = {}) {
  ClaimTable table;
  table.json = text;
  const bool ok = Reader(table, limits);
  return {ok, ok ? described(table) : ""};
}

}  // namespace

TEST(JwtClaimTable, ScannerReadsWhatIsUsual) {
  for (const char* text :
       {"{}", " { } ", R"({"a":1})", R"({ "iss" : "x" , "aud" : [ "a" , "b" ] , "n" : -0 })",
        R"({"t":true,"f":false,"n":null,"e":[],"s":"","i":1234567890123456789012345})"}) {
    const Read quick = read<scan_claims>(text);
    const Read strict = read<parse_claims>(text);
    EXPECT_TRUE(quick.ok) << text;
    EXPECT_TRUE(strict.ok) << text;
    EXPECT_EQ(quick.what, strict.what) << text;
  }
}

TEST(JwtClaimTable, ScannerLeavesTheRest) {
  for (const char* text :
       {R"({"a":"\n"})", R"({"\u0061":1})", R"({"a":{}})", R"({"a":[1]})", R"({"a":[["b"]]})",
        R"({"a":1.5})", R"({"a":1e5})", "{\"a\":\"\xc3\xa9\"}"}) {
    EXPECT_FALSE(read<scan_claims>(text).ok) << text;
    EXPECT_TRUE(read<parse_claims>(text).ok) << text;
  }
}

TEST(JwtClaimTable, ParserUnescapes) {
  const std::string text = R"({"\u0061":"b\nc","list":["\ud83d\ude00","plain"],"o":{"x":[1, 2]}})";
  ClaimTable table;
  table.json = text;
  ASSERT_TRUE(parse_claims(table, {}));
  ASSERT_NE(table.find("a"), nullptr);
  EXPECT_EQ(table.find("a")->text, "b\nc");
  const auto list = table.texts_of(*table.find("list"));
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0], "\xf0\x9f\x98\x80");
  EXPECT_EQ(list[1], "plain");
  EXPECT_EQ(table.find("o")->json, R"({"x":[1, 2]})");
  EXPECT_EQ(table.find("o")->kind, ClaimKind::kOther);
}

TEST(JwtClaimTable, TimesAreRounded) {
  const struct {
    const char* number;
    std::optional<std::int64_t> down, up;
  } cases[] = {
      {"1.5", 1, 2},
      {"0.999", 0, 1},
      {"15e-1", 1, 2},
      {"1E3", 1000, 1000},
      {"-0", 0, 0},
      {"-0.5", std::nullopt, 0},
      {"1e11", 100000000000, 100000000000},
      {"253402300799", kMaxTime, kMaxTime},
      {"253402300799.5", kMaxTime, std::nullopt},
      {"253402300800", std::nullopt, std::nullopt},
      {"1e-400", std::nullopt, std::nullopt},
  };
  for (const auto& c : cases) {
    for (const char* name : {"exp", "nbf"}) {
      const std::string text = std::string("{\"") + name + "\":" + c.number + "}";
      ClaimTable table;
      table.json = text;
      const auto want = std::string_view(name) == "exp" ? c.down : c.up;
      EXPECT_EQ(read_claims(table, {}), want.has_value()) << text;
      if (!want) continue;
      EXPECT_EQ(std::string_view(name) == "exp" ? table.exp : table.nbf, want) << text;
    }
  }
}

// Texts put together at random from pieces of claims, whole and broken.
TEST(JwtClaimTable, ScannerAgreesWithParser) {
  const std::vector<std::string> pieces{"{",
                                        "}",
                                        "[",
                                        "]",
                                        ",",
                                        ":",
                                        "\"",
                                        "\"a\"",
                                        "\"iss\":\"x\"",
                                        " ",
                                        "1",
                                        "-",
                                        "0",
                                        ".5",
                                        "e9",
                                        "true",
                                        "null",
                                        "\"exp\":12",
                                        "\\",
                                        "\xc3",
                                        "\"b\":[",
                                        "\"c\",",
                                        "\n",
                                        "false",
                                        "\"d\":{}",
                                        "\xc3\xa9",
                                        "\"a\":1,",
                                        "{\"a\":1,\"b\":\"2\"",
                                        "\"aud\":[\"u\",\"v\"]",
                                        std::string(1, '\0')};
  std::mt19937 random(test::seed());
  int accepted = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text = random() % 4 == 0 ? "" : "{";
    for (std::size_t n = random() % 7; n > 0; --n) text += pieces[random() % pieces.size()];
    if (random() % 4 != 0) text += "}";
    const ClaimLimits limits{1 + random() % 3, 1 + random() % 3};
    const Read quick = read<scan_claims>(text, limits);
    if (!quick.ok) continue;
    ++accepted;
    const Read strict = read<parse_claims>(text, limits);
    ASSERT_TRUE(strict.ok) << text;
    ASSERT_EQ(quick.what, strict.what) << text;
  }
  EXPECT_GT(accepted, 1000);
}
