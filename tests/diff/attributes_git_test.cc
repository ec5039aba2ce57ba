// gitattributes: git's own answer on random files and paths.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "attribute_states.h"
#include "diff/attributes.h"
#include "diff/repository.h"

namespace {

using coefficient::diff::AttributesFile;
using coefficient::diff::detail::Attributes;
using test::states;

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
