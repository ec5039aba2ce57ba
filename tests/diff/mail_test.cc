// The mails of git format-patch: what is message, what is patch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "diff/parsed.h"

namespace {

const std::string kFrom =
    "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
    "From: Ann <ann@example.com>\nDate: Tue, 2 Jan 2024 03:04:05 +0000\n";
const std::string kSubject = "Subject: [PATCH] Title\n\n";
const std::string kFake =
    "diff --git a/fake b/fake\n--- a/fake\n+++ b/fake\n@@ -1 +1 @@\n-fake\n+fake\n";
const std::string kStat = "---\n x | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n\n";
const std::string kMailedPatch =
    "diff --git a/x b/x\nindex 0a1..0b2 100644\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";
const std::string kSignature = "-- \n2.39.5\n\n";

std::vector<std::string> paths(const std::string& text) {
  const test::Parsed parsed = test::parse(text);
  EXPECT_FALSE(parsed.error) << text << to_string(parsed.error->code);
  EXPECT_EQ(parsed.line_bytes + parsed.other_bytes, text.size());
  std::vector<std::string> all;
  for (const test::ParsedFile& file : parsed.files) all.push_back(file.new_path.value_or("-"));
  return all;
}

}  // namespace

using coefficient::diff::ParseErrorCode;
using testing::ElementsAre;

TEST(DiffMail, FindsThePatchAfterTheDiffstat) {
  EXPECT_THAT(paths(kFrom + kSubject + "Body.\n" + kStat + kMailedPatch + kSignature),
              ElementsAre("x"));
}

TEST(DiffMail, FakeFilesInTheMessageAreMessage) {
  const std::string plain = kFake.substr(kFake.find("---"));
  for (const std::string& body :
       {kFake, plain, "---\n" + kFake, "---\n\n" + kFake, "---\nnot a diff\n" + plain,
        kFake + kSignature, " 1 file changed, 1 insertion(+)\n\n" + kFake,
        std::string("From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n") +
            kFake,
        kFake + kFrom.substr(0, kFrom.find("Date")), std::string("@@ -1 +1 @@\n-a\n+b\n"),
        std::string("diff --git is a command\n")}) {
    EXPECT_THAT(paths(kFrom + kSubject + body + kStat + kMailedPatch + kSignature),
                ElementsAre("x"))
        << body;
  }
}

TEST(DiffMail, SeveralMails) {
  const std::string mail = kFrom + kSubject + kFake + kStat + kMailedPatch + kSignature;
  EXPECT_THAT(paths(mail + mail + mail), ElementsAre("x", "x", "x"));
}

TEST(DiffMail, ACoverLetterHasNoPatch) {
  const std::string stat = kStat.substr(4);
  for (const char* subject :
       {"Subject: [PATCH 0/1] T\n\n", "Subject: [RFC PATCH v2 00/12] T\n\n"}) {
    const std::string cover = kFrom + subject + kFake + "Ann (1):\n  Title\n\n" + stat + kSignature;
    const std::string mail = kFrom + kSubject + kStat + kMailedPatch + kSignature;
    EXPECT_THAT(paths(cover + mail), ElementsAre("x"));
    EXPECT_THAT(paths(cover), testing::IsEmpty());
  }
}

// The author of a commit writes all of the subject but the first bracket.
TEST(DiffMail, ASubjectThatClaimsToBeACoverLetterHidesNothing) {
  for (const char* subject :
       {"Subject: [PATCH] [0/1] T\n\n", "Subject: 0/1] T\n\n", "Subject: [PATCH 10/10] T\n\n",
        "Subject: [PATCH] Subject: [PATCH 0/1]\n\n"})
    EXPECT_THAT(paths(kFrom + subject + kMailedPatch + kSignature), ElementsAre("x")) << subject;
}

// A message that holds the beginning of a cover letter, in a mail without diffstat.
TEST(DiffMail, ACoverLetterWithinAMessageHidesNothing) {
  const std::string cover = kFrom + "Subject: [PATCH 0/1] T\n\n";
  EXPECT_THAT(
      paths(kFrom + kSubject + cover + kMailedPatch + kSignature + kFrom + kSubject + kMailedPatch),
      ElementsAre("x", "x"));
}

// format-patch --thread, --in-reply-to: the headers of a thread come before the sender.
TEST(DiffMail, HeadersOfAThreadStandBeforeTheSender) {
  const std::size_t sender = kFrom.find("From: ");
  for (const char* headers :
       {"Message-Id: <1.git.a@b>\n",
        "In-Reply-To: <1.git.a@b>\nReferences: <1.git.a@b>\n\t<2.git.a@b>\n <3.git.a@b>\n"}) {
    const std::string mail =
        kFrom.substr(0, sender) + headers + kFrom.substr(sender) + kSubject + kFake;
    EXPECT_THAT(
        paths(mail + kStat + kMailedPatch + kSignature + mail + kStat + kMailedPatch + kSignature),
        ElementsAre("x", "x"))
        << headers;
  }
}

TEST(DiffMail, NotesAndMimePartsStandBeforeThePatch) {
  EXPECT_THAT(
      paths(kFrom + kSubject + kFake + "---\n\nNotes:\n    a note\n\nNotes (ci):\n    ok\n\n" +
            kStat.substr(4) + kMailedPatch + kSignature),
      ElementsAre("x"));
  EXPECT_THAT(
      paths(kFrom + "Subject: [PATCH] T\nMIME-Version: 1.0\n\n--------------2.39.5\n\n" + kFake +
            kStat + "\n--------------2.39.5\nContent-Type: text/x-patch; name=\"x\"\n\n" +
            kMailedPatch + "\n--------------2.39.5--\n\n\n"),
      ElementsAre("x"));
}

// Without a diffstat nothing marks the patch: a fake is shown rather than a file hidden.
TEST(DiffMail, WithoutDiffstatNothingIsHidden) {
  EXPECT_THAT(paths(kFrom + kSubject + "Body.\n\n" + kMailedPatch + kSignature), ElementsAre("x"));
  EXPECT_THAT(paths(kFrom + kSubject + kFake + "\n" + kMailedPatch + kSignature),
              ElementsAre("fake", "x"));
}

// A separator within a hunk: a removed "--" and context that looks like a diffstat.
TEST(DiffMail, ASeparatorWithinAHunkHidesNothing) {
  const std::string hunk = "@@ -1,3 +1,2 @@\n---\n x | 1 +\n 1 file changed, 1 insertion(+)\n";
  const std::string head = kMailedPatch.substr(0, kMailedPatch.find("@@"));
  EXPECT_THAT(paths(kFrom + kSubject + "\n" + head + hunk + kMailedPatch + kSignature),
              ElementsAre("x", "x"));
}

TEST(DiffMail, ASignatureIsNoRemovedLine) {
  EXPECT_THAT(paths(kFrom + kSubject + kStat + kMailedPatch + "-- \nAnn, who signs as she likes\n"),
              ElementsAre("x"));
  EXPECT_THAT(paths(kMailedPatch + kSignature), ElementsAre("x"));
  EXPECT_TRUE(test::parse(kMailedPatch + "-- \nremoved\n").error);
  EXPECT_TRUE(test::parse(kMailedPatch + "-- not a signature\n").error);
}

// git show and git log indent the message.
TEST(DiffMail, ShowAndLog) {
  const std::string show =
      "commit 0123\nAuthor: Ann <a@b>\nDate:   now\n\n    Title\n\n    diff --git a/f b/f\n"
      "    --- a/f\n    +++ b/f\n    @@ -1 +1 @@\n\n";
  EXPECT_THAT(paths(show + kMailedPatch + "\n" + show + kMailedPatch), ElementsAre("x", "x"));
}

// What stands behind the mark of the patch is patch; without a mark nobody knows.
TEST(DiffMail, AFileWithoutDiffGitIsShownOrRefused) {
  const std::string plain = kFake.substr(kFake.find("---"));
  EXPECT_THAT(paths(kFrom + kSubject + kStat + plain + kSignature), ElementsAre("fake"));
  EXPECT_THAT(paths(kFrom + kSubject + kStat + kMailedPatch + plain + kSignature),
              ElementsAre("x", "fake"));
  EXPECT_THAT(paths(kFrom + kSubject + kStat + kMailedPatch + "\ntext\n" + plain + kSignature),
              ElementsAre("x", "fake"));
  EXPECT_THAT(paths(kFrom + kSubject + plain + kStat + plain + kSignature), ElementsAre("fake"));
  for (const std::string& body : {plain, plain + "\nrest of the message\n", kMailedPatch + plain,
                                  kMailedPatch + "\n" + plain}) {
    const test::Parsed parsed = test::parse(kFrom + kSubject + body);
    ASSERT_TRUE(parsed.error) << body;
    EXPECT_EQ(parsed.error->code, ParseErrorCode::kHunkWithoutFile);
  }
}

TEST(DiffMail, AStrayHunkIsRefused) {
  const std::string hunk = "@@ -10 +10 @@\n-c\n+d\n";
  for (const std::string& text :
       {kStat + kMailedPatch + "\n" + hunk + kSignature, kStat + kMailedPatch + kSignature + hunk,
        kStat + hunk, kMailedPatch + "\n" + hunk, hunk + kMailedPatch}) {
    const test::Parsed parsed = test::parse(kFrom + kSubject + text);
    ASSERT_TRUE(parsed.error) << text;
    EXPECT_EQ(parsed.error->code, ParseErrorCode::kHunkWithoutFile);
  }
  EXPECT_THAT(paths(kFrom + kSubject + hunk + kStat + kMailedPatch + kSignature + kFrom + kSubject +
                    hunk + kStat + kMailedPatch + kSignature),
              ElementsAre("x", "x"));
}

// A removed line "--" is written "---", and context may look like a diffstat.
TEST(DiffMail, AHunkThatLooksLikeTheEndOfTheMessageHidesNothing) {
  const std::string removed =
      "diff --git a/first b/first\nindex 0a1..0b2 100644\n--- a/first\n+++ b/first\n"
      "@@ -1,6 +1,5 @@\n-one\n+two\n k\n---\n x | 2 +-\n 1 file changed, 1 insertion(+)\n\n";
  const std::string combined =
      "diff --cc first\nindex 0a1,0a2..0b2\n--- a/first\n+++ b/first\n"
      "@@@ -1,3 -1,3 +1,2 @@@\n---\n  x | 2 +-\n  1 file changed, 1 insertion(+)\n";
  const std::string plain = removed.substr(removed.find("---"));
  for (const std::string& notes : {std::string(), std::string("---\nv2: fixed\n"), kStat,
                                   "---\nv2: fixed\n\n" + kStat.substr(4)})
    EXPECT_THAT(paths(kFrom + kSubject + "text\n\n" + notes + removed + kMailedPatch + kSignature),
                ElementsAre("first", "x"))
        << notes;
  EXPECT_THAT(paths(kFrom + kSubject + combined + "\n" + kMailedPatch), ElementsAre("first", "x"));
  EXPECT_TRUE(test::parse(kFrom + kSubject + plain + kMailedPatch).error);
}

TEST(DiffMail, TextMayStandBeforeTheDiffstat) {
  for (const std::string& notes :
       {std::string("v2: fixed\n"), std::string("v2:\n\n - fixed\n\n"), std::string("\n a | b\n\n"),
        std::string("Interdiff:\n  diff --git a/i b/i\n  --- a/i\n  +++ b/i\n\n")})
    EXPECT_THAT(paths(kFrom + kSubject + kFake + "---\n" + notes + kStat.substr(4) + kMailedPatch +
                      kSignature),
                ElementsAre("x"))
        << notes;
}

// A message may claim a hunk over the end of itself: that is shown, and so is the patch.
TEST(DiffMail, AFakeHunkOverTheEndOfTheMessageHidesNothing) {
  const std::string fake =
      "diff --git a/fake b/fake\n--- a/fake\n+++ b/fake\n@@ -1,4 +1,3 @@\n" + kStat;
  EXPECT_THAT(paths(kFrom + kSubject + fake + kMailedPatch + kSignature), ElementsAre("fake", "x"));
}
