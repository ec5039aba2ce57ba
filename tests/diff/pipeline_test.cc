// The stages together: what one takes away no later one shows, wherever it stands in a change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "coefficient/core/encoding.h"
#include "coefficient/diff/minimizer.h"
#include "diff/canary.h"
#include "diff/minimized.h"
#include "diff/parsed.h"

namespace {

namespace diff = coefficient::diff;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr unsigned kSeed = 20261124;

std::string header(const std::string& path) {
  return "diff --git a/" + path + " b/" + path + "\nindex 0a1..0b2 100644\n--- a/" + path +
         "\n+++ b/" + path + "\n";
}

std::string added(const std::string& path, const std::vector<std::string>& lines) {
  std::string text = header(path) + "@@ -0,0 +1," + std::to_string(lines.size()) + " @@\n";
  for (const std::string& line : lines) text += "+" + line + "\n";
  return text;
}

diff::Minimized minimized(const diff::Policy& policy, const diff::Change& change) {
  auto out = test::minimizer(policy).minimize_with_manifest(change);
  EXPECT_TRUE(out) << out.error().message;
  return out ? *std::move(out) : diff::Minimized{};
}

diff::Minimized minimized(const std::string& text, const diff::Policy& policy = {}) {
  return minimized(policy, {.title = "", .description = "", .diff = test::bytes(text)});
}

json first_file(const diff::Minimized& out) {
  return json::parse(out.json)["files"][0];
}

// A secret as a path can hold it.
bool fits_a_path(const test::Canary& canary) {
  return canary.line().find_first_of("\"\\`{} \t") == std::string::npos;
}

}  // namespace

// Every rule's canary in every place of a change at once, under budgets that cut anywhere.
TEST(DiffPipeline, NoCanaryLeavesFromAnyPlace) {
  test::CanaryMaker maker(kSeed);
  for (const test::CanaryForm& form : test::kCanaryForms) {
    std::vector<test::Canary> canaries;
    for (int i = 0; i < 8; ++i) canaries.push_back(maker.make(form));
    const std::string path =
        fits_a_path(canaries[0]) ? "dir/" + canaries[0].line() + "/f.c" : "dir/f.c";
    std::string text = header(path) + "@@ -1,4 +1,5 @@\n-old " + canaries[1].line() +
                       "\n context\n+new " + canaries[2].line() + "\n+" + canaries[3].line() +
                       " tail\r\n-gone\n+" + canaries[4].line() + "\n after\n";
    text += "diff --cc m.c\nindex 0,1..3\n--- a/m.c\n+++ b/m.c\n@@@ -1 -1 +1 @@@\n- " +
            canaries[5].line() + "\n -b\n++" + canaries[5].line() + "\n";
    text += "--- a/last\n+++ b/last\n@@ -0,0 +1 @@\n+" + canaries[6].line() +
            "\n\\ No newline at end of file\n";
    const std::string title = "Fix " + canaries[6].line();
    const std::string description = "One\n\n" + canaries[7].line() + "\nend\n";
    const diff::Change change{
        .title = title, .description = description, .diff = test::bytes(text)};
    SCOPED_TRACE(std::string(form.rule) + "\n" + text);

    const diff::Minimized whole = minimized(diff::Policy{}, change);
    ASSERT_GT(whole.report.redactions, 0U);
    for (std::uint64_t budget = 0; budget < whole.json.size() + 200; budget += 61) {
      diff::Policy policy;
      policy.budget_bytes = budget;
      policy.max_line_bytes = 16 + budget % 50;
      policy.max_title_bytes = 16;
      policy.max_description_bytes = 16 + budget % 30;
      const auto out = test::minimizer(policy).minimize_with_manifest(change);
      if (!out) {
        ASSERT_EQ(out.error().code, coefficient::ErrorCode::kResourceExhausted);
        continue;
      }
      for (const test::Canary& canary : canaries) {
        ASSERT_FALSE(test::leaks(out->json, canary.secret)) << out->json;
        ASSERT_FALSE(test::leaks(out->manifest, canary.secret)) << out->manifest;
      }
    }
  }
}

TEST(DiffPipeline, TheControlLeaks) {
  test::CanaryMaker maker(kSeed);
  const test::Canary canary = maker.make(test::kCanaryForms[0]);
  diff::Policy policy;
  policy.redaction.builtin = false;
  EXPECT_TRUE(test::leaks(minimized(added("a.c", {canary.line()}), policy).json, canary.secret));
}

TEST(DiffPipeline, ATokenAcrossTheCutLeavesNoHalf) {
  test::CanaryMaker maker(kSeed);
  const test::Canary token = maker.make(test::kCanaryForms[0]);
  for (std::size_t before = 0; before < 80; ++before) {
    diff::Policy policy;
    policy.max_line_bytes = 40;
    const diff::Minimized out =
        minimized(added("a.c", {std::string(before, '.') + token.line()}), policy);
    ASSERT_FALSE(test::leaks(out.json, token.secret.substr(4))) << out.json;
  }
}

TEST(DiffPipeline, AKeyWhoseFrameIsContextIsHidden) {
  test::CanaryMaker maker(kSeed);
  const std::string old_body = maker.fill("%b{64}");
  const std::string new_body = maker.fill("%b{64}");
  const std::string text =
      header("key.pem") + "@@ -1,4 +1,4 @@\n -----BEGIN RSA PRIVATE KEY-----\n-" + old_body +
      "\n+" + new_body + "\n " + maker.fill("%b{64}") + "\n -----END RSA PRIVATE KEY-----\n";
  const diff::Minimized out = minimized(text);
  EXPECT_FALSE(test::leaks(out.json, old_body)) << out.json;
  EXPECT_FALSE(test::leaks(out.json, new_body)) << out.json;
  EXPECT_EQ(out.report.removed_lines, 1U);
}

TEST(DiffPipeline, WhitespaceChangesOfAKeysFrameDoNotUncoverIt) {
  test::CanaryMaker maker(kSeed);
  const std::string body = maker.fill("%b{64}");
  diff::Policy policy;
  policy.collapse_whitespace = true;
  const std::string text = header("key.h") +
                           "@@ -1,2 +1,2 @@\n---------BEGIN PRIVATE KEY-----\n"
                           "-old\n+  -----BEGIN PRIVATE KEY-----\n+" +
                           body + "\n";
  std::string fixed = text;
  fixed.replace(fixed.find("---------BEGIN"), 9, "------");
  const diff::Minimized out = minimized(fixed, policy);
  EXPECT_EQ(out.report.withheld_whitespace_lines, 2U);
  EXPECT_FALSE(test::leaks(out.json, body)) << out.json;
}

TEST(DiffPipeline, ExcludedFilesAreListedAndCounted) {
  const std::string text = added("package-lock.json", {"{", "}"}) +
                           added("vendor/x/y.go", {"package y"}) + added("src/a.c", {"int x;"});
  const diff::Minimized out = minimized(text);
  const json files = json::parse(out.json)["files"];
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0]["excluded"], "generated");
  EXPECT_EQ(files[0]["added"], 2);
  EXPECT_EQ(files[0]["hunks"], json::array());
  EXPECT_EQ(files[1]["excluded"], "vendored");
  EXPECT_FALSE(files[2].contains("excluded"));
  EXPECT_THAT(out.json, Not(HasSubstr("package y")));
  EXPECT_EQ(out.report.withheld_excluded_lines, 3U);
  test::expect_balance(out.report, text);

  diff::Policy policy;
  policy.exclusions = "vendor/x/** -linguist-vendored\n*.c linguist-generated\n";
  const diff::Minimized other = minimized(text, policy);
  EXPECT_THAT(other.json, HasSubstr("package y"));
  EXPECT_THAT(other.json, Not(HasSubstr("int x;")));
}

TEST(DiffPipeline, InvisibleCharactersAreShown) {
  const diff::Minimized out = minimized(diff::Policy{}, {.title = "a\xe2\x80\x8b"
                                                                  "b",
                                                         .description = "line\nnext\xe2\x80\xae\n",
                                                         .diff = {}});
  EXPECT_THAT(out.json, HasSubstr(R"("title":"a\\u{200B}b","title_escaped":true)"));
  EXPECT_THAT(out.json, HasSubstr(R"("description":"line\nnext\\u{202E}\n")"));
  EXPECT_EQ(out.report.escaped_characters, 2U);

  const diff::Minimized line = minimized(added("a\xe2\x80\xae.c", {"if\xe2\x80\xae x"}));
  const json file = first_file(line);
  EXPECT_EQ(file["new"]["path"], "a\\u{202E}.c");
  EXPECT_EQ(file["path_escaped"], true);
  EXPECT_EQ(file["hunks"][0][0]["text"], "if\\u{202E} x");
  EXPECT_EQ(file["hunks"][0][0]["escaped"], true);
  EXPECT_EQ(json::parse(line.manifest)["files"][0]["unicode"]["bidi"], 2 + 1);
}

// A name has no line ends that anyone means: what shows it would show a line of its own.
TEST(DiffPipeline, LineEndsInAPathAreShown) {
  const std::string name = "\"a/x\\n  evil  row\\r\" \"b/x\\n  evil  row\\r\"";
  const diff::Minimized out =
      minimized("diff --git " + name + "\nold mode 100644\nnew mode 100755\n");
  const json file = first_file(out);
  EXPECT_EQ(file["new"]["path"], "x\\u{000A}  evil  row\\u{000D}");
  EXPECT_EQ(file["path_escaped"], true);
  EXPECT_EQ(json::parse(out.manifest)["files"][0]["unicode"]["control"], 4);
}

// What is cut is escaped only to be counted; the answer is that of escaping all of it.
TEST(DiffPipeline, OfALongLineAllIsCounted) {
  diff::Policy policy;
  policy.max_line_bytes = 16;
  for (const std::string& unit :
       {std::string("\xe2\x80\xae"), std::string("\r"), std::string("a\r"), std::string("\xc3\xa9"),
        std::string("\x80\x80\xe2\x80"), std::string("\r\xe2\x80\xae\x01"), std::string("x")}) {
    for (std::size_t shift = 0; shift < 8; ++shift) {
      std::string line(shift, 'x');
      while (line.size() < 5000) line += unit;
      line += ".";
      const std::string text = added("a.c", {line});
      const diff::Minimized cut =
          minimized(policy, {.title = "", .description = "", .diff = test::bytes(text)});
      diff::Policy whole_policy = policy;
      whole_policy.max_line_bytes = 1'000'000;
      const diff::Minimized whole =
          minimized(whole_policy, {.title = "", .description = "", .diff = test::bytes(text)});
      EXPECT_EQ(cut.report.escaped_characters, whole.report.escaped_characters);
      const json short_line = first_file(cut)["hunks"][0][0];
      const json long_line = first_file(whole)["hunks"][0][0];
      const auto bytes_of_line = [](const json& of) -> std::string {
        if (of.contains("text")) return of["text"];
        const auto decoded = coefficient::base64_decode(of["text_base64"].get<std::string>());
        EXPECT_TRUE(decoded);
        return {reinterpret_cast<const char*>(decoded->data()), decoded->size()};
      };
      const std::string kept = bytes_of_line(short_line);
      const std::string all = bytes_of_line(long_line);
      EXPECT_EQ(all.substr(0, kept.size()), kept);
      EXPECT_EQ(short_line["cut"], all.size() - kept.size());
      EXPECT_GT(kept.size(), 12U);
    }
  }
}

TEST(DiffPipeline, LongLinesAndTextsAreCutAtACharacter) {
  diff::Policy policy;
  policy.max_line_bytes = 16;
  policy.max_title_bytes = 16;
  const std::string text = added("a.c", {"0123456789abcde\xc3\xa9xyz"});
  const std::string title(20, 't');
  const diff::Minimized out =
      minimized(policy, {.title = title, .description = "", .diff = test::bytes(text)});
  const json document = json::parse(out.json);
  EXPECT_EQ(document["title"], title.substr(0, 16));
  EXPECT_EQ(document["title_cut"], 4);
  const json& line = document["files"][0]["hunks"][0][0];
  EXPECT_EQ(line["text"], "0123456789abcde");
  EXPECT_EQ(line["cut"], 5);
  EXPECT_EQ(out.report.cut_lines, 1U);
}

TEST(DiffPipeline, WhitespaceChangesAreLeftOutOnRequest) {
  const std::string text = header("a.c") +
                           "@@ -1,4 +1,4 @@\n-if (x) {\n-  a();\n-}\n+if ( x ) {\n+  b();\n"
                           "+ }\n tail\n";
  EXPECT_EQ(minimized(text).report.withheld_whitespace_lines, 0U);
  diff::Policy policy;
  policy.collapse_whitespace = true;
  const diff::Minimized out = minimized(text, policy);
  const json file = first_file(out);
  ASSERT_EQ(file["hunks"].size(), 1U);
  ASSERT_EQ(file["hunks"][0].size(), 2U);
  EXPECT_EQ(file["hunks"][0][0]["text"], "  a();");
  EXPECT_EQ(file["hunks"][0][1]["text"], "  b();");
  EXPECT_EQ(file["whitespace"], 4);
  EXPECT_EQ(file["added"], 3);
  test::expect_balance(out.report, text);
}

TEST(DiffPipeline, MissingLinesAreSaid) {
  const std::string text = added("a.c", {"x", "y"});
  const auto truncated = [&](const diff::AnnouncedCounts& announced) {
    const diff::Minimized out = minimized(
        diff::Policy{},
        {.title = "", .description = "", .diff = test::bytes(text), .announced = announced});
    EXPECT_EQ(json::parse(out.json).contains("truncated"), out.report.truncated);
    EXPECT_EQ(json::parse(out.manifest)["truncated"], out.report.truncated);
    return out.report.truncated;
  };
  EXPECT_FALSE(truncated({}));
  EXPECT_FALSE(truncated({.files = 1, .additions = 2, .deletions = 0}));
  EXPECT_TRUE(truncated({.files = 2}));
  EXPECT_TRUE(truncated({.additions = 3}));
  EXPECT_TRUE(truncated({.deletions = 1}));

  const std::string page =
      R"([{"filename":"a.c","status":"modified","additions":1,"deletions":1,"changes":2,)"
      R"("patch":"@@ -1 +1 @@\n-a\n+b"},)"
      R"({"filename":"big.c","status":"modified","additions":9,"deletions":0,"changes":9}])";
  const diff::Minimized out =
      minimized(diff::Policy{}, {.title = "",
                                 .description = "",
                                 .diff = test::bytes(page),
                                 .format = diff::InputFormat::kGithubFiles});
  const json files = json::parse(out.json)["files"];
  ASSERT_EQ(files.size(), 2U);
  EXPECT_FALSE(files[0].contains("truncated"));
  EXPECT_EQ(files[0]["hunks"][0].size(), 2U);
  EXPECT_EQ(files[1]["truncated"], true);
  EXPECT_TRUE(out.report.truncated);
}

TEST(DiffPipeline, AnMboxStartsWithFrom) {
  const std::string text = added("a.c", {"x"});
  const auto out = test::default_minimizer().minimize({.title = "",
                                                       .description = "",
                                                       .diff = test::bytes(text),
                                                       .format = diff::InputFormat::kMbox});
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, coefficient::ErrorCode::kInvalidArgument);
}

TEST(DiffPipeline, EqualSecretsHaveOneNumber) {
  test::CanaryMaker maker(kSeed);
  const std::string one = maker.make(test::kCanaryForms[0]).line();
  const std::string two = maker.make(test::kCanaryForms[0]).line();
  const diff::Minimized out = minimized(added("a.c", {one, two, "x " + one}));
  const json hunk = first_file(out)["hunks"][0];
  EXPECT_EQ(hunk[0]["text"], "[REDACTED:github-token#1]");
  EXPECT_EQ(hunk[1]["text"], "[REDACTED:github-token#2]");
  EXPECT_EQ(hunk[2]["text"], "x [REDACTED:github-token#1]");
  EXPECT_EQ(json::parse(out.manifest)["files"][0]["redactions"], (json{{"github-token", 3}}));
  // The second pass, which a budget needs, numbers as the first did.
  diff::Policy policy;
  policy.budget_bytes = 100'000;
  EXPECT_EQ(first_file(minimized(added("a.c", {one, two, "x " + one}), policy))["hunks"][0], hunk);
}
