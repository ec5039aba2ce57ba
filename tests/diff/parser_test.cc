#include "coefficient/diff/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "diff/parsed.h"

namespace {

using coefficient::diff::Event;
using coefficient::diff::FileHeader;
using coefficient::diff::FileStatus;
using coefficient::diff::LineKind;
using coefficient::diff::ParseErrorCode;
using coefficient::diff::Parser;
using test::changes;
using test::kHeaderOfX;
using test::parse;
using test::Parsed;
using test::ParsedFile;
using testing::ElementsAre;
using testing::IsEmpty;

// One file that must parse.
ParsedFile only_file(const std::string& text) {
  const Parsed parsed = parse(text);
  EXPECT_FALSE(parsed.error) << text << "\n" << to_string(parsed.error->code);
  EXPECT_EQ(parsed.files.size(), 1U) << text;
  EXPECT_EQ(parsed.line_bytes + parsed.other_bytes, text.size());
  return parsed.files.size() == 1 ? parsed.files[0] : ParsedFile{};
}

}  // namespace

TEST(DiffParser, ReadsAModification) {
  const ParsedFile file =
      only_file(kHeaderOfX + "@@ -3,3 +3,4 @@ int main() {\n a\n-b\n+c\n+d\n e\n");
  EXPECT_EQ(file.status, 'M');
  EXPECT_EQ(file.old_path, "x");
  EXPECT_EQ(file.new_path, "x");
  EXPECT_EQ(file.old_mode, 0100644U);
  EXPECT_EQ(file.new_mode, 0100644U);
  EXPECT_THAT(changes(file), ElementsAre("-b", "+c", "+d"));
  EXPECT_EQ(file.lines[1].old_line, 4U);
  EXPECT_EQ(file.lines[1].new_line, 0U);
  EXPECT_EQ(file.lines[3].new_line, 5U);
  EXPECT_EQ(file.lines[4].old_line, 5U);
  EXPECT_EQ(file.lines[4].new_line, 6U);
}

TEST(DiffParser, GivesTheHunkItsRangesAndHeading) {
  const std::string text = kHeaderOfX + "@@ -3 +3,0 @@ heading @@ x\n-b\n";
  Parser parser(test::bytes(text));
  ASSERT_EQ(parser.next(), Event::kFile);
  ASSERT_EQ(parser.next(), Event::kHunk);
  EXPECT_EQ(parser.hunk().old_ranges[0].start, 3U);
  EXPECT_EQ(parser.hunk().old_ranges[0].count, 1U);
  EXPECT_EQ(parser.hunk().new_range.count, 0U);
  EXPECT_EQ(parser.hunk().heading, "heading @@ x");
  ASSERT_EQ(parser.next(), Event::kLine);
  ASSERT_EQ(parser.next(), Event::kEnd);
  EXPECT_EQ(parser.next(), Event::kEnd);
}

TEST(DiffParser, EmptyInputAndTextWithoutDiffHaveNoFiles) {
  for (const char* text : {"", "\n", "commit 1234\n\n    words\n", "no newline"}) {
    const Parsed parsed = parse(text);
    EXPECT_FALSE(parsed.error) << text;
    EXPECT_THAT(parsed.files, IsEmpty());
  }
  Parser parser{std::span<const std::byte>{}};
  EXPECT_EQ(parser.next(), Event::kEnd);
}

// Whatever a changed line says, within the counts it is content.
TEST(DiffParser, HeaderLookalikesWithinAHunkAreContent) {
  const std::vector<std::string> lookalikes = {
      "-- a/x",
      "++ b/x",
      "@ -1 +1 @@",
      "diff --git a/x b/x",
      "\\ No newline at end of file",
      "index 0123456..89abcde 100644",
      "GIT binary patch",
      "Binary files a/x and b/x differ",
      "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001",
      "- ",
      "",
      "-",
      "rename from y",
      "no newline at end of file"};
  std::string body;
  std::vector<std::string> expected;
  for (const std::string& text : lookalikes) {
    for (const char* sign : {"-", "+"}) {
      body += sign + text + "\n";
      expected.push_back(sign + text);
    }
  }
  const std::string count = std::to_string(lookalikes.size());
  const ParsedFile file =
      only_file(kHeaderOfX + "@@ -1," + count + " +1," + count + " @@\n" + body);
  EXPECT_EQ(changes(file), expected);
}

TEST(DiffParser, KeepsEveryByteOfALine) {
  const std::string odd("a\0b\r\x0b\x0c\x85\xe2\x80\xa8\xff\t ", 14);
  const ParsedFile file = only_file(kHeaderOfX + "@@ -1 +1 @@\n-" + odd + "\n+" + odd + "x\n");
  EXPECT_THAT(changes(file), ElementsAre("-" + odd, "+" + odd + "x"));
}

TEST(DiffParser, MissingNewlineBelongsToTheLineBefore) {
  struct Case {
    const char* name;
    const char* hunk;
    std::vector<bool> ends_with_newline;
  };
  const std::vector<Case> cases = {
      {"both",
       "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n",
       {false, false}},
      {"old", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n", {false, true}},
      {"new", "@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n", {true, false}},
      {"context", "@@ -1,2 +1 @@\n-a\n b\n\\ No newline at end of file\n", {true, false}},
      {"german", "@@ -1 +1 @@\n-a\n+b\n\\ Kein Zeilenumbruch am Dateiende.\n", {true, false}},
      {"chinese",
       "@@ -1 +1 @@\n-a\n+b\n\\ \xe6\x96\x87\xe4\xbb\xb6\xe5\xb0\xbe\xe6\xb2\xa1\n",
       {true, false}},
  };
  for (const Case& c : cases) {
    const ParsedFile file = only_file(kHeaderOfX + c.hunk);
    ASSERT_EQ(file.lines.size(), c.ends_with_newline.size()) << c.name;
    for (std::size_t i = 0; i < file.lines.size(); ++i)
      EXPECT_EQ(file.lines[i].ends_with_newline, c.ends_with_newline[i]) << c.name << i;
  }
}

TEST(DiffParser, EmptyContextLinesMayHaveLostTheirBlank) {
  const ParsedFile file = only_file(kHeaderOfX + "@@ -1,3 +1,3 @@\n\n-a\n+b\n\n");
  ASSERT_EQ(file.lines.size(), 4U);
  EXPECT_EQ(file.lines[0].kind, LineKind::kContext);
  EXPECT_EQ(file.lines[0].text, "");
  EXPECT_EQ(file.lines[3].new_line, 3U);
}

TEST(DiffParser, HeadersWithoutHunks) {
  struct Case {
    const char* text;
    char status;
    std::optional<std::string> old_path, new_path;
    std::optional<std::uint32_t> old_mode, new_mode;
  };
  const std::vector<Case> cases = {
      {"diff --git a/x b/x\nnew file mode 100755\nindex 000..e69\n", 'A', std::nullopt, "x", 0,
       0100755},
      {"diff --git a/x b/x\ndeleted file mode 100644\nindex e69..000\n", 'D', "x", std::nullopt,
       0100644, 0},
      {"diff --git a/x b/x\nold mode 100644\nnew mode 100755\n", 'M', "x", "x", 0100644, 0100755},
      {"diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n",
       'R',
       "x",
       "y",
       {},
       {}},
      {"diff --git a/x b/y\nsimilarity index 100%\nrename old x\nrename new y\n",
       'R',
       "x",
       "y",
       {},
       {}},
      {"diff --git a/x b/y\nsimilarity index 100%\ncopy from x\ncopy to y\n",
       'C',
       "x",
       "y",
       {},
       {}},
      {"diff --git a/x b/y\nold mode 100644\nnew mode 100755\nsimilarity index 100%\nrename from "
       "x\nrename to y\n",
       'R', "x", "y", 0100644, 0100755},
  };
  for (const Case& c : cases) {
    const ParsedFile file = only_file(c.text);
    EXPECT_EQ(file.status, c.status) << c.text;
    EXPECT_EQ(file.old_path, c.old_path) << c.text;
    EXPECT_EQ(file.new_path, c.new_path) << c.text;
    EXPECT_EQ(file.old_mode, c.old_mode) << c.text;
    EXPECT_EQ(file.new_mode, c.new_mode) << c.text;
  }
}

// What git diff writes for a file that was touched but not changed.
TEST(DiffParser, AFirstLineAloneIsAFileIfAnythingFollows) {
  EXPECT_EQ(parse("diff --git a/x b/x\n" + kHeaderOfX + "@@ -1 +0,0 @@\n-a\n").files.size(), 2U);
}

TEST(DiffParser, TellsNamesFromPrefixesAndBlanks) {
  struct Case {
    const char* text;
    std::string old_path, new_path;
  };
  const std::string mode = "\nold mode 100644\nnew mode 100755\n";
  const std::vector<Case> cases = {
      {"a/x b/x", "x", "x"},
      {"a/foo b/bar b/baz.md b/foo b/bar b/baz.md", "foo b/bar b/baz.md", "foo b/bar b/baz.md"},
      {"a/trail  b/trail ", "trail ", "trail "},
      {"b/x a/x", "x", "x"},                                   // git diff -R
      {"i/x y w/x y", "x y", "x y"},                           // diff.mnemonicPrefix
      {"1/x 2/x", "x", "x"},                                   // --no-index
      {"x x", "x", "x"},                                       // --no-prefix
      {"a/x a/x", "a/x", "a/x"},                               // --no-prefix
      {"b/y z b/y z", "b/y z", "b/y z"},                       // --no-prefix
      {"old/d/x new/d/x", "d/x", "d/x"},                       // --src-prefix
      {"before/d e/x y after/d e/x y", "d e/x y", "d e/x y"},  // of two lengths
      {"p/q/old/d e/x n/d e/x", "d e/x", "d e/x"},             // of two depths
      {"old/d/x d/x", "d/x", "d/x"},                           // on one side only
      {"gold/x old/x", "x", "x"},
      {"OLD-x NEW-x", "OLD-x", "NEW-x"},  // no telling: as written
      {"a/one b/two", "one", "two"},      // two blobs, no rename lines
      {R"("a/caf\303\251" "b/caf\303\251")", "caf\xc3\xa9", "caf\xc3\xa9"},
      {R"("a/\a\b\t\n\v\f\r\"\\\001\177" "b/\a\b\t\n\v\f\r\"\\\001\177")",
       "\a\b\t\n\v\f\r\"\\\001\177", "\a\b\t\n\v\f\r\"\\\001\177"},
      {R"(a/x "b/x")", "x", "x"},
      {R"("a/x y" b/x y)", "x y", "x y"},
  };
  for (const Case& c : cases) {
    const ParsedFile file = only_file("diff --git " + std::string(c.text) + mode + "\n");
    EXPECT_EQ(file.old_path, c.old_path) << c.text;
    EXPECT_EQ(file.new_path, c.new_path) << c.text;
  }
}

TEST(DiffParser, FileNameLinesEndAtATab) {
  const ParsedFile blank = only_file(
      "diff --git a/x y b/x y\nindex 0a1..0b2 100644\n--- a/x y\t\n+++ b/x y\t\n@@ -1 +1 "
      "@@\n-a\n+b\n");
  EXPECT_EQ(blank.new_path, "x y");
  const ParsedFile quoted = only_file(
      "diff --git \"a/x \\t\" \"b/x \\t\"\nindex 0a1..0b2 100644\n--- \"a/x \\t\"\t\n"
      "+++ \"b/x \\t\"\t\n@@ -1 +1 @@\n-a\n+b\n");
  EXPECT_EQ(quoted.new_path, "x \t");
}

TEST(DiffParser, FileNameLinesDecideWhereTheHeaderIsAmbiguous) {
  const ParsedFile file = only_file(
      "diff --git q/a b q/a c/a b q/a\nnew file mode 100644\n--- /dev/null\n+++ c/a b q/a\t\n"
      "@@ -0,0 +1 @@\n+b\n");
  EXPECT_EQ(file.new_path, "a b q/a");
  EXPECT_EQ(file.status, 'A');
}

TEST(DiffParser, PlainUnifiedDiffs) {
  const std::string text =
      "Only in b: z\n--- a/x\t2024-01-01 00:00:00\n+++ b/x\t2024-01-02 00:00:00\n@@ -1 +1 "
      "@@\n-a\n+b\n"
      "--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+c\n--- gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-d\n"
      "--- x.orig\n+++ x\n@@ -1 +1 @@\n-e\n+f\n";
  const Parsed parsed = parse(text);
  ASSERT_FALSE(parsed.error) << to_string(parsed.error->code);
  ASSERT_EQ(parsed.files.size(), 4U);
  EXPECT_EQ(parsed.files[0].new_path, "x");
  EXPECT_EQ(parsed.files[1].status, 'A');
  EXPECT_EQ(parsed.files[1].new_path, "new");
  EXPECT_EQ(parsed.files[2].status, 'D');
  EXPECT_EQ(parsed.files[2].old_path, "gone");
  EXPECT_EQ(parsed.files[3].old_path, "x.orig");
  EXPECT_EQ(parsed.files[3].new_path, "x");
}

TEST(DiffParser, NameLinesWithoutAHunkAreText) {
  const Parsed parsed = parse("words\n--- a/x\n+++ b/x\nno hunk\n");
  EXPECT_FALSE(parsed.error);
  EXPECT_THAT(parsed.files, IsEmpty());
}

TEST(DiffParser, ATypeChangeIsOneFile) {
  const std::string deleted =
      "diff --git a/x b/x\ndeleted file mode 100644\nindex 0a1..000\n--- a/x\n+++ /dev/null\n"
      "@@ -1 +0,0 @@\n-text\n";
  const std::string link =
      "diff --git a/x b/x\nnew file mode 120000\nindex 000..0a1\n--- /dev/null\n+++ b/x\n"
      "@@ -0,0 +1 @@\n+target\n\\ No newline at end of file\n";
  const ParsedFile file = only_file(deleted + link);
  EXPECT_EQ(file.status, 'T');
  EXPECT_EQ(file.old_path, "x");
  EXPECT_EQ(file.old_mode, 0100644U);
  EXPECT_EQ(file.new_mode, 0120000U);
  EXPECT_THAT(changes(file), ElementsAre("-text", "+target"));
  // Two commits in one input, or one type: two files.
  EXPECT_EQ(parse(deleted + "\ncommit 1234\n" + link).files.size(), 2U);
  std::string regular = link;
  regular.replace(regular.find("120000"), 6, "100755");
  EXPECT_EQ(parse(deleted + regular).files.size(), 2U);
}

TEST(DiffParser, ATypeChangeOfAQuotedNameIsOneFile) {
  const ParsedFile file = only_file(
      "diff --git \"a/\\t\" \"b/\\t\"\ndeleted file mode 100644\nindex 0a1..000\n"
      "diff --git \"a/\\t\" \"b/\\t\"\nnew file mode 120000\nindex 000..0a1\n");
  EXPECT_EQ(file.status, 'T');
  EXPECT_EQ(file.new_path, "\t");
}

TEST(DiffParser, BinaryFiles) {
  const std::string start = "diff --git a/x b/x\nindex 0a1..0b2 100644\n";
  EXPECT_TRUE(only_file(start + "Binary files a/x and b/x differ\n").binary);
  EXPECT_TRUE(only_file(start + "Files a/x and b/x differ\n").binary);
  const std::string block = "literal 3\nKcmZQz00\n\n";
  EXPECT_TRUE(only_file(start + "GIT binary patch\n" + "literal 1\nIcmZPo000310RR91\n\n" +
                        "delta 2\nJcmZPo000310RR91\n\n")
                  .binary);
  const Parsed two = parse(start + "GIT binary patch\nliteral 1\nIcmZPo000310RR91\n\n" + start +
                           "Binary files a/x and b/x differ\n");
  EXPECT_EQ(two.files.size(), 2U);
  EXPECT_EQ(parse(start + "GIT binary patch\n" + block).error->code,
            ParseErrorCode::kMalformedBinary);
}

// git counts lines of a parent that it hides before a change.
TEST(DiffParser, DenseCombinedDiffsCountHiddenLines) {
  const std::string head = "diff --cc x\nindex 0e9,8cc..9dd\n--- a/x\n+++ b/x\n";
  const std::string hunk = "@@@ -2,3 -2,4 +2,4 @@@\n  a\n +b\n++c\n +d\n";
  const std::string hidden = "@@@ -2,4 -2,4 +2,4 @@@\n++0\n  a\n  b\n++c\n";
  const std::string at_end = "@@@ -2,3 -2,4 +2,2 @@@\n  a\n++c\n -b\n--d\n";
  for (const std::string& next : {std::string(), std::string("\ncommit 01\n"), head + at_end}) {
    EXPECT_EQ(parse(head + hidden + next).files.at(0).lines.size(), 4U) << next;
    EXPECT_EQ(parse(head + at_end + hidden + next).files.at(0).lines.size(), 8U) << next;
    EXPECT_FALSE(parse(head + at_end + hidden + next).error) << next;
    EXPECT_FALSE(parse(head + hunk + next).error) << next;
  }
  // Only --cc does, only in hunks with context, and only for parents.
  const std::string combined = "diff --combined" + head.substr(9);
  EXPECT_EQ(parse(combined + hidden).error->code, ParseErrorCode::kTruncated);
  EXPECT_EQ(parse(head + "@@@ -2,4 -2,4 +2,1 @@@\n++c\n").error->code, ParseErrorCode::kTruncated);
  EXPECT_EQ(parse(head + "@@@ -2,2 -2,2 +2,3 @@@\n  a\n  b\n").error->code,
            ParseErrorCode::kTruncated);
  EXPECT_EQ(parse(head + hidden + "++d\n").error->code, ParseErrorCode::kExtraLine);
}

TEST(DiffParser, CombinedDiffs) {
  const std::string text =
      "diff --cc a b.txt\nindex 0e9,8cc,2aa..9dd\nmode 100644,100644,100644..100755\n"
      "--- a/a b.txt\t\n+++ b/a b.txt\t\n@@@@ -7,2 -7,2 -7,2 +7,2 @@@@ heading\n   same\n-  one\n -"
      " two\n  -three\n+++octopus\n";
  const ParsedFile file = only_file(text);
  EXPECT_EQ(file.parents, 3U);
  EXPECT_EQ(file.new_path, "a b.txt");
  EXPECT_EQ(file.new_mode, 0100755U);
  ASSERT_EQ(file.lines.size(), 5U);
  EXPECT_EQ(file.lines[1].columns, "-  ");
  EXPECT_EQ(file.lines[1].text, "one");
  EXPECT_EQ(file.lines[1].kind, LineKind::kRemoved);
  EXPECT_EQ(file.lines[4].columns, "+++");
  EXPECT_EQ(file.lines[4].new_line, 8U);
  EXPECT_TRUE(only_file("diff --combined x\nindex 0e9,8cc..9dd\nBinary files differ\n").binary);
  EXPECT_EQ(only_file("diff --cc x\nindex 0e9,8cc..000\ndeleted file mode 100644,100644\n--- a/x\n"
                      "+++ /dev/null\n")
                .status,
            'D');
  // The mode alone differs from both parents: names, no hunk.
  EXPECT_EQ(
      only_file("diff --cc x\nindex 0e9,8cc..9dd\nmode 100644,100644..100755\n--- a/x\n+++ b/x\n")
          .new_mode,
      0100755U);
  EXPECT_EQ(only_file("diff --cc x\nindex 000,000..9dd\nnew file mode 100644\n--- a/y\n--- a/x\n"
                      "+++ b/x\n@@@ -0,0 -0,0 +1 @@@\n++a\n")
                .status,
            'A');
}

TEST(DiffParser, BarePatch) {
  const std::string patch = "@@ -1,2 +1,2 @@ heading\n a\n-b\n+c\n@@ -9 +9 @@\n-d\n+e";
  const FileHeader given{.status = FileStatus::kModified, .old_path = "p", .new_path = "p"};
  Parser parser(test::bytes(patch), given);
  const Parsed parsed = test::parse(parser);
  ASSERT_FALSE(parsed.error);
  ASSERT_EQ(parsed.files.size(), 1U);
  EXPECT_EQ(parsed.files[0].new_path, "p");
  EXPECT_THAT(changes(parsed.files[0]), ElementsAre("-b", "+c", "-d", "+e"));
  for (const char* bad : {"x", "@@ -1 +1 @@\n-a\n+b\ndiff --git a/x b/x\n", "@@ -1 +1 @@\n-a",
                          "@@ -1 +1 @@\n-a\n+b\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"}) {
    Parser refused(test::bytes(bad), given);
    EXPECT_TRUE(test::parse(refused).error) << bad;
  }
  Parser empty(test::bytes(""), given);
  EXPECT_EQ(test::parse(empty).files.size(), 1U);
}
