// Lines that differ in whitespace only, and what `git diff -w` leaves of random blocks.
#include "diff/whitespace.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coefficient/diff/parser.h"
#include "diff/parsed.h"
#include "diff/repository.h"

namespace {

using coefficient::diff::LineKind;
using coefficient::diff::detail::equal_but_for_whitespace;
using coefficient::diff::detail::whitespace_pairs;
using coefficient::diff::detail::WhitespacePairs;
using Lines = std::vector<std::string>;

std::pair<std::size_t, std::size_t> pairs(const std::vector<std::string_view>& removed,
                                          const std::vector<std::string_view>& added) {
  const WhitespacePairs found = whitespace_pairs(removed, added);
  return {found.leading, found.trailing};
}

// A change block: common lines with other blanks before and after lines that are on one side only.
// Every line is of its own, so that there is one way only to pair them.
struct Block {
  Lines removed;
  Lines added;
};

class RandomBlocks {
 public:
  explicit RandomBlocks(unsigned seed) : random_(seed) {}

  Block block() {
    Block result;
    common(result);
    for (std::size_t i = 0, count = pick(4); i < count; ++i)
      result.removed.push_back(spaced("removed" + std::to_string(pick(1000)) + letter()));
    for (std::size_t i = 0, count = pick(4); i < count; ++i)
      result.added.push_back(spaced("added" + std::to_string(pick(1000)) + letter()));
    common(result);
    return result;
  }
  bool last_line_ends() { return pick(3) != 0; }

 private:
  std::size_t pick(std::size_t below) { return random_() % below; }

  void common(Block& block) {
    for (std::size_t i = 0, count = pick(5); i < count; ++i) {
      const std::string text = "line" + letter() + "x" + std::to_string(pick(100)) + "=";
      block.removed.push_back(spaced(text));
      block.added.push_back(spaced(text));
    }
  }

  // One that no other line has, with VT or FF as content.
  std::string letter() { return "\v<" + std::to_string(next_++) + ">\f"; }

  std::string spaced(const std::string& text) {
    static const std::vector<std::string> kBlanks = {" ", "\t", "   ", "\r", " \t"};
    std::string result;
    for (const char c : text) {
      if (pick(6) == 0) result += kBlanks[pick(kBlanks.size())];
      result.push_back(c);
    }
    if (pick(3) == 0) result += kBlanks[pick(kBlanks.size())];
    return result;
  }

  std::mt19937 random_;
  int next_ = 0;
};

std::string joined(const Lines& lines, bool last_line_ends) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  if (!last_line_ends && !text.empty()) text.pop_back();
  return text;
}

// What is left when the pairs are taken out.
Lines remaining(const Lines& lines, const WhitespacePairs& pairs) {
  const auto at = [&](std::size_t i) { return lines.begin() + static_cast<std::ptrdiff_t>(i); };
  return {at(pairs.leading), at(lines.size() - pairs.trailing)};
}

Lines lines_of(const test::ParsedFile& file, LineKind kind) {
  Lines lines;
  for (const test::ParsedLine& line : file.lines)
    if (line.kind == kind) lines.push_back(line.text);
  return lines;
}

class DiffWhitespaceGit : public testing::TestWithParam<unsigned> {};

}  // namespace

TEST(DiffWhitespace, Lines) {
  struct Case {
    std::string_view a;
    std::string_view b;
    bool equal;
  };
  const std::vector<Case> cases = {
      {"", "", true},       {"", " \t\r", true},       {"a", " a ", true},
      {"a b", "ab", true},  {"a\tb\r", "a  b", true},  {"a", "b", false},
      {"a", "", false},     {"a", "aa", false},        {"a a", "a", false},
      {"a\v", "a", false},  {"a\f", "a", false},       {"a\xc2\xa0", "a", false},
      {"a\rb", "ab", true}, {"  ab", "\ta b\t", true}, {" ", "x", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(equal_but_for_whitespace(c.a, c.b), c.equal) << c.a << "|" << c.b;
    EXPECT_EQ(equal_but_for_whitespace(c.b, c.a), c.equal) << c.b << "|" << c.a;
  }
}

TEST(DiffWhitespace, PairsFromBothEnds) {
  using Pairs = std::pair<std::size_t, std::size_t>;
  EXPECT_EQ(pairs({}, {}), Pairs(0, 0));
  EXPECT_EQ(pairs({"a"}, {}), Pairs(0, 0));
  EXPECT_EQ(pairs({"a"}, {"a "}), Pairs(1, 0));
  EXPECT_EQ(pairs({"a", "b", "c"}, {" a", "x", " c"}), Pairs(1, 1));
  EXPECT_EQ(pairs({"a", "b"}, {" a", "x", " b"}), Pairs(1, 1));
  EXPECT_EQ(pairs({"a", "a"}, {" a"}), Pairs(1, 0)) << "no line is in two pairs";
  EXPECT_EQ(pairs({"a"}, {" a", "a "}), Pairs(1, 0));
  EXPECT_EQ(pairs({"x", "a"}, {"y", "a "}), Pairs(0, 1));
  EXPECT_EQ(pairs({"x", "a", "z"}, {"y", "a ", "w"}), Pairs(0, 0)) << "only from the ends";
}

TEST_P(DiffWhitespaceGit, LeavesWhatGitLeaves) {
  if (!test::have_git()) GTEST_SKIP() << "needs git";
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  RandomBlocks random(GetParam());
  std::map<std::string, Block> blocks;
  test::Tree old_tree, new_tree;
  for (int i = 0; i < 200; ++i) {
    const std::string name = "f" + std::to_string(i);
    const Block& block = blocks[name] = random.block();
    old_tree[name] = joined(block.removed, random.last_line_ends());
    new_tree[name] = joined(block.added, random.last_line_ends());
  }
  test::Repository repository(GetParam());
  repository.commit(old_tree);
  repository.commit(new_tree);
  const test::Parsed parsed = test::parse(repository.git("diff -w -U0 --no-renames HEAD~ HEAD"));
  ASSERT_FALSE(parsed.error);
  std::map<std::string, std::pair<Lines, Lines>> from_git;
  for (const test::ParsedFile& file : parsed.files)
    from_git[file.new_path.value_or(file.old_path.value_or(""))] = {
        lines_of(file, LineKind::kRemoved), lines_of(file, LineKind::kAdded)};

  std::size_t paired = 0;
  for (const auto& [name, block] : blocks) {
    const std::vector<std::string_view> removed(block.removed.begin(), block.removed.end());
    const std::vector<std::string_view> added(block.added.begin(), block.added.end());
    const WhitespacePairs found = whitespace_pairs(removed, added);
    paired += found.leading + found.trailing;
    EXPECT_EQ(remaining(block.removed, found), from_git[name].first) << name;
    EXPECT_EQ(remaining(block.added, found), from_git[name].second) << name;
  }
  EXPECT_GT(paired, 400U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, DiffWhitespaceGit, testing::Range(1U, 4U));
