// What the parser refuses, and how.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coefficient/diff/parser.h"
#include "diff/parsed.h"

namespace {

using coefficient::diff::Event;
using coefficient::diff::ParseErrorCode;
using coefficient::diff::Parser;
using test::kHeaderOfX;
using test::parse;
using test::Parsed;

}  // namespace

TEST(DiffParser, EveryFaultHasItsCode) {
  struct Case {
    const char* name;
    std::string text;
    ParseErrorCode code;
    std::uint64_t line;
  };
  const std::string bare = "diff --git a/x b/x\n";
  const std::vector<Case> cases = {
      {"count too high", kHeaderOfX + "@@ -1,3 +1,3 @@\n a\n-b\n+c\n", ParseErrorCode::kTruncated,
       9},
      {"count too high, then a file", kHeaderOfX + "@@ -1,2 +1,2 @@\n-b\n+c\n" + kHeaderOfX,
       ParseErrorCode::kTruncated, 8},
      {"no newline at the end", kHeaderOfX + "@@ -1 +1 @@\n-a\n+b", ParseErrorCode::kTruncated, 7},
      {"cut after the first line", kHeaderOfX + "@@ -1 +0,0 @@\n-a\n" + bare,
       ParseErrorCode::kTruncated, 8},
      {"cut in a header", bare + "old mode 1006", ParseErrorCode::kTruncated, 2},
      {"cut after +++", kHeaderOfX, ParseErrorCode::kTruncated, 5},
      {"cut after ---", bare + "--- a/x\n", ParseErrorCode::kTruncated, 3},
      {"cut in a binary patch", bare + "GIT binary patch\nliteral 1\nIcmZPo000310RR91\n",
       ParseErrorCode::kTruncated, 5},
      {"no prefix in a hunk", kHeaderOfX + "@@ -1,2 +1,2 @@\n a\nb\n",
       ParseErrorCode::kUnexpectedLine, 7},
      {"CRLF conversion of an empty line", kHeaderOfX + "@@ -1,2 +1,2 @@\n a\n\r\n",
       ParseErrorCode::kUnexpectedLine, 7},
      {"extra +", kHeaderOfX + "@@ -1 +1 @@\n-a\n+b\n+evil\n", ParseErrorCode::kExtraLine, 8},
      {"extra -", kHeaderOfX + "@@ -1 +1 @@\n-a\n+b\n-evil\n", ParseErrorCode::kExtraLine, 8},
      {"extra context", kHeaderOfX + "@@ -1 +1 @@\n-a\n+b\n evil\n", ParseErrorCode::kExtraLine, 8},
      {"only one side used up", kHeaderOfX + "@@ -1 +1,2 @@\n-a\n-b\n+c\n",
       ParseErrorCode::kExtraLine, 7},
      {"marker first", kHeaderOfX + "@@ -1 +1 @@\n\\ No newline at end of file\n",
       ParseErrorCode::kMisplacedMarker, 6},
      {"marker twice",
       kHeaderOfX + "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n\\ No newline at "
                    "end of file\n+b\n",
       ParseErrorCode::kMisplacedMarker, 8},
      {"marker too short", kHeaderOfX + "@@ -1 +1 @@\n-a\n\\ No\n",
       ParseErrorCode::kMisplacedMarker, 7},
      {"bad hunk header", kHeaderOfX + "@@ -1 +x @@\n-a\n", ParseErrorCode::kMalformedHunkHeader,
       5},
      {"bad second hunk header", kHeaderOfX + "@@ -1 +0,0 @@\n-a\n@@ nonsense\n",
       ParseErrorCode::kMalformedHunkHeader, 7},
      {"count beyond 2^31", kHeaderOfX + "@@ -1,2147483649 +1 @@\n-a\n",
       ParseErrorCode::kNumberTooLarge, 5},
      {"count beyond 2^64", kHeaderOfX + "@@ -1,99999999999999999999999 +1 @@\n-a\n",
       ParseErrorCode::kNumberTooLarge, 5},
      {"hunk alone", "@@ -1 +1 @@\n-a\n+b\n", ParseErrorCode::kHunkWithoutFile, 1},
      {"hunk without names", bare + "index 0a1..0b2 100644\n@@ -1 +1 @@\n-a\n+b\n",
       ParseErrorCode::kMalformedHeader, 3},
      {"bad mode", bare + "new file mode 100999\n", ParseErrorCode::kMalformedHeader, 2},
      {"one mode of two", bare + "old mode 100644\n" + kHeaderOfX, ParseErrorCode::kMalformedHeader,
       3},
      {"cut after the modes of a rename", "diff --git a/x b/y\nold mode 100644\nnew mode 100755\n",
       ParseErrorCode::kTruncated, 4},
      {"cut between two modes", bare + "old mode 100644\n", ParseErrorCode::kTruncated, 3},
      {"rename to nowhere", "diff --git a/x b/y\nrename from x\n\n",
       ParseErrorCode::kMalformedHeader, 3},
      {"cut within a rename", "diff --git a/x b/y\nrename from x\n", ParseErrorCode::kTruncated, 3},
      {"cut before a rename", "diff --git a/x b/y\nsimilarity index 97%\n",
       ParseErrorCode::kTruncated, 3},
      {"new and deleted", bare + "new file mode 100644\ndeleted file mode 100644\n",
       ParseErrorCode::kMalformedHeader, 1},
      {"combined without parents", "diff --cc x\nindex 0a1..0b2\n",
       ParseErrorCode::kMalformedHeader, 1},
      {"bad escape", "diff --git \"a/\\q\" \"b/\\q\"\n", ParseErrorCode::kMalformedName, 1},
      {"NUL by octal", "diff --git \"a/\\000\" \"b/\\000\"\n", ParseErrorCode::kMalformedName, 1},
      {"octal beyond a byte", "diff --git \"a/\\777\" \"b/\\777\"\n",
       ParseErrorCode::kMalformedName, 1},
      {"no closing quote", "diff --git \"a/x b/x\n", ParseErrorCode::kMalformedName, 1},
      {"CRLF conversion", "diff --git a/x b/x\r\n", ParseErrorCode::kMalformedName, 1},
      {"no names", "diff --git \n", ParseErrorCode::kMalformedName, 1},
      {"one name", "diff --git a/x\nnew file mode 100644\n", ParseErrorCode::kAmbiguousNames, 1},
      {"names that agree nowhere", "diff --git a/x y b/z t\nnew file mode 100644\n",
       ParseErrorCode::kAmbiguousNames, 1},
      {"two paths for one file", "diff --git a/x b/x\n--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n",
       ParseErrorCode::kInconsistentNames, 1},
      {"rename to another path", "diff --git a/x b/y\nrename from x\nrename to z\n",
       ParseErrorCode::kInconsistentNames, 1},
      {"new file with an old name",
       bare + "new file mode 100644\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
       ParseErrorCode::kInconsistentNames, 1},
      {"neither side", bare + "--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-a\n+b\n",
       ParseErrorCode::kInconsistentNames, 1},
      {"binary patch without block", bare + "GIT binary patch\nnonsense\n",
       ParseErrorCode::kMalformedBinary, 3},
      {"base85 line of a wrong length", bare + "GIT binary patch\nliteral 9\nzabc\n\n",
       ParseErrorCode::kMalformedBinary, 4},
      {"combined: too few parents in the hunk",
       "diff --cc x\nindex 0,1,2..3\n--- a/x\n+++ b/x\n@@@ -1 -1 +1 @@@\n++a\n",
       ParseErrorCode::kMalformedHunkHeader, 5},
      {"combined: both signs",
       "diff --cc x\nindex 0,1..3\n--- a/x\n+++ b/x\n@@@ -1 -1 +1 @@@\n+-a\n",
       ParseErrorCode::kUnexpectedLine, 6},
      {"combined: extra line",
       "diff --cc x\nindex 0,1..3\n--- a/x\n+++ b/x\n@@@ -0,0 -0,0 +1 @@@\n++a\n++b\n",
       ParseErrorCode::kExtraLine, 7},
      {"combined: a parent used up",
       "diff --cc x\nindex 0,1..3\n--- a/x\n+++ b/x\n@@@ -0,0 -1 +2 @@@\n- a\n",
       ParseErrorCode::kExtraLine, 6},
      {"combined: cut in the header", "diff --cc x\nindex 0,1..3\n", ParseErrorCode::kTruncated, 3},
      {"combined: cut", "diff --cc x\nindex 0,1..3\n--- a/x\n+++ b/x\n@@@ -1 -1 +2 @@@\n++a\n",
       ParseErrorCode::kTruncated, 7},
  };
  for (const Case& c : cases) {
    const Parsed parsed = parse(c.text);
    ASSERT_TRUE(parsed.error) << c.name;
    EXPECT_EQ(to_string(parsed.error->code), to_string(c.code)) << c.name;
    EXPECT_EQ(parsed.error->line, c.line) << c.name;
    const std::string before = c.text.substr(0, parsed.error->offset);
    EXPECT_EQ(static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n')) + 1,
              c.line)
        << c.name;
  }
}

TEST(DiffParser, AnErrorIsFinalAndBecomesAnError) {
  const std::string text = kHeaderOfX + "@@ -1 +1 @@\nsecret\n";
  Parser parser(test::bytes(text));
  while (parser.next() != Event::kError) {
  }
  EXPECT_EQ(parser.next(), Event::kError);
  const coefficient::Error error = to_error(parser.error());
  EXPECT_EQ(error.code, coefficient::ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message, testing::HasSubstr("line 6 (byte 69)"));
  EXPECT_THAT(error.message, testing::Not(testing::HasSubstr("secret")));
  EXPECT_EQ(coefficient::diff::to_error({ParseErrorCode::kTruncated, 0, 1}).code,
            coefficient::ErrorCode::kDataLoss);
}
