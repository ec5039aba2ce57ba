// gitattributes: the rules one by one.
#include "diff/attributes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "attribute_states.h"
#include "diff/glob.h"

namespace {

using coefficient::ErrorCode;
using coefficient::diff::AttributesFile;
using coefficient::diff::Exclusions;
using coefficient::diff::detail::Attributes;
using coefficient::diff::detail::AttributeState;
using coefficient::diff::detail::Glob;
using test::states;

std::string states_of(std::string_view text, std::string_view path) {
  const AttributesFile file{"", text};
  const auto attributes = Attributes::parse({&file, 1});
  EXPECT_TRUE(attributes.has_value());
  return states(*attributes, path);
}

bool excludes(std::string_view pattern, std::string_view path) {
  return states_of(std::string(pattern) + " linguist-generated", path) == "set,unspecified";
}

}  // namespace

TEST(DiffAttributes, LastMatchingLineDecides) {
  struct Case {
    const char* text;
    const char* states;  // of a.c
  };
  const std::vector<Case> cases = {
      {"", "unspecified,unspecified"},
      {"*.c linguist-generated", "set,unspecified"},
      {"*.c linguist-generated\na.c -linguist-generated", "unset,unspecified"},
      {"*.c linguist-generated\n*.c !linguist-generated", "unspecified,unspecified"},
      {"*.c -linguist-generated\n* linguist-generated=true", "value,unspecified"},
      {"a.c linguist-generated=false linguist-vendored=", "false,value"},
      {"a.c linguist-generated -linguist-generated", "unset,unspecified"},
      {"a.c -linguist-generated=x", "unset,unspecified"},
      {"a.c text linguist-generated eol=lf linguist-vendored", "set,set"},
      {"a.c linguist-generated\n\n# a.c -linguist-generated\n", "set,unspecified"},
      {"\xef\xbb\xbf"
       "a.c linguist-generated\r\n",
       "set,unspecified"},
      {"  \t a.c \t linguist-generated \t\r\n", "set,unspecified"},
      {"a.c linguist-generated bad/name", "unspecified,unspecified"},
      {"a.c linguist-generated -", "unspecified,unspecified"},
      {"!a.c linguist-generated", "unspecified,unspecified"},
      {"a.c/ linguist-generated", "unspecified,unspecified"},
      {"\"a.c\" linguist-generated", "set,unspecified"},
      {"\"\\141.c\" linguist-generated", "set,unspecified"},
      {"\"a.c\"linguist-generated", "set,unspecified"},
      {"\"a.c linguist-generated", "unspecified,unspecified"},
      {"[attr]g linguist-generated -linguist-vendored\na.c g", "set,unset"},
      {"a.c g\n[attr]g linguist-generated", "set,unspecified"},
      {"[attr]h g\n[attr]g linguist-generated\na.c h", "set,unspecified"},
      {"[attr]g linguist-generated\n[attr]g linguist-vendored\na.c g", "unspecified,set"},
      {"[attr]g linguist-generated\na.c g\na.c -g", "unspecified,unspecified"},
      {"[attr]g linguist-generated\na.c g=1", "unspecified,unspecified"},
      {"[attr]g g linguist-generated\na.c g", "set,unspecified"},
      {"[attr]g linguist-generated\na.c -linguist-generated g", "set,unspecified"},
      {"[attr]g linguist-generated\na.c g -linguist-generated", "unset,unspecified"},
      {"[attr]linguist-generated linguist-vendored\na.c linguist-generated", "set,set"},
  };
  for (const Case& c : cases) EXPECT_EQ(states_of(c.text, "a.c"), c.states) << c.text;
}

TEST(DiffAttributes, Patterns) {
  struct Case {
    const char* pattern;
    const char* path;
    bool matches;
  };
  const std::vector<Case> cases = {
      {"a.c", "a.c", true},
      {"a.c", "x/y/a.c", true},
      {"a.c", "ba.c", false},
      {"/a.c", "a.c", true},
      {"/a.c", "x/a.c", false},
      {"x/a.c", "y/x/a.c", false},
      {"*.c", "x/.c", true},
      {"/*.c", "x/a.c", false},
      {"x/*", "x/y/z", false},
      {"x/**", "x/y/z", true},
      {"x/**", "x", false},
      {"**/z", "z", true},
      {"**/z", "x/y/z", true},
      {"**/z", "x/yz", false},
      {"**/y/z", "x/y/z", true},
      {"**/y/**", "x/y/z", true},
      {"**/y/**", "y/z", true},
      {"**/y/**", "x/y", false},
      {"**/y/**", "xy/z", false},
      {"x/**/z", "x/z", true},
      {"x/**/z", "x/1/2/z", true},
      {"x/**/**/**/z", "x/z", true},
      {"x/**/*.c", "x/1/2/a.c", true},
      {"x/y**", "x/yz/1", true},  // git: `x/y`, then `**` at the start of a pattern
      {"x/?**", "x/yz/1", false},
      {"?.c", "a.c", true},
      {"x?y", "x/y", false},
      {"x[/]y", "x/y", false},
      {"x[!a]y", "x/y", false},
      {"[a-c].c", "b.c", true},
      {"[!a-c].c", "b.c", false},
      {"[^a-c].c", "d.c", true},
      {"[]].c", "].c", true},
      {"[a-].c", "-.c", true},
      {"[[:digit:][:upper:]_].c", "7.c", true},
      {"[[:digit:][:upper:]_].c", "a.c", false},
      {"[[:word:]]", "a", false},
      {"[[:]", ":", true},
      {"[a", "[a", false},
      {"a\\", "a\\", false},
      {"\\*.c", "*.c", true},
      {"\\*.c", "a.c", false},
      {"\"a b\"", "a b", true},
      {"\"\\\"\\\\t\"", "\"t", true},
      {"*a*b*c", "xaybzc", true},
      {"*a*b*c", "xaybzcd", false},
      {"caf\xc3\xa9", "caf\xc3\xa9", true},
      {"caf?", "caf\xc3\xa9", false},  // bytes
  };
  for (const Case& c : cases)
    EXPECT_EQ(excludes(c.pattern, c.path), c.matches) << c.pattern << " " << c.path;
}

TEST(DiffAttributes, DeeperDirectoriesOverride) {
  const std::vector<AttributesFile> files = {
      {"x/y", "/b -linguist-generated\n[attr]g linguist-vendored\nq g"},
      {"", "*.c linguist-generated\nb linguist-generated linguist-vendored"},
      {"x", "b -linguist-vendored"},
      {"x", "*.c !linguist-generated\nq linguist-generated"},
  };
  const auto attributes = Attributes::parse(files);
  ASSERT_TRUE(attributes);
  const std::map<std::string, std::string> expected = {{"a.c", "set,unspecified"},
                                                       {"x/a.c", "unspecified,unspecified"},
                                                       {"b", "set,set"},
                                                       {"x/b", "set,unset"},
                                                       {"x/y/b", "unset,unset"},
                                                       {"x/y/z/b", "set,unset"},
                                                       {"xx/b", "set,set"},
                                                       {"x/y/q", "set,unspecified"},
                                                       {"y/x/a.c", "set,unspecified"}};
  for (const auto& [path, result] : expected) EXPECT_EQ(states(*attributes, path), result) << path;
}

TEST(DiffAttributes, ShapesThatAreLookedUp) {
  using Shape = Glob::Shape;
  const std::map<std::string, std::pair<Shape, std::string>> expected = {
      {"a.c", {Shape::kLiteral, "a.c"}},
      {"a\\*c", {Shape::kLiteral, "a*c"}},
      {"*.min.js", {Shape::kEndsWith, ".min.js"}},
      {"**/a", {Shape::kAnyDepth, "a"}},
      {"**/v/**", {Shape::kDirectory, "v"}},
      {"**/a/b/**", {Shape::kOther, ""}},
      {"**/**/v/**", {Shape::kDirectory, "v"}},
      {"[", {Shape::kNever, ""}},
      {"**/*", {Shape::kOther, ""}},
      {"**/**", {Shape::kOther, ""}},
      {"**//**", {Shape::kOther, ""}},
      {"a*", {Shape::kOther, ""}}};
  for (const auto& [pattern, shape] : expected) {
    EXPECT_EQ(Glob(pattern).shape(), shape.first) << pattern;
    EXPECT_EQ(Glob(pattern).literal(), shape.second) << pattern;
  }
}

// A backtracking matcher would not come back from these.
TEST(DiffAttributes, NoPatternIsSlow) {
  std::string stars;
  for (int i = 0; i < 600; ++i) stars += "*a";
  const std::string path(Exclusions::kMaxPathBytes, 'a');
  EXPECT_TRUE(Glob(stars).matches(path));
  EXPECT_FALSE(Glob(stars + "*b*").matches(path));
  std::string deep;
  for (int i = 0; i < 250; ++i) deep += "**/a*a/";
  std::string directories;
  for (int i = 0; i < 1000; ++i) directories += "aaa/";
  EXPECT_TRUE(Glob(deep + "b").matches(directories + "b"));
  EXPECT_FALSE(Glob(deep + "c?").matches(directories + "b"));
}

TEST(DiffAttributes, WildcardsAcrossWordsOfTheAutomaton) {
  for (std::size_t length = 1; length < 200; ++length) {
    const std::string letters(length, 'x');
    const Glob glob("?" + letters + "?*" + letters + "/**/?" + letters + "[y]");
    EXPECT_TRUE(glob.matches("1" + letters + "2" + letters + "/3" + letters + "y")) << length;
    EXPECT_TRUE(glob.matches("1" + letters + "2" + letters + "x/a/b/3" + letters + "y")) << length;
    EXPECT_FALSE(glob.matches("1" + letters + "2" + letters + "/3" + letters + "xy")) << length;
    EXPECT_FALSE(glob.matches("1" + letters + "2" + letters + "a/b3" + letters + "y")) << length;
  }
}

TEST(DiffAttributes, Limits) {
  const auto code = [](std::string_view directory, const std::string& text) {
    const AttributesFile file{directory, text};
    const auto result = Attributes::parse({&file, 1});
    return result ? 0 : static_cast<int>(result.error().code);
  };
  const int invalid = static_cast<int>(ErrorCode::kInvalidArgument);
  const int exhausted = static_cast<int>(ErrorCode::kResourceExhausted);
  for (const char* directory : {"/", "/a", "a/", "a//b", ".", "a/../b", "a/."})
    EXPECT_EQ(code(directory, ""), invalid) << directory;
  for (const char* directory : {"", "a", "a/b", "...", ".a/b."}) EXPECT_EQ(code(directory, ""), 0);

  EXPECT_EQ(code("", std::string(Exclusions::kMaxTextBytes, '\n')), 0);
  EXPECT_EQ(code("", std::string(Exclusions::kMaxTextBytes + 1, '\n')), exhausted);

  std::string wildcards, plain, macros;
  for (int i = 0; i < 20000; ++i) {
    wildcards += "a*" + std::to_string(i) + " linguist-generated\n";
    plain += "a" + std::to_string(i) + " linguist-generated\n";
  }
  EXPECT_EQ(code("", wildcards), exhausted);
  EXPECT_EQ(code("", plain), 0);
  for (std::size_t i = 0; i <= Exclusions::kMaxMacros; ++i) {
    EXPECT_EQ(code("", macros), 0) << i;
    macros += "[attr]m" + std::to_string(i) + " linguist-generated\n";
  }
  EXPECT_EQ(code("", macros), exhausted);

  const std::string name(2047 - 19, 'n');
  EXPECT_EQ(states_of(name + " linguist-generated", name), "set,unspecified");
  EXPECT_EQ(states_of(name + "  linguist-generated", name), "unspecified,unspecified");
  EXPECT_EQ(states_of("* linguist-generated", std::string(4096, 'p')), "set,unspecified");
  EXPECT_EQ(states_of("* linguist-generated", std::string(4097, 'p')), "unspecified,unspecified");
}

// However often a line is repeated, a look-up meets it once; this test would take minutes.
TEST(DiffAttributes, RepeatedLinesCostNothing) {
  std::string text;
  while (text.size() < Exclusions::kMaxTextBytes / 2) text += "a -linguist-vendored\n";
  const AttributesFile file{"", text};
  const auto attributes = Attributes::parse({&file, 1});
  ASSERT_TRUE(attributes);
  for (int i = 0; i < 100000; ++i)
    ASSERT_EQ(attributes->of("x/a").vendored, AttributeState::kUnset);
}
