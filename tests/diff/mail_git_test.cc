// Mails of git that look like what they are not, against what git says of their commit: whatever is
// written in the message and in the files, no file of the patch is missing.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "diff/parsed.h"
#include "diff/repository.h"

namespace {

// Lines that end a message, or look as if: in files they come as content, removed, added and kept.
const std::vector<std::string> kTraps = {
    "--",
    "-",
    "---",
    "",
    " ",
    "a | 2 +-",
    " a | 2 +-",
    "1 file changed, 1 insertion(+)",
    " 1 file changed, 1 insertion(+)",
    "last",
    "-- ",
    "2.39.5",
    "diff --git a/f0 b/f0",
    "--- a/f0",
    "+++ b/f0",
    "@@ -1 +1 @@",
    "-- a/f0",
    "++ b/f0",
    "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001",
    "From: A <a@example.com>",
    "Subject: [PATCH 0/1] x",
    "-----",
    "Notes:",
    "diff --cc f0",
    "index 1,2..3"};

class TrapMaker {
 public:
  explicit TrapMaker(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t limit) { return random_() % limit; }
  std::string lines(std::size_t most) {
    std::string text;
    for (std::size_t i = 0, count = 1 + below(most); i < count; ++i)
      text += kTraps[below(kTraps.size())] + "\n";
    return text;
  }
  // At the end of a file: without its first line, a hunk that ends like a message.
  std::string stat() {
    return "--\na | 2 +-\n1 file changed, 1 insertion(+)\n" +
           std::string(below(4) == 0 ? "" : "\n") + std::string(below(2) == 0 ? "" : "last\n");
  }
  // What git writes before a patch, and a hunk of nearly the right size around it.
  std::string frame() {
    std::string text;
    if (below(2) == 0)
      text += "diff --git a/f0 b/f0\n--- a/f0\n+++ b/f0\n@@ -1," + std::to_string(below(7)) +
              " +1," + std::to_string(below(7)) + " @@\n";
    if (below(2) == 0) text += "---\n";
    return text + " f0 | 2 +-\n 1 file changed, 1 insertion(+)\n\n";
  }

 private:
  std::mt19937 random_;
};

// "added TAB removed TAB name" of each file.
std::vector<std::string> listed(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

std::vector<std::string> parsed(const test::Parsed& of) {
  std::vector<std::string> all;
  for (const test::ParsedFile& file : of.files) {
    std::size_t added = 0;
    std::size_t removed = 0;
    for (const test::ParsedLine& line : file.lines) {
      added += line.kind == coefficient::diff::LineKind::kAdded ? 1 : 0;
      removed += line.kind == coefficient::diff::LineKind::kRemoved ? 1 : 0;
    }
    all.push_back(std::to_string(added) + "\t" + std::to_string(removed) + "\t" +
                  file.new_path.value_or(file.old_path.value_or("")));
  }
  return all;
}

class DiffMailGit : public testing::TestWithParam<unsigned> {};

}  // namespace

TEST_P(DiffMailGit, NoFileOfThePatchIsMissing) {
  if (!test::have_git()) GTEST_SKIP() << "needs git";
  TrapMaker maker(GetParam());
  test::Repository repository(GetParam());
  std::size_t accepted = 0;
  std::size_t mails = 0;
  for (int round = 0; round < 8; ++round) {
    test::Tree tree;
    for (int i = 0; i < 4; ++i) tree["f" + std::to_string(i)] = maker.lines(12) + maker.stat();
    repository.commit(tree);
    for (auto& [path, text] : tree) {
      if (maker.below(3) == 0) {
        text = maker.lines(12);
      } else {
        text = maker.lines(2) + text.substr(text.find('\n') + 1);
      }
      // The line that prints as "---" goes.
      if (const std::size_t dashes = text.rfind("--\na | 2"); dashes != std::string::npos)
        text.erase(dashes, 3);
    }
    std::string message = "Title\n\n";
    for (std::size_t i = 0, parts = maker.below(4); i < parts; ++i)
      message += maker.below(2) == 0 ? maker.lines(6) : maker.frame();
    repository.commit(tree, message);
    const std::vector<std::string> truth = listed(repository.git("diff --numstat HEAD~ HEAD"));
    for (const char* form :
         {"format-patch --stdout -1 HEAD", "format-patch --stdout -p -1 HEAD",
          "-c diff.suppressBlankEmpty=true format-patch --stdout -1 HEAD",
          "-c diff.suppressBlankEmpty=true format-patch --stdout -p -1 HEAD",
          "format-patch --stdout -U0 -1 HEAD", "format-patch --stdout --attach -1 HEAD",
          "-c diff.suppressBlankEmpty=true format-patch --stdout -2 HEAD"}) {
      const std::string mail = repository.git(form);
      const test::Parsed seen = test::parse(mail);
      ++mails;
      if (seen.error) continue;
      ++accepted;
      std::vector<std::string> ours = parsed(seen);
      for (const std::string& file : truth) {
        const auto found = std::find(ours.begin(), ours.end(), file);
        ASSERT_NE(found, ours.end()) << form << ": " << file << " of\n" << mail;
        ours.erase(found);
      }
    }
  }
  EXPECT_GE(accepted, mails / 4);  // most of the others claim a hunk that breaks off
}

INSTANTIATE_TEST_SUITE_P(Seeds, DiffMailGit, testing::Range(1U, 9U));
