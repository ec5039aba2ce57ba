// Merges: combined diffs of random files, checked against the files of every parent and the result.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "diff/parsed.h"
#include "diff/repository.h"

namespace {

namespace diff = coefficient::diff;
using test::Repository;
using test::Tree;
using Lines = std::vector<std::string>;

Lines base_lines(std::mt19937& random) {
  Lines lines;
  for (std::size_t i = 0, n = 40 + random() % 40; i < n; ++i)
    lines.push_back("line " + std::to_string(random() % 30));
  return lines;
}

Lines edited(const Lines& from, std::mt19937& random) {
  Lines lines;
  for (const std::string& line : from) {
    const auto what = random() % 12;
    if (what == 0) continue;
    if (what == 1) lines.push_back(random() % 2 == 0 ? "++ b/x" : "-- a/x");
    lines.push_back(what == 2 ? "edited " + std::to_string(random() % 9) : line);
  }
  return lines;
}

std::string join(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Walks a combined diff with a cursor in every parent and in the result: each line must be there.
void expect_merge(const std::string& text, const std::vector<Lines>& parents, const Lines& result) {
  diff::Parser parser(test::bytes(text));
  std::vector<std::uint64_t> at(parents.size());
  std::size_t changed = 0;
  for (diff::Event event = parser.next(); event != diff::Event::kEnd; event = parser.next()) {
    ASSERT_NE(event, diff::Event::kError) << to_string(parser.error().code) << "\n" << text;
    if (event == diff::Event::kFile) {
      ASSERT_EQ(parser.file().parents, parents.size());
      ASSERT_EQ(parser.file().new_path, "f");
    } else if (event == diff::Event::kHunk) {
      for (std::size_t i = 0; i < parents.size(); ++i) at[i] = parser.hunk().old_ranges[i].start;
    } else {
      const diff::Line& line = parser.line();
      const bool removed = line.kind == diff::LineKind::kRemoved;
      if (!removed) {
        ASSERT_EQ(result.at(line.new_line - 1), line.text);
      }
      changed += line.kind == diff::LineKind::kContext ? 0 : 1;
      for (std::size_t i = 0; i < parents.size(); ++i) {
        if (line.columns[i] != (removed ? '-' : ' ')) continue;
        ASSERT_EQ(parents[i].at(at[i] - 1), line.text);
        ++at[i];
      }
    }
  }
  EXPECT_GT(changed, 0U);
}

// Without context git itself leaves out lines within a hunk of a combined diff, so that neither
// line numbers nor removed lines agree with the files, and its counts may be wrong, up to 2^64 - 1.
// Counts that do not hold are refused; where they hold, the diff is read to its end.
void expect_without_context(const std::string& text) {
  const test::Parsed parsed = test::parse(text);
  if (parsed.error) {
    const diff::ParseErrorCode code = parsed.error->code;
    EXPECT_TRUE(code == diff::ParseErrorCode::kNumberTooLarge ||
                code == diff::ParseErrorCode::kExtraLine ||
                code == diff::ParseErrorCode::kTruncated)
        << to_string(code) << "\n"
        << text;
    return;
  }
  ASSERT_EQ(parsed.files.size(), 1U);
  EXPECT_FALSE(parsed.files.front().lines.empty());
}

class DiffMerge : public testing::TestWithParam<unsigned> {};

}  // namespace

TEST_P(DiffMerge, CombinedDiffsAgreeWithTheFiles) {
  if (!test::have_git()) GTEST_SKIP() << "needs git";
  std::mt19937 random(GetParam());
  Repository repository(GetParam());
  const std::size_t count = 2 + random() % 3;
  const Lines base = base_lines(random);
  repository.commit({{"f", join(base)}});
  std::vector<Lines> parents;
  std::string commits;
  for (std::size_t i = 0; i < count; ++i) {
    repository.git("checkout -q --detach " + std::string(i == 0 ? "HEAD" : "base"));
    if (i == 0) repository.git("branch -q base");
    parents.push_back(edited(base, random));
    repository.commit({{"f", join(parents.back())}});
    const std::string name = "p" + std::to_string(i);
    repository.git("branch -q " + name);
    commits += " -p " + name;
  }
  const Lines result = edited(edited(base, random), random);
  repository.commit({{"f", join(result)}});
  std::string merge = repository.git("commit-tree -m merge" + commits + " HEAD^{tree}");
  merge.pop_back();
  for (const char* form : {"-c", "--cc", "-c --combined-all-paths"})
    expect_merge(repository.git("show " + std::string(form) + " " + merge), parents, result);
  expect_without_context(repository.git("show -c -U0 " + merge));
}

// Long stretches where one parent is taken as it is: what --cc leaves out, it still counts.
TEST_P(DiffMerge, DenseDiffsOfMergesThatTookOneSideAgreeWithTheResult) {
  if (!test::have_git()) GTEST_SKIP() << "needs git";
  std::mt19937 random(GetParam());
  Repository repository(GetParam());
  const Lines base = base_lines(random);
  repository.commit({{"f", join(base)}});
  repository.git("branch -q base");
  const Lines ours = edited(base, random);
  repository.commit({{"f", join(ours)}});
  repository.git("branch -q p0");
  repository.git("checkout -q base");
  repository.commit({{"f", join(edited(base, random))}});
  Lines result = ours;
  for (std::size_t i = 8; i < result.size(); i += 12) result[i] = "changed in the merge";
  repository.git("branch -q p1");
  repository.commit({{"f", join(result)}});
  std::string merge = repository.git("commit-tree -m merge -p p0 -p p1 HEAD^{tree}");
  merge.pop_back();
  const test::Parsed parsed = test::parse(repository.git("show --cc " + merge));
  ASSERT_FALSE(parsed.error) << to_string(parsed.error->code);
  ASSERT_EQ(parsed.files.size(), 1U);
  for (const test::ParsedLine& line : parsed.files[0].lines) {
    if (line.kind == diff::LineKind::kRemoved) continue;
    ASSERT_EQ(result.at(line.new_line - 1), line.text);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, DiffMerge, testing::Range(1U, 21U));
