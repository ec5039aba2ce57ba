// Damage and size: every truncation, and shapes that make a careless parser quadratic.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "coefficient/diff/minimizer.h"
#include "diff/minimized.h"
#include "diff/parsed.h"
#include "support/sanitizer.h"
#include "support/vectors.h"

namespace {

namespace diff = coefficient::diff;
using diff::Event;
using test::kHeaderOfX;
using test::Parsed;

std::string repeat(const std::string& text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

struct Counts {
  std::size_t files = 0, hunks = 0, lines = 0;
  bool error = false;
};

// Every byte is counted once, as content or as other: the work is bounded by the input.
Counts count(const std::string& text) {
  diff::Parser parser(test::bytes(text));
  Counts counts;
  std::uint64_t bytes = 0;
  while (true) {
    switch (parser.next()) {
      case Event::kFile:
        ++counts.files;
        break;
      case Event::kHunk:
        ++counts.hunks;
        break;
      case Event::kLine:
        ++counts.lines;
        bytes += parser.line().size;
        break;
      case Event::kError:
        counts.error = true;
        return counts;
      case Event::kEnd:
        EXPECT_EQ(bytes + parser.other_bytes(), text.size());
        return counts;
    }
  }
}

constexpr std::size_t kMillion = 1'000'000;

// A part says nothing that the whole does not.
void expect_part(const Parsed& part, const Parsed& whole) {
  ASSERT_LE(part.files.size(), whole.files.size());
  for (std::size_t i = 0; i < part.files.size(); ++i) {
    const test::ParsedFile& ours = part.files[i];
    const test::ParsedFile& full = whole.files[i];
    for (const auto& path : {ours.old_path, ours.new_path})
      EXPECT_TRUE(!path || path == full.old_path || path == full.new_path) << *path;
    EXPECT_TRUE(ours.status == full.status || full.status == 'T') << ours.status;
    const auto mine = test::changes(ours);
    const auto all = test::changes(full);
    ASSERT_LE(mine.size(), all.size());
    EXPECT_TRUE(std::equal(mine.begin(), mine.end(), all.begin()));
  }
}

}  // namespace

TEST(DiffHostile, NoTruncationSaysMoreThanTheWhole) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "diff/tricky");
  std::size_t cuts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (entry.path().extension() != ".diff" && entry.path().extension() != ".mbox") continue;
    if (entry.file_size() > 1500) continue;
    SCOPED_TRACE(entry.path().string());
    const std::string text = test::read_file(entry.path());
    const Parsed whole = test::parse(text);
    for (std::size_t size = 0; size < text.size(); ++size) {
      const std::string cut = text.substr(0, size);  // its own buffer: a read beyond is a fault
      const Parsed part = test::parse(cut);
      if (!part.error) {
        expect_part(part, whole);
      }
      ++cuts;
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(cuts, 20'000U);
}

TEST(DiffHostile, ALineOf100Megabytes) {
  const std::string line(100 * kMillion, 'x');
  const Counts counts = count(kHeaderOfX + "@@ -0,0 +1 @@\n+" + line + "\n");
  EXPECT_EQ(counts.lines, 1U);
  EXPECT_TRUE(count(line).files == 0);
  EXPECT_TRUE(count("diff --git " + line + "\n").error);
}

TEST(DiffHostile, AMillionFiles) {
  EXPECT_EQ(count(repeat("diff --git a/x b/x\nold mode 100644\nnew mode 100755\n", kMillion)).files,
            kMillion);
  EXPECT_EQ(count(repeat("--- a/x\n+++ b/x\n@@ -1 +0,0 @@\n-a\n", kMillion)).files, kMillion);
}

TEST(DiffHostile, AMillionHunks) {
  const Counts counts = count(kHeaderOfX + repeat("@@ -1 +1 @@\n-a\n+b\n", kMillion));
  EXPECT_EQ(counts.hunks, kMillion);
  EXPECT_EQ(counts.lines, 2 * kMillion);
}

TEST(DiffHostile, ShapesThatTemptToRescan) {
  const std::string from =
      "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: a\n";
  for (const std::string& text :
       {repeat("---\n", kMillion), repeat("--- a\n", kMillion), repeat("--- a\n+++ b\n", kMillion),
        from + repeat("---\n", kMillion), from + repeat("---\n \n", kMillion),
        repeat(from, 100'000), from + repeat("---\n 1 file changed\n\n", kMillion),
        repeat("From \n", kMillion), repeat("@@ -", kMillion),
        "diff --cc x\nindex " + repeat(",", kMillion) + "..0\n"})
    EXPECT_EQ(count(text).files, 0U);
  for (const std::string& names :
       {std::string(kMillion, ' '), repeat("a ", kMillion), repeat("a/ ", kMillion),
        repeat("/ ", kMillion), "\"" + repeat("\\\\", kMillion) + "\" x"})
    (void)count("diff --git " + names + "\n");
  EXPECT_TRUE(count(kHeaderOfX + std::string(kMillion, '@') + "\n").error);
}

// Under a sanitizer a million takes minutes.
constexpr std::size_t kOften = test::kSanitized ? kMillion / 10 : kMillion;

// Through all stages, under a budget: two passes over everything.
TEST(DiffHostile, TheWholePipelineIsLinear) {
  diff::Policy policy;
  policy.budget_bytes = 100'000;
  policy.collapse_whitespace = true;
  const diff::Minimizer minimizer = test::minimizer(policy);
  const std::string secrets = "eyJhSK0AKIA://x:y@password='sk_live_-----BEGIN ";
  for (const std::string& text :
       {kHeaderOfX + "@@ -0,0 +1 @@\n+" + std::string(100 * kOften, 'x') + "\n",
        kHeaderOfX + "@@ -0,0 +1 @@\n+" + repeat(secrets, kOften) + "\n",
        repeat("--- a/x\n+++ b/x\n@@ -1 +0,0 @@\n-a\n", kOften),
        kHeaderOfX + repeat("@@ -1 +1 @@\n-a\n+b\n", kOften),
        kHeaderOfX + "@@ -1," + std::to_string(kOften) + " +1," + std::to_string(kOften) + " @@\n" +
            repeat("-a b\n", kOften) + repeat("+ a b\n", kOften)}) {
    const auto out =
        minimizer.minimize({.title = "", .description = "", .diff = test::bytes(text)});
    ASSERT_TRUE(out) << out.error().message;
    EXPECT_LE(out->json.size(), 100'000U);
    test::expect_balance(out->report, text);
  }
}

TEST(DiffHostile, AHundredThousandTypeChanges) {
  const std::string change =
      "diff --git a/x b/x\ndeleted file mode 100644\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
      "diff --git a/x b/x\nnew file mode 120000\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+b\n";
  const std::string text = repeat(change, 100'000);
  const auto out = test::default_minimizer().minimize(
      {.title = "", .description = "", .diff = test::bytes(text)});
  ASSERT_TRUE(out);
  EXPECT_EQ(out->report.files, 100'000U);
  EXPECT_TRUE(nlohmann::json::accept(out->json));
}

// Counts far beyond what follows cost nothing.
TEST(DiffHostile, HugeCountsAllocateNothing) {
  EXPECT_TRUE(count(kHeaderOfX + "@@ -1,2147483648 +1,2147483648 @@\n a\n").error);
  EXPECT_TRUE(count("diff --git a/x b/x\nGIT binary patch\nliteral 99999999999999999999\n").error);
}
