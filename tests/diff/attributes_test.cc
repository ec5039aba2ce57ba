// gitattributes: the rules one by one, and git's own answer on random files and paths.
#include "diff/attributes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "diff/glob.h"
#include "diff/repository.h"

namespace {

using coefficient::ErrorCode;
using coefficient::diff::AttributesFile;
using coefficient::diff::Exclusions;
using coefficient::diff::detail::Attributes;
using coefficient::diff::detail::AttributeState;
using coefficient::diff::detail::Glob;

std::string_view to_string(AttributeState state) {
  switch (state) {
    case AttributeState::kUnspecified:
      return "unspecified";
    case AttributeState::kUnset:
      return "unset";
    case AttributeState::kSet:
      return "set";
    case AttributeState::kFalse:
      return "false";
    case AttributeState::kValue:
      return "value";
  }
  return "?";
}

// The states of linguist-generated and linguist-vendored, e.g. "set,unspecified".
std::string states(const Attributes& attributes, std::string_view path) {
  const auto found = attributes.of(path);
  return std::string(to_string(found.generated)) + "," + std::string(to_string(found.vendored));
}

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

namespace {

class RandomAttributes {
 public:
  explicit RandomAttributes(unsigned seed) : random_(seed) {}

  // What a pattern consists of, each with something that it may match.
  struct Part {
    std::string_view pattern;
    std::string_view path;
  };

  std::string pattern() {
    static const std::vector<Part> kParts = {{"a", "a"},
                                             {"b", "b"},
                                             {"a/", "a/"},
                                             {"ab", "ab"},
                                             {"*", "ab"},
                                             {"*", ""},
                                             {"*", "."},
                                             {"**", "a/b"},
                                             {"**", ""},
                                             {"?", "b"},
                                             {"?", "]"},
                                             {"/", "/"},
                                             {"/**/", "/"},
                                             {"/**/", "/ab/b/"},
                                             {"**/", ""},
                                             {"**/", "a/b/"},
                                             {"/**", "/a/c"},
                                             {"***/", "b/"},
                                             {"**\\/", "a/"},
                                             {"[ab", "b"},
                                             {"[!a]", "b"},
                                             {"[a-c]", "c"},
                                             {"[^/]", "-"},
                                             {"[[:alpha:]]", "b"},
                                             {"[[:x:]]", "x"},
                                             {"[]a]", "]"},
                                             {"\\", ""},
                                             {"\\*", "*"},
                                             {"]", "]"},
                                             {"-", "-"},
                                             {"[[:digit:]-]", "-"},
                                             {"\xc3\xa9", "\xc3\xa9"},
                                             {".", "."},
                                             {".c", ".c"},
                                             {"*.c", "a.c"},
                                             {"1", "1"},
                                             {"[[:]", ":"},
                                             {"[a\\]b]", "]"},
                                             {"[c-a]", "b"},
                                             {"[a-\\c]", "b"},
                                             {"[!-b]", "a"},
                                             {"a", "b"},
                                             {"", "/b"},
                                             {"b/**", "b/a"}};
    std::string result, path;
    for (std::size_t i = 0, parts = 1 + pick(4); i < parts; ++i) {
      const Part& part = kParts[pick(kParts.size())];
      result += part.pattern;
      path += part.path;
    }
    if (pick(30) == 0) result.insert(0, "!");
    if (pick(30) == 0) result.insert(0, "#");
    if (pick(8) == 0) {
      static const std::vector<Part> kQuotedParts = {
          {"\\141", "a"}, {"\\\\", ""},      {"\\\"", "\""}, {"\\n", "\n"}, {"\\x", "x"},
          {" ", " "},     {"\\303", "\xc3"}, {"\\000", ""},  {"\\t", "\t"}, {"\"", "\""}};
      const Part& part = kQuotedParts[pick(kQuotedParts.size())];
      result = "\"" + result + std::string(part.pattern) + (pick(10) == 0 ? "" : "\"");
      path += part.path;
    }
    paths_.push_back(path);
    return result;
  }

  // A path that one of the patterns so far may well match, in some directory.
  std::string path() {
    static const std::vector<std::string> kBefore = {"", "", "a/", "a/b/", "ab/", "c/", "a"};
    static const std::vector<std::string> kAfter = {"", "", "", "", "a", "/a", "/b/c"};
    std::string result = kBefore[pick(kBefore.size())] +
                         (paths_.empty() ? "a" : paths_[pick(paths_.size())]) +
                         kAfter[pick(kAfter.size())];
    if (!result.empty() && pick(6) == 0) result[pick(result.size())] = "ab/c"[pick(4)];
    // Only what a repository can have: no empty part, no "." and "..".
    std::string clean;
    std::size_t at = 0;
    while (at <= result.size()) {
      const std::size_t end = std::min(result.find('/', at), result.size());
      const std::string part = result.substr(at, end - at);
      if (!part.empty() && part != "." && part != "..") clean += (clean.empty() ? "" : "/") + part;
      at = end + 1;
    }
    return clean.empty() ? "a" : clean;
  }

  void forget_patterns() { paths_.clear(); }

  std::string text(bool macros) {
    static const std::vector<std::string> kStates = {"linguist-generated",
                                                     "-linguist-generated",
                                                     "!linguist-generated",
                                                     "linguist-generated=true",
                                                     "linguist-generated=false",
                                                     "linguist-vendored",
                                                     "-linguist-vendored",
                                                     "!linguist-vendored",
                                                     "linguist-vendored=",
                                                     "m1",
                                                     "m2",
                                                     "-m1",
                                                     "!m2",
                                                     "m3",
                                                     "m1=x",
                                                     "binary",
                                                     "text",
                                                     "-",
                                                     "a/b",
                                                     "-linguist-vendored=x"};
    std::string result;
    if (pick(6) == 0) result += "\xef\xbb\xbf";
    for (std::size_t i = 0, lines = pick(12); i < lines; ++i) {
      if (macros && pick(5) == 0) {
        result +=
            std::string(pick(9) == 0 ? "[attr]binary" : "[attr]m") + std::to_string(1 + pick(3));
      } else {
        result += std::string(pick(6) == 0 ? " " : "") + pattern();
      }
      for (std::size_t j = 0, count = pick(6) == 0 ? pick(5) : 1; j < count; ++j)
        result += (pick(7) == 0 ? "\t " : " ") + kStates[pick(pick(4) == 0 ? kStates.size() : 14)];
      result += pick(8) == 0 ? "\r\n" : pick(40) == 0 ? "\r\r\n" : "\n";
    }
    if (pick(5) == 0 && !result.empty()) result.pop_back();
    return result;
  }

  std::size_t pick(std::size_t below) { return random_() % below; }

 private:
  std::mt19937 random_;
  std::vector<std::string> paths_;
};

std::filesystem::path root_of(const test::Repository& repository) {
  std::string root = repository.git("rev-parse --show-toplevel");
  if (root.ends_with('\n')) root.pop_back();
  return root;
}

// `git check-attr` in a repository with these files: "state,state" per path.
std::vector<std::string> ask_git(const test::Repository& repository,
                                 const std::filesystem::path& root,
                                 const std::vector<AttributesFile>& files,
                                 const std::vector<std::string>& paths) {
  for (const AttributesFile& file : files) {
    const auto directory = root / file.directory;
    std::filesystem::create_directories(directory);
    std::ofstream(directory / ".gitattributes", std::ios::binary) << file.text;
  }
  std::ofstream in(root / ".git" / "paths", std::ios::binary);
  for (const std::string& path : paths) in << path << '\0';
  in.close();
  const std::string out = repository.git(
      "-c core.attributesFile=/dev/null check-attr -z --stdin linguist-generated linguist-vendored "
      "< .git/paths 2> /dev/null");
  for (const AttributesFile& file : files)
    std::filesystem::remove(root / file.directory / ".gitattributes");
  std::vector<std::string> fields, answers;
  for (std::size_t at = 0; at < out.size();) {
    const std::size_t end = out.find('\0', at);
    fields.push_back(out.substr(at, end - at));
    at = end + 1;
  }
  const auto state = [](const std::string& text) -> std::string {
    if (text == "set" || text == "unset" || text == "unspecified" || text == "false") return text;
    return "value";
  };
  for (std::size_t i = 0; i + 5 < fields.size(); i += 6)
    answers.push_back(state(fields[i + 2]) + "," + state(fields[i + 5]));
  return answers;
}

class DiffAttributesGit : public testing::TestWithParam<unsigned> {};

}  // namespace

TEST_P(DiffAttributesGit, AgreesWithGitOnRandomRules) {
  if (!test::have_git()) GTEST_SKIP() << "needs git";
  const char* const runs = std::getenv("COEFFICIENT_ATTRIBUTES_RUNS");
  test::Repository repository(GetParam());
  const std::filesystem::path root = root_of(repository);
  RandomAttributes random(GetParam());
  std::size_t decided = 0;
  for (int run = 0, end = runs != nullptr ? std::atoi(runs) : 12; run < end; ++run) {
    random.forget_patterns();
    const std::string top = random.text(true), a = random.text(false), b = random.text(false),
                      c = random.text(false);
    const std::vector<AttributesFile> files = {{"", top}, {"a", a}, {"a/b", b}, {"ab", c}};
    std::vector<std::string> paths;
    for (int i = 0; i < 600; ++i) paths.push_back(random.path());
    const auto attributes = Attributes::parse(files);
    ASSERT_TRUE(attributes);
    const auto answers = ask_git(repository, root, files, paths);
    ASSERT_EQ(answers.size(), paths.size());
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (answers[i] != "unspecified,unspecified") ++decided;
      ASSERT_EQ(states(*attributes, paths[i]), answers[i])
          << "seed " << GetParam() << ", path '" << paths[i] << "'\n--- top\n"
          << top << "\n--- a\n"
          << a << "\n--- a/b\n"
          << b << "\n--- ab\n"
          << c;
    }
  }
  EXPECT_GT(decided, 1000U) << "the random rules match too little to tell anything";
}

INSTANTIATE_TEST_SUITE_P(Seeds, DiffAttributesGit, testing::Range(1U, 9U));

// Every class of characters with every byte that can be in a path.
TEST(DiffAttributes, CharacterClassesAreGits) {
  if (!test::have_git()) GTEST_SKIP() << "needs git";
  const test::Repository repository(1);
  const std::filesystem::path root = root_of(repository);
  std::vector<std::string> paths;
  for (int byte = 1; byte < 256; ++byte)
    if (byte != '/') paths.push_back(std::string("x") + static_cast<char>(byte));
  for (const char* name : {"alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print",
                           "punct", "space", "upper", "xdigit", "word", "Alpha", ""}) {
    const std::string text = std::string("x[[:") + name + ":]] linguist-generated\nx[^[:" + name +
                             ":]] linguist-vendored\n";
    const std::vector<AttributesFile> files = {{"", text}};
    const auto attributes = Attributes::parse(files);
    ASSERT_TRUE(attributes);
    const auto answers = ask_git(repository, root, files, paths);
    ASSERT_EQ(answers.size(), paths.size());
    for (std::size_t i = 0; i < paths.size(); ++i)
      EXPECT_EQ(states(*attributes, paths[i]), answers[i])
          << name << " " << static_cast<int>(static_cast<unsigned char>(paths[i][1]));
  }
}
