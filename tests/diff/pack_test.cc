// Budgets: what is kept when not everything fits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "coefficient/diff/minimizer.h"
#include "diff/minimized.h"
#include "diff/parsed.h"
#include "support/vectors.h"

namespace {

namespace diff = coefficient::diff;
using nlohmann::json;
using testing::ElementsAre;

// A file with one hunk of added lines for each count.
std::string file(const std::string& path, const std::vector<int>& hunks) {
  std::string text = "diff --git a/" + path + " b/" + path + "\nindex 0a1..0b2 100644\n--- a/" +
                     path + "\n+++ b/" + path + "\n";
  int line = 10;
  int shift = 0;
  for (const int count : hunks) {
    text += "@@ -" + std::to_string(line) + ",0 +" + std::to_string(line + shift + 1) + "," +
            std::to_string(count) + " @@\n";
    for (int i = 0; i < count; ++i) text += "+line of twenty bytes\n";
    line += 100;
    shift += count;
  }
  return text;
}

diff::Policy budget(std::uint64_t bytes) {
  diff::Policy policy = test::verbatim_policy();
  policy.budget_bytes = bytes;
  return policy;
}

diff::Minimized minimized(const diff::Policy& policy, const std::string& text) {
  auto out = test::minimizer(policy).minimize(
      {.title = "T", .description = "D", .diff = test::bytes(text)});
  EXPECT_TRUE(out) << out.error().message;
  return out ? *std::move(out) : diff::Minimized{};
}

// Lines per hunk, per file.
std::vector<std::vector<std::size_t>> shape(const diff::Minimized& out) {
  std::vector<std::vector<std::size_t>> shape;
  const json document = json::parse(out.json);
  for (const json& one : document["files"]) {
    shape.emplace_back();
    for (const json& hunk : one["hunks"]) shape.back().push_back(hunk.size());
  }
  return shape;
}

std::uint64_t full_size(const std::string& text) {
  return minimized(test::verbatim_policy(), text).json.size();
}

}  // namespace

TEST(DiffPack, EnoughIsEverything) {
  const std::string text = file("a.c", {2, 3}) + file("b.c", {1});
  // What a budget keeps back: `,"partial":true` for each file, and the end of the whole.
  const diff::Minimized out = minimized(budget(full_size(text) + 120), text);
  EXPECT_EQ(out.json, minimized(test::verbatim_policy(), text).json);
  EXPECT_EQ(out.report.withheld_budget_lines, 0U);
}

TEST(DiffPack, OneFileCannotStarveTheRest) {
  const std::string text = file("a.c", std::vector<int>(50, 10)) + file("b.c", {10});
  const diff::Minimized out = minimized(budget(2000), text);
  EXPECT_LE(out.json.size(), 2000U);
  const auto kept = shape(out);
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_THAT(kept[1], ElementsAre(10U));
  EXPECT_FALSE(kept[0].empty());
  EXPECT_LT(kept[0].size(), 50U);
  const json files = json::parse(out.json)["files"];
  EXPECT_EQ(files[0]["partial"], true);
  EXPECT_EQ(files[0]["added"], 500);
  EXPECT_FALSE(files[1].contains("partial"));
}

TEST(DiffPack, SourceGoesBeforeTestsAndDocs) {
  const std::string text =
      file("docs/x.md", {10}) + file("tests/x_test.c", {10}) + file("src/x.c", {10});
  const diff::Minimized out = minimized(budget(full_size(text) - 400), text);
  EXPECT_EQ(shape(out), (std::vector<std::vector<std::size_t>>{{}, {10}, {10}}));
  const diff::Minimized less = minimized(budget(full_size(text) - 900), text);
  EXPECT_EQ(shape(less), (std::vector<std::vector<std::size_t>>{{}, {}, {10}}));
}

TEST(DiffPack, AHunkWithoutRoomIsPassedOver) {
  const std::string text = file("a.c", {2, 30, 2}) + file("b.c", {30});
  const diff::Minimized out = minimized(budget(full_size(text) - 1000), text);
  EXPECT_EQ(shape(out), (std::vector<std::vector<std::size_t>>{{2, 2}, {30}}));
}

TEST(DiffPack, OnlyAnOversizedHunkIsCut) {
  const std::string text = file("a.c", {1000}) + file("b.c", {3}) + file("c.c", {1000});
  const diff::Minimized out = minimized(budget(8000), text);
  EXPECT_LE(out.json.size(), 8000U);
  const auto kept = shape(out);
  ASSERT_EQ(kept.size(), 3U);
  ASSERT_EQ(kept[0].size(), 1U);
  ASSERT_EQ(kept[2].size(), 1U);
  EXPECT_THAT(kept[1], ElementsAre(3U));
  EXPECT_GT(kept[0][0], 10U);
  EXPECT_NEAR(static_cast<double>(kept[0][0]), static_cast<double>(kept[2][0]), 2.0);
  EXPECT_GT(out.json.size(), 7800U) << "room was left unused";
  // The lines that stay are the first ones.
  EXPECT_EQ(json::parse(out.json)["files"][0]["hunks"][0][0]["line"], 11);
}

TEST(DiffPack, FilesThatHaveNoRoomAreCounted) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += file("src/file" + std::to_string(i) + ".c", {1});
  const diff::Minimized out = minimized(budget(3000), text);
  const json document = json::parse(out.json);
  EXPECT_LE(out.json.size(), 3000U);
  EXPECT_EQ(document["files_omitted"].get<std::size_t>() + document["files"].size(), 100U);
  EXPECT_EQ(out.report.omitted_files, document["files_omitted"].get<std::uint64_t>());
  test::expect_balance(out.report, text);
}

TEST(DiffPack, ABudgetBelowTheFrameIsRefused) {
  const std::string text = file("a.c", {1});
  const auto out = test::minimizer(budget(50))
                       .minimize({.title = "T", .description = "D", .diff = test::bytes(text)});
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, coefficient::ErrorCode::kResourceExhausted);
}

TEST(DiffPack, TokensAreBytesUnlessTheHostCountsThem) {
  const std::string text = file("a.c", {10, 10, 10});
  diff::Policy policy = test::verbatim_policy();
  policy.budget_tokens = 500;
  EXPECT_LE(minimized(policy, text).json.size(), 1500U);
  policy.bytes_per_token = 1;
  EXPECT_LE(minimized(policy, text).json.size(), 500U);

  // 4 tokens a line, 2 a hunk and so on: whatever a host counts, the sum is kept.
  std::uint64_t counted = 0;
  const diff::Minimizer counting = test::minimizer(policy, [&](std::string_view piece) {
    ++counted;
    return piece.size() < 10 ? std::uint64_t{2} : std::uint64_t{20};
  });
  const auto out = counting.minimize({.title = "T", .description = "D", .diff = test::bytes(text)});
  ASSERT_TRUE(out);
  EXPECT_GT(counted, 30U);
  // 500 = frame 20, file 20 + 20, hunk 2, lines 20 each.
  EXPECT_EQ(shape(*out), (std::vector<std::vector<std::size_t>>{{10, 10}}));
}

// The bound holds and the choice is the same every time, whatever the change and the budget.
TEST(DiffPack, RandomBudgetsHold) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "diff/real");
  const std::uint32_t seed = 20261124;
  RecordProperty("seed", static_cast<int>(seed));
  std::mt19937 random(seed);
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (entry.path().extension() != ".diff") continue;
    SCOPED_TRACE(entry.path().string());
    const std::string text = test::read_file(entry.path());
    const std::uint64_t whole = full_size(text);
    std::uint64_t before = 0;
    for (std::uint64_t size = 200; size < whole * 2; size += 1 + random() % (whole / 3 + 100)) {
      const diff::Minimized out = minimized(budget(size), text);
      ASSERT_LE(out.json.size(), size);
      ASSERT_EQ(out.json, minimized(budget(size), text).json);
      ASSERT_FALSE(json::parse(out.json, nullptr, false).is_discarded());
      test::expect_balance(out.report, text);
      before = out.json.size();
    }
    EXPECT_GT(before, 0U);
    ++seen;
  }
  EXPECT_GE(seen, 80U);
}
