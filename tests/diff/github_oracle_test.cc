// The shared diffs as GitHub lists them: the same answers as git's.
#include <gtest/gtest.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "coefficient/diff/github_files.h"
#include "coefficient/diff/summary.h"
#include "diff/github_form.h"
#include "diff/oracle.h"
#include "support/vectors.h"

namespace {

namespace diff = coefficient::diff;
namespace fs = std::filesystem;
using diff::FileSummary;
using nlohmann::json;

void expect_file(const FileSummary& ours, const json& theirs) {
  SCOPED_TRACE(theirs["new"].dump());
  EXPECT_EQ(std::string(1, static_cast<char>(ours.status)), theirs["status"].get<std::string>());
  EXPECT_EQ(test::path_of(ours.old_path), test::path_of(theirs["old"]));
  EXPECT_EQ(test::path_of(ours.new_path), test::path_of(theirs["new"]));
  EXPECT_FALSE(ours.old_mode || ours.new_mode || ours.binary || ours.truncated);
  if (theirs["binary"].get<bool>()) {
    EXPECT_EQ(ours.added.lines + ours.removed.lines, 0U);
  } else {
    test::expect_side(ours.added, theirs, "added");
    test::expect_side(ours.removed, theirs, "removed");
  }
}

struct Tally {
  std::size_t diffs = 0;
  std::size_t files = 0;
  std::size_t not_utf8 = 0;
  std::size_t not_split = 0;
};

void expect_github_form(const fs::path& path, const json& oracle, Tally& tally) {
  const auto form = test::github_form(test::read_file(path), oracle);
  if (!form) {
    std::cout << "not split into its files by this test: " << path.filename().string() << '\n';
    ++tally.not_split;
    return;
  }
  const std::string page = form->list.dump();
  const auto list = diff::parse_github_files(page, {.announced = {.files = form->list.size()}});
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_FALSE(list->truncated);
  const auto files = diff::summarize(*list);
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_EQ(files->size(), form->oracle.size());
  for (std::size_t i = 0; i < files->size(); ++i) expect_file((*files)[i], form->oracle[i]);
  ++tally.diffs;
  tally.files += files->size();
  tally.not_utf8 += form->not_utf8;
}

Tally expect_github_forms(const fs::path& directory) {
  Tally tally;
  for (const fs::path& path : test::files_below(directory, {".diff", ".mbox"})) {
    fs::path answer = path;
    answer.replace_extension(".json");
    if (!fs::exists(answer)) continue;
    const json oracle = test::read_json(answer);
    if (oracle["kind"] == "combined") continue;
    SCOPED_TRACE(path.filename().string());
    expect_github_form(path, oracle, tally);
  }
  std::cout << "compared " << tally.files << " files of " << tally.diffs << " diffs; left out "
            << tally.not_utf8 << " files that are not UTF-8\n";
  return tally;
}

}  // namespace

TEST(GithubOracle, EveryRealDiffIsExact) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "diff/real");
  const Tally tally = expect_github_forms(root);
  EXPECT_GE(tally.diffs, 60U);
  EXPECT_EQ(tally.not_split, 0U);
}

TEST(GithubOracle, EveryTrickyDiffIsExact) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "diff/tricky");
  const Tally tally = expect_github_forms(root);
  EXPECT_GE(tally.diffs, 100U);
  EXPECT_EQ(tally.not_split, 0U);
}
