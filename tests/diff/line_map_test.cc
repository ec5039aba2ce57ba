#include "coefficient/diff/line_map.h"

#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "diff/github_form.h"
#include "diff/oracle.h"
#include "diff/parsed.h"
#include "support/vectors.h"

namespace {

namespace diff = coefficient::diff;
namespace fs = std::filesystem;
using coefficient::Result;
using diff::LineMap;
using diff::Position;
using diff::PositionRefusal;
using diff::Side;

std::string verdict(const LineMap& map, const Position& position) {
  const Result<void, PositionRefusal> ok = map.check(position);
  return ok ? "ok" : std::string(to_string(ok.error()));
}

// Every line of every hunk by itself: what a LineMap has to say, the long way round.
class NaiveMap {
 public:
  struct Place {
    std::size_t hunk = 0;
    std::size_t row = 0;
  };
  struct File {
    std::string statuses;  // of the sections with this path
    std::map<std::pair<Side, std::uint64_t>, Place> lines;
    std::size_t hunks = 0;
    std::uint64_t last = 0;
  };

  void add(diff::Parser& parser) {
    std::size_t row = 0;
    File* file = nullptr;
    for (diff::Event event = parser.next(); event != diff::Event::kEnd; event = parser.next()) {
      ASSERT_NE(event, diff::Event::kError);
      const diff::FileHeader& header = parser.file();
      if (event == diff::Event::kFile) {
        file = &files_[std::string(header.new_path ? *header.new_path : *header.old_path)];
        if (!header.replaces_previous) file->statuses += static_cast<char>(header.status);
      }
      if (header.parents > 1) continue;
      if (event == diff::Event::kHunk) ++file->hunks;
      if (event == diff::Event::kLine) {
        const diff::Line& line = parser.line();
        const Place place{file->hunks, row++};
        if (line.kind != diff::LineKind::kAdded) file->lines[{Side::kLeft, line.old_line}] = place;
        if (line.kind != diff::LineKind::kRemoved)
          file->lines[{Side::kRight, line.new_line}] = place;
        file->last = std::max({file->last, line.old_line, line.new_line});
      }
    }
  }

  [[nodiscard]] const std::map<std::string, File>& files() const { return files_; }

  [[nodiscard]] std::string verdict(const Position& position) const {
    const auto found = files_.find(std::string(position.path));
    if (found == files_.end()) return "unknown_path";
    const File& file = found->second;
    if (file.statuses.size() > 1 && file.statuses != "DA" && file.statuses != "AD")
      return "ambiguous_path";
    if (file.hunks == 0) return "no_lines";
    const auto end = file.lines.find({position.side, position.line});
    if (end == file.lines.end()) return "line_not_in_diff";
    if (!position.start_line) return "ok";
    const auto start =
        file.lines.find({position.start_side.value_or(position.side), *position.start_line});
    if (start == file.lines.end()) return "start_not_in_diff";
    if (start->second.hunk != end->second.hunk) return "other_hunk";
    return start->second.row < end->second.row ? "ok" : "start_not_before_line";
  }

 private:
  std::map<std::string, File> files_;
};

struct MapTally {
  std::size_t lines = 0;
  std::size_t ranges = 0;
  std::size_t accepted = 0;
};

// Every line of every file up to a bit beyond the last hunk, and ranges of lines at random.
void expect_same(const LineMap& map, const NaiveMap& naive, std::mt19937_64& random,
                 MapTally& tally) {
  for (const auto& [path, file] : naive.files()) {
    for (const Side side : {Side::kLeft, Side::kRight}) {
      for (std::uint64_t line = 0; line <= file.last + 2; ++line) {
        const Position position{.path = path, .line = line, .side = side};
        const std::string ours = verdict(map, position);
        ASSERT_EQ(ours, naive.verdict(position)) << path << ":" << line;
        ++tally.lines;
        tally.accepted += ours == "ok" ? 1U : 0U;
      }
    }
    std::vector<std::pair<Side, std::uint64_t>> lines{{Side::kLeft, file.last + 1},
                                                      {Side::kRight, 0}};
    for (const auto& [line, place] : file.lines) lines.push_back(line);
    for (std::size_t i = 0; i < std::min<std::size_t>(lines.size() * 20, 2000); ++i) {
      const auto& [side, line] = lines[random() % lines.size()];
      auto [start_side, start] = lines[random() % lines.size()];
      if (random() % 2 == 0) start = line + random() % 9 - 4;  // nearby
      const Position position{
          .path = path, .line = line, .side = side, .start_line = start, .start_side = start_side};
      const std::string ours = verdict(map, position);
      ASSERT_EQ(ours, naive.verdict(position))
          << path << ": " << static_cast<int>(start_side) << "," << start << " to "
          << static_cast<int>(side) << "," << line;
      ++tally.ranges;
      tally.accepted += ours == "ok" ? 1U : 0U;
    }
  }
}

void expect_same(const std::string& text, std::mt19937_64& random, MapTally& tally) {
  const Result<LineMap> map = LineMap::create(test::bytes(text));
  ASSERT_TRUE(map) << map.error().message;
  NaiveMap naive;
  diff::Parser parser(test::bytes(text));
  naive.add(parser);
  expect_same(*map, naive, random, tally);
}

constexpr std::uint64_t kSeed = 20240229;

void expect_same_below(const fs::path& root, MapTally& tally) {
  std::cout << "seed " << kSeed << '\n';
  std::mt19937_64 random(kSeed);
  for (const fs::path& path : test::files_below(root, {".diff", ".mbox"})) {
    SCOPED_TRACE(path.filename().string());
    expect_same(test::read_file(path), random, tally);
    if (testing::Test::HasFatalFailure()) return;
  }
  std::cout << tally.lines << " lines and " << tally.ranges << " ranges, of which "
            << tally.accepted << " were accepted\n";
}

// One hunk of random rows in any order, which git would not write but another tool may.
std::string random_hunk(std::mt19937_64& random, std::uint64_t& old_line, std::uint64_t& new_line) {
  std::string rows;
  std::uint64_t old_count = 0;
  std::uint64_t new_count = 0;
  const std::size_t size = random() % 12;
  for (std::size_t i = 0; i < size; ++i) {
    const char column = " +-+-"[random() % 5];
    rows += std::string(1, column) + "x\n";
    old_count += column != '+' ? 1U : 0U;
    new_count += column != '-' ? 1U : 0U;
  }
  const std::uint64_t gap = random() % 4;
  const auto range = [&](std::uint64_t& line, std::uint64_t count) {
    line += gap;
    const std::uint64_t start = count == 0 ? line - 1 : line;
    line += count;
    return std::to_string(start) + "," + std::to_string(count);
  };
  const std::string old_range = range(old_line, old_count);
  return "@@ -" + old_range + " +" + range(new_line, new_count) + " @@\n" + rows;
}

constexpr const char* kFourFiles =
    "diff --git a/m b/m\n--- a/m\n+++ b/m\n"
    "@@ -10,4 +10,5 @@\n a\n-b\n+c\n+d\n e\n f\n"  // 10 a, -11 b, +11 c, +12 d, 12/13 e, 13/14 f
    "@@ -30,2 +31,1 @@\n-g\n h\n"
    "diff --git a/old b/new\nsimilarity index 90%\nrename from old\nrename to new\n"
    "--- a/old\n+++ b/new\n@@ -1 +1 @@\n-a\n+b\n"
    "diff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n@@ -1,2 +0,0 "
    "@@\n"
    "-a\n-b\n"
    "diff --git a/p b/q\nsimilarity index 100%\nrename from p\nrename to q\n"
    "diff --git a/i b/i\nBinary files a/i and b/i differ\n";

}  // namespace

TEST(LineMap, SaysWhereAndWhyNot) {
  const auto map = LineMap::create(test::bytes(kFourFiles));
  ASSERT_TRUE(map) << map.error().message;
  struct Case {
    Position position;
    const char* expected;
  };
  constexpr Side kLeft = Side::kLeft;
  constexpr Side kRight = Side::kRight;
  for (const Case& c : std::vector<Case>{
           {{.path = "m", .line = 10}, "ok"},
           {{.path = "m", .line = 10, .side = kLeft}, "ok"},
           {{.path = "m", .line = 14}, "ok"},
           {{.path = "m", .line = 14, .side = kLeft}, "line_not_in_diff"},
           {{.path = "m", .line = 9}, "line_not_in_diff"},
           {{.path = "m", .line = 15}, "line_not_in_diff"},
           {{.path = "m", .line = 0}, "line_not_in_diff"},
           {{.path = "m", .line = UINT64_MAX}, "line_not_in_diff"},
           {{.path = "m", .line = 31}, "ok"},
           {{.path = "m", .line = 32}, "line_not_in_diff"},
           {{.path = "m", .line = 31, .side = kLeft}, "ok"},
           {{.path = "n", .line = 10}, "unknown_path"},
           {{.path = "", .line = 10}, "unknown_path"},
           {{.path = "a/m", .line = 10}, "unknown_path"},
           {{.path = "new", .line = 1, .side = kLeft}, "ok"},
           {{.path = "old", .line = 1, .side = kLeft}, "unknown_path"},
           {{.path = "gone", .line = 2, .side = kLeft}, "ok"},
           {{.path = "gone", .line = 2}, "line_not_in_diff"},
           {{.path = "gone", .line = 0}, "line_not_in_diff"},
           {{.path = "q", .line = 1}, "no_lines"},
           {{.path = "p", .line = 1}, "unknown_path"},
           {{.path = "i", .line = 1}, "no_lines"},
           {{.path = "m", .line = 14, .start_line = 10}, "ok"},
           {{.path = "m", .line = 14, .start_line = 9}, "start_not_in_diff"},
           {{.path = "m", .line = 14, .start_line = 14}, "start_not_before_line"},
           {{.path = "m", .line = 13, .start_line = 14}, "start_not_before_line"},
           {{.path = "m", .line = 31, .start_line = 14}, "other_hunk"},
           {{.path = "m", .line = 14, .start_line = 31}, "other_hunk"},
           {{.path = "m", .line = 99, .start_line = 31}, "line_not_in_diff"},
           {{.path = "m", .line = 14, .start_side = kLeft}, "start_side_without_line"},
           // Rows: 10|10 a, 11|- b, -|11 c, -|12 d, 12|13 e, 13|14 f.
           {{.path = "m", .line = 11, .start_line = 11, .start_side = kLeft}, "ok"},
           {{.path = "m", .line = 11, .start_line = 12, .start_side = kLeft},
            "start_not_before_line"},
           {{.path = "m", .line = 13, .start_line = 12, .start_side = kLeft},
            "start_not_before_line"},
           {{.path = "m", .line = 14, .start_line = 12, .start_side = kLeft}, "ok"},
           {{.path = "m", .line = 10, .start_line = 10, .start_side = kLeft},
            "start_not_before_line"},
           {{.path = "m", .line = 11, .side = kLeft, .start_line = 10, .start_side = kRight}, "ok"},
           {{.path = "m", .line = 11, .side = kLeft, .start_line = 11, .start_side = kRight},
            "start_not_before_line"},
           {{.path = "m", .line = 12, .side = kLeft, .start_line = 12, .start_side = kRight}, "ok"},
           {{.path = "m", .line = 12, .side = kLeft, .start_line = 13, .start_side = kRight},
            "start_not_before_line"}})
    EXPECT_EQ(verdict(*map, c.position), c.expected)
        << c.position.path << ":" << c.position.line << " from "
        << c.position.start_line.value_or(0);
}

TEST(LineMap, APathOfTwoCommitsIsAmbiguous) {
  const std::string file = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";
  const std::string text = file + "--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n" + file;
  const auto map = LineMap::create(test::bytes(text));
  ASSERT_TRUE(map);
  EXPECT_EQ(verdict(*map, {.path = "x", .line = 1}), "ambiguous_path");
  EXPECT_EQ(verdict(*map, {.path = "y", .line = 1}), "ok");

  const std::string added = "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+b\n";
  const std::string removed = "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-b\n";
  const auto again = LineMap::create(test::bytes(added + removed + added));
  ASSERT_TRUE(again);
  EXPECT_EQ(verdict(*again, {.path = "x", .line = 1}), "ambiguous_path");
}

TEST(LineMap, ATypeChangeHasBothSidesInBothForms) {
  const std::string text =
      "diff --git a/x b/x\ndeleted file mode 100644\n--- a/x\n+++ /dev/null\n@@ -1,2 +0,0 "
      "@@\n-a\n-b\n"
      "diff --git a/x b/x\nnew file mode 120000\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+b\n";
  diff::GithubFiles list;
  list.files.push_back({.status = diff::FileStatus::kDeleted,
                        .path = "x",
                        .previous_path = {},
                        .patch = "@@ -1,2 +0,0 @@\n-a\n-b",
                        .deletions = 2});
  list.files.push_back({.status = diff::FileStatus::kAdded,
                        .path = "x",
                        .previous_path = {},
                        .patch = "@@ -0,0 +1 @@\n+b",
                        .additions = 1});
  for (const auto& map : {LineMap::create(test::bytes(text)), LineMap::create(list)}) {
    ASSERT_TRUE(map);
    EXPECT_EQ(verdict(*map, {.path = "x", .line = 2, .side = Side::kLeft}), "ok");
    EXPECT_EQ(verdict(*map, {.path = "x", .line = 1}), "ok");
    EXPECT_EQ(verdict(*map, {.path = "x", .line = 2}), "line_not_in_diff");
    EXPECT_EQ(verdict(*map, {.path = "x", .line = 1, .start_line = 1, .start_side = Side::kLeft}),
              "other_hunk");
  }
}

TEST(LineMap, ACombinedDiffHasNoPositions) {
  const auto map = LineMap::create(test::bytes(
      "diff --cc x\nindex 1,2..3\n--- a/x\n+++ b/x\n@@@ -1,1 -1,1 +1,1 @@@\n--a\n++b\n"));
  ASSERT_TRUE(map) << map.error().message;
  EXPECT_EQ(verdict(*map, {.path = "x", .line = 1}), "no_lines");
}

TEST(LineMap, RefusesHunksThatOverlapOrRunBackwards) {
  const auto code = [](const std::string& hunks) {
    const auto map = LineMap::create(test::bytes("--- a/x\n+++ b/x\n" + hunks));
    return map ? "" : map.error().message;
  };
  const std::string fault = "the hunks of file 1 of the diff overlap or run backwards";
  EXPECT_EQ(code("@@ -5 +5 @@\n-a\n+b\n@@ -6 +6 @@\n-a\n+b\n"), "");
  EXPECT_EQ(code("@@ -5 +5 @@\n-a\n+b\n@@ -5 +6 @@\n-a\n+b\n"), fault);
  EXPECT_EQ(code("@@ -5 +5 @@\n-a\n+b\n@@ -6 +5 @@\n-a\n+b\n"), fault);
  EXPECT_EQ(code("@@ -5 +5 @@\n-a\n+b\n@@ -1 +1 @@\n-a\n+b\n"), fault);
  EXPECT_EQ(code("@@ -5 +5 @@\n-a\n"),
            "diff line 5 (byte 31): truncated: less follows than was "
            "announced");
}

TEST(LineMap, LinesAtTheLimitsOfNumbers) {
  const auto zero = LineMap::create(test::bytes("--- a/x\n+++ b/x\n@@ -0,2 +0,2 @@\n-a\n+b\n c\n"));
  ASSERT_TRUE(zero);
  EXPECT_EQ(verdict(*zero, {.path = "x", .line = 0}), "line_not_in_diff");
  EXPECT_EQ(verdict(*zero, {.path = "x", .line = 1, .start_line = 0}), "start_not_in_diff");
  EXPECT_EQ(verdict(*zero, {.path = "x", .line = 1}), "ok");

  const auto map =
      LineMap::create(test::bytes("--- a/x\n+++ b/x\n@@ -2147483648 +2147483648,2 @@\n a\n+b\n"));
  ASSERT_TRUE(map);
  EXPECT_EQ(verdict(*map, {.path = "x", .line = 2147483649, .start_line = 2147483648}), "ok");
  EXPECT_EQ(verdict(*map, {.path = "x", .line = 2147483650}), "line_not_in_diff");
}

TEST(LineMap, EveryRefusalHasASpelling) {
  for (int i = 1; i <= 8; ++i)
    EXPECT_NE(to_string(static_cast<PositionRefusal>(i)), "unknown") << i;
  EXPECT_EQ(to_string(static_cast<PositionRefusal>(9)), "unknown");
}

TEST(LineMap, AgreesWithANaiveMapOnRealDiffs) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "diff/real");
  MapTally tally;
  expect_same_below(root, tally);
  EXPECT_GT(tally.accepted, 100'000U);
}

TEST(LineMap, AgreesWithANaiveMapOnTrickyDiffs) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "diff/tricky");
  MapTally tally;
  expect_same_below(root, tally);
  EXPECT_GT(tally.accepted, 10'000U);
}

TEST(LineMap, AgreesWithANaiveMapOnRowsInAnyOrder) {
  std::cout << "seed " << kSeed << '\n';
  std::mt19937_64 random(kSeed);
  MapTally tally;
  for (int round = 0; round < 500; ++round) {
    std::string text = "--- a/x\n+++ b/x\n";
    std::uint64_t old_line = 1;
    std::uint64_t new_line = 1 + random() % 3;
    for (std::size_t hunks = 1 + random() % 4; hunks > 0; --hunks)
      text += random_hunk(random, old_line, new_line);
    SCOPED_TRACE(text);
    expect_same(text, random, tally);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(tally.accepted, 20'000U);
}

TEST(LineMap, IsTheSameFromGithubsList) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "diff/real");
  std::mt19937_64 random(kSeed);
  MapTally tally;
  for (const fs::path& path : test::files_below(root, {".diff"})) {
    fs::path answer = path;
    answer.replace_extension(".json");
    const nlohmann::json oracle = test::read_json(answer);
    if (oracle["kind"] == "combined") continue;
    SCOPED_TRACE(path.filename().string());
    const auto form = test::github_form(test::read_file(path), oracle);
    ASSERT_TRUE(form);
    const auto list = diff::parse_github_files(form->list.dump());
    ASSERT_TRUE(list) << list.error().message;
    const auto map = LineMap::create(*list);
    ASSERT_TRUE(map) << map.error().message;
    NaiveMap naive;
    const std::string text = test::read_file(path);
    diff::Parser parser(test::bytes(text));
    naive.add(parser);
    expect_same(*map, naive, random, tally);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(tally.accepted, 50'000U);
}
