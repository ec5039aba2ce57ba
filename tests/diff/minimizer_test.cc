#include "coefficient/diff/minimizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "coefficient/core/encoding.h"
#include "diff/minimized.h"
#include "diff/parsed.h"
#include "support/vectors.h"

namespace {

namespace diff = coefficient::diff;
using nlohmann::json;
using test::kHeaderOfX;
using testing::HasSubstr;
using testing::Not;

diff::Minimized minimized(const std::string& text, std::string_view title = "",
                          std::string_view description = "") {
  auto out = test::verbatim_minimizer().minimize(
      {.title = title, .description = description, .diff = test::bytes(text)});
  EXPECT_TRUE(out) << out.error().message;
  return out ? *std::move(out) : diff::Minimized{};
}

}  // namespace

TEST(DiffMinimizer, WritesExactlyTheDocumentedJson) {
  const std::string text = "commit 123\n\n    message\n\n" + kHeaderOfX +
                           "@@ -6,3 +6,3 @@ heading\n context\n-int x\n+int \"x\";\n"
                           "\\ No newline at end of file\n@@ -20 +20,0 @@\n-gone\n";
  // The second hunk cannot stand after the end of the file, but who reads a diff does not know.
  std::string expected =
      R"({"version":1,"title":"T","description":"D\n","files":[{"status":"M","old":{"path":"x"},)"
      R"("new":{"path":"x"},"binary":false,"mode_changed":false,"submodule":false,"combined":false,)"
      R"("hunks":[[{"op":"-","line":7,"text":"int x"},{"op":"+","line":7,"text":"int \"x\";",)"
      R"("no_newline":true}],[{"op":"-","line":20,"text":"gone"}]],"added":1,"removed":2}]})";
  std::string whole = text;
  whole.replace(whole.find("-6,3 +6,3"), 9, "-6,2 +6,2");
  const diff::Minimized out = minimized(whole, "T", "D\n");
  EXPECT_EQ(out.json, expected);
  EXPECT_EQ(out.report.files, 1U);
  EXPECT_EQ(out.report.hunks, 2U);
  EXPECT_EQ(out.report.added_lines, 1U);
  EXPECT_EQ(out.report.removed_lines, 2U);
  EXPECT_EQ(out.report.withheld_context_lines, 1U);
  EXPECT_EQ(out.report.output_bytes, out.json.size());
  test::expect_balance(out.report, whole);
}

TEST(DiffMinimizer, AnEmptyDiffIsNoFiles) {
  EXPECT_EQ(minimized("").json, R"({"version":1,"title":"","description":"","files":[]})");
}

TEST(DiffMinimizer, CombinedLinesHaveColumns) {
  const json out = json::parse(
      minimized("diff --cc x\nindex 0,1..3\n--- a/x\n+++ b/x\n@@@ -1 -1 +1 @@@\n- a\n -b\n++c\n")
          .json);
  const json& file = out["files"][0];
  EXPECT_EQ(file["combined"], true);
  EXPECT_EQ(file["hunks"][0][0], (json{{"op", "-"}, {"columns", "- "}, {"text", "a"}}));
  EXPECT_EQ(file["hunks"][0][2],
            (json{{"op", "+"}, {"columns", "++"}, {"line", 1}, {"text", "c"}}));
}

TEST(DiffMinimizer, BytesThatAreNotUtf8StandUnderAnotherName) {
  const std::vector<std::string> bad = {"\xff",
                                        "\xc3",
                                        "\xc0\xaf",
                                        "\xed\xa0\x80",
                                        "\xf4\x90\x80\x80",
                                        "a\x80"
                                        "b",
                                        "\xe2\x82",
                                        "12345678\xfe"};
  for (const std::string& line : bad) {
    const json out =
        json::parse(minimized(kHeaderOfX + "@@ -0,0 +1 @@\n+" + line + "\n", line, line).json);
    const json& kept = out["files"][0]["hunks"][0][0];
    const std::string base64 = coefficient::base64_encode(test::bytes(line));
    EXPECT_EQ(kept["text_base64"], base64);
    EXPECT_FALSE(kept.contains("text"));
    EXPECT_EQ(out["title_base64"], base64);
    EXPECT_EQ(out["description_base64"], base64);
  }
  const json path =
      json::parse(minimized("diff --git \"a/\\351\" \"b/\\351\"\nnew file mode 100644\n").json);
  EXPECT_EQ(path["files"][0]["new"], (json{{"path_hex", "e9"}}));
}

TEST(DiffMinimizer, EveryUtf8LineComesBackFromTheJson) {
  std::string all;
  for (int c = 0; c < 0x80; ++c)
    if (c != '\n') all.push_back(static_cast<char>(c));
  for (const std::string& line :
       {all, std::string("caf\xc3\xa9 \xe2\x80\xa8 \xe2\x80\xae \xf0\x9f\x98\x80"),
        std::string("\xef\xbf\xbd\xee\x80\x80\xf4\x8f\xbf\xbf")}) {
    const json out = json::parse(minimized(kHeaderOfX + "@@ -0,0 +1 @@\n+" + line + "\n").json);
    EXPECT_EQ(out["files"][0]["hunks"][0][0]["text"].get<std::string>(), line);
  }
}

TEST(DiffMinimizer, IdsOfSubmodulesStay) {
  const std::string id(40, 'a');
  const std::string update =
      "diff --git a/s b/s\nindex aaaa..bbbb 160000\n--- a/s\n+++ b/s\n@@ -1 +1 @@\n"
      "-Subproject commit " +
      id + "\n+Subproject commit " + id + "-dirty\n";
  const diff::Minimized out = minimized(update);
  EXPECT_THAT(out.json, Not(HasSubstr("aaaa")));
  const json file = json::parse(out.json)["files"][0];
  EXPECT_EQ(file["submodule"], true);
  EXPECT_TRUE(file["hunks"].empty());
  EXPECT_EQ(out.report.withheld_other_lines, test::count_lines(update));
  test::expect_balance(out.report, update);
  const std::string combined =
      "diff --cc s\nindex 0,1..3\n--- a/s\n+++ b/s\n@@@ -1 -1 +1 @@@\n- Subproject commit " + id +
      "\n -Subproject commit " + id + "\n++Subproject commit " + id + "\n";
  EXPECT_THAT(minimized(combined).json, Not(HasSubstr("aaaa")));
}

// GitHub's list and a plain diff have no modes.
TEST(DiffMinimizer, IdsOfSubmodulesStayWhereNoModeIsKnown) {
  const std::string id(40, 'a');
  const std::string removed = "-Subproject commit " + id + "\n";
  const std::string added = "+Subproject commit " + id + "\n";
  struct Case {
    std::string patch;
    bool submodule;
  };
  const std::vector<Case> cases = {
      {"@@ -1 +1 @@\n" + removed + added, true},
      {"@@ -0,0 +1 @@\n" + added, true},
      {"@@ -1 +0,0 @@\n" + removed, true},
      {"@@ -1 +1 @@\n-Subproject commit " + std::string(64, 'a') + "\n+Subproject commit " + id +
           "-dirty\n",
       true},
      {"@@ -1 +1 @@\n" + removed + added + "@@ -9 +9 @@\n-a\n+b\n", false},
      {"@@ -1 +1 @@\n-x\n" + added, false},
      {"@@ -1 +1,2 @@\n" + removed + added + "+evil\n", false},
      {"@@ -2 +2 @@\n" + removed + added, false},
      {"@@ -1,2 +1,2 @@\n context\n" + removed + added, false},
      {"@@ -1 +1 @@\n" + removed + added + "\\ No newline at end of file\n", false},
      {"@@ -1 +1 @@\n" + removed + "+Subproject commit " + id + " evil\n", false}};
  for (const Case& c : cases) {
    const std::string plain = "--- a/s\n+++ b/s\n" + c.patch;
    const json list = json::array({{{"filename", "s"},
                                    {"status", "modified"},
                                    {"additions", 0},
                                    {"deletions", 0},
                                    {"changes", 0},
                                    {"patch", c.patch}}});
    const std::string text = list.dump();
    const auto listed =
        test::default_minimizer().minimize({.title = "",
                                            .description = "",
                                            .diff = test::bytes(text),
                                            .format = diff::InputFormat::kGithubFiles});
    ASSERT_TRUE(listed) << listed.error().message;
    for (const std::string& out : {minimized(plain).json, listed->json}) {
      EXPECT_EQ(json::parse(out)["files"][0]["submodule"], c.submodule) << c.patch;
      EXPECT_EQ(out.find("aaaa") == std::string::npos, c.submodule) << c.patch;
    }
  }
}

// A mode cannot hide content, nor can content look like a submodule.
TEST(DiffMinimizer, AForgedSubmoduleHidesNothing) {
  const std::string id(40, 'a');
  EXPECT_THAT(
      minimized("diff --git a/s b/s\nindex aaaa..bbbb 160000\n--- a/s\n+++ b/s\n@@ -1 +1,2 @@\n"
                "-Subproject commit " +
                id + "\n+Subproject commit " + id + " evil\n+evil2\n")
          .json,
      testing::AllOf(HasSubstr("evil\""), HasSubstr("evil2")));
  EXPECT_THAT(minimized(kHeaderOfX + "@@ -0,0 +1 @@\n+Subproject commit " + id + "\n").json,
              HasSubstr(id));
}

TEST(DiffMinimizer, ATypeChangeIsOneFileWithBothHunks) {
  const json out = json::parse(minimized("diff --git a/x b/x\ndeleted file mode 100644\nindex "
                                         "0a1..000\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n"
                                         "-text\ndiff --git a/x b/x\nnew file mode 120000\nindex "
                                         "000..0a1\n--- /dev/null\n+++ b/x\n"
                                         "@@ -0,0 +1 @@\n+target\n\\ No newline at end of file\n" +
                                         kHeaderOfX + "@@ -1 +0,0 @@\n-z\n")
                                   .json);
  ASSERT_EQ(out["files"].size(), 2U);
  const json& file = out["files"][0];
  EXPECT_EQ(file["status"], "T");
  EXPECT_EQ(file["old"]["path"], "x");
  EXPECT_EQ(file["mode_changed"], true);
  ASSERT_EQ(file["hunks"].size(), 2U);
  EXPECT_EQ(file["hunks"][0][0]["text"], "text");
  EXPECT_EQ(file["hunks"][1][0]["text"], "target");
}

TEST(DiffMinimizer, AFaultAnywhereMeansNoOutput) {
  const std::string whole = kHeaderOfX + "@@ -1 +1 @@\n-a\n+b\n";
  const std::string no_hunk = whole + kHeaderOfX;
  const auto cut = test::verbatim_minimizer().minimize(
      {.title = "", .description = "", .diff = test::bytes(no_hunk)});
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, coefficient::ErrorCode::kDataLoss);
  EXPECT_THAT(cut.error().message, HasSubstr("line 12"));
  const std::string extra = whole + "+c\n";
  const auto bad = test::verbatim_minimizer().minimize(
      {.title = "", .description = "", .diff = test::bytes(extra)});
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, coefficient::ErrorCode::kInvalidArgument);
}

// pr-agent drops such a line, loses a last hunk of deletions only, and adds context around hunks.
TEST(DiffMinimizer, KeepsWhatOtherToolsLose) {
  const std::string text = kHeaderOfX +
                           "@@ -1,3 +1,3 @@\n one\n-two\n+no newline at end of file\n three\n"
                           "@@ -10,4 +10,2 @@\n ten\n-eleven\n-twelve\n thirteen\n";
  const std::string out = minimized(text).json;
  for (const char* kept : {"two", "no newline at end of file", "eleven", "twelve"})
    EXPECT_THAT(out, HasSubstr(kept));
  for (const char* withheld : {"one", "three", "ten", "thirteen"})
    EXPECT_THAT(out, Not(HasSubstr("\"" + std::string(withheld) + "\"")));
}

TEST(DiffMinimizer, EveryDiffBalancesAndIsTheSameTwice) {
  COEFFICIENT_VECTORS_OR_SKIP(root, "diff");
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".diff" && entry.path().extension() != ".mbox") continue;
    const std::string text = test::read_file(entry.path());
    const diff::Change change{.title = "t", .description = "d", .diff = test::bytes(text)};
    const auto out = test::default_minimizer().minimize(change);
    const auto again = test::default_minimizer().minimize(change);
    ASSERT_EQ(out.has_value(), again.has_value());
    if (!out) continue;
    ++seen;
    SCOPED_TRACE(entry.path().string());
    test::expect_balance(out->report, text);
    EXPECT_EQ(out->json, again->json);
    EXPECT_FALSE(json::parse(out->json, nullptr, false).is_discarded());
  }
  EXPECT_GE(seen, 200U);
}
