#ifndef COEFFICIENT_TESTS_DIFF_REPOSITORY_H_
#define COEFFICIENT_TESTS_DIFF_REPOSITORY_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "support/vectors.h"

namespace test {

namespace fs = std::filesystem;

using Tree = std::map<std::string, std::string>;  // path to content; links have a "\0link" prefix
inline const std::string kLink("\0link:", 6);

inline const std::vector<std::string> kNameParts = {
    "a",    "b",  "x",        " ",    "\t",           "\n",
    "\"",   "\\", "\xc3\xa9", "\xe9", "\xff",         " -> ",
    "{",    "}",  "=>",       "--- ", "@@",           "dev",
    "null", "\r", "\x01",     "\x7f", "diff --git ",  ".c",
    "b/",   "a/", "x y",      " b/",  "\xe2\x80\xae", "'",
    "$",    "*",  "0"};
inline const std::vector<std::string> kLines = {
    "int main() {",
    "}",
    "",
    " ",
    "\t",
    "return 0;",
    "-- a/x",
    "++ b/x",
    "@ -1 +1 @@",
    "@@ -1 +1 @@",
    "diff --git a/x b/x",
    "\\ No newline at end of file",
    "no newline at end of file",
    "-- ",
    "2.39.5",
    "\r",
    "x\r",
    "\xff\xfe",
    "--- a/x",
    "+++ b/x",
    "GIT binary patch",
    "---",
    "--",
    "a | 2 +-",
    "1 file changed, 1 insertion(+)",
    "last",
    "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001",
    " 1 file changed",
    "Subproject commit 0123456789012345678901234567890123456789",
    "caf\xc3\xa9",
    "-",
    "+"};

inline const std::string kMessage =
    "Title\n\nBody.\n---\ndiff --git a/fake b/fake\n--- a/fake\n+++ b/fake\n@@ -1 +1 @@\n-a\n+b\n";

/// A git repository in a directory of its own, filled at random from a seed; removed at the end.
class Repository {
 public:
  explicit Repository(unsigned seed) : random_(seed) {
    std::string name = (fs::temp_directory_path() / "coefficient-diff-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    git("init -q");
  }
  Repository(const Repository&) = delete;
  Repository& operator=(const Repository&) = delete;
  ~Repository() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  // Runs git without anyone's configuration and returns what it writes.
  std::string git(const std::string& arguments) const {
    // Beside it: inside it would be added, too.
    const fs::path out = root_.string() + ".out";
    const std::string command =
        "cd '" + root_.string() +
        "' && GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 LC_ALL=C "
        "GIT_AUTHOR_DATE='2024-01-02T03:04:05Z' GIT_COMMITTER_DATE='2024-01-02T03:04:05Z' "
        "git -c user.name=A -c user.email=a@example.com -c core.excludesFile=/dev/null "
        "-c init.defaultBranch=main -c core.autocrlf=false -c commit.gpgsign=false -c gc.auto=0 " +
        arguments + " > '" + out.string() + "'";
    EXPECT_EQ(std::system(command.c_str()), 0) << arguments;  // NOLINT(cert-env33-c)
    const std::string text = test::read_file(out);
    fs::remove(out);
    return text;
  }

  void commit(const Tree& tree, const std::string& message = kMessage) {
    for (const auto& entry : fs::directory_iterator(root_))
      if (entry.path().filename() != ".git") fs::remove_all(entry.path());
    for (const auto& [path, content] : tree) {
      const fs::path full = root_ / path;
      fs::create_directories(full.parent_path());
      if (content.starts_with(kLink)) {
        fs::create_symlink(content.substr(kLink.size()), full);
        continue;
      }
      std::ofstream(full, std::ios::binary) << content;
      if (executable_.contains(path))
        fs::permissions(full, fs::perms::owner_exec, fs::perm_options::add);
    }
    std::ofstream(root_ / ".git" / "message", std::ios::binary) << message;
    git("add -A -f");
    git("commit -q --allow-empty --no-verify --cleanup=verbatim -F .git/message");
  }

  Tree first_tree() {
    Tree tree;
    for (int i = 0; i < 14; ++i) insert(tree, name(), content());
    return tree;
  }

  // Edits, renames, copies, removals, additions, mode and type changes.
  Tree second_tree(const Tree& from) {
    Tree tree = from;
    for (const auto& [path, text] : from) {
      switch (pick(9)) {
        case 0:
          tree.erase(path);
          break;
        case 1:
          tree.erase(path);
          insert(tree, name(), text);
          break;
        case 2:
          tree.erase(path);
          insert(tree, name(), edited(text));
          break;
        case 3:
          insert(tree, name(), edited(text));
          break;
        case 4:
          executable_.insert(path);
          break;
        case 5:
          tree[path] =
              text.starts_with(kLink) ? content() : kLink + "target " + std::to_string(pick(9));
          break;
        default:
          tree[path] = edited(text);
      }
    }
    for (int i = 0; i < 3; ++i) insert(tree, name(), content());
    return tree;
  }

 private:
  std::size_t pick(std::size_t below) { return random_() % below; }

  std::string name() {
    std::string path;
    for (std::size_t i = 0, parts = 1 + pick(5); i < parts; ++i)
      path += kNameParts[pick(kNameParts.size())];
    if (pick(3) == 0) path += "/" + kNameParts[pick(3)] + std::to_string(pick(100));
    return path;
  }

  // Refuses what a file system or git does not take: "a//b", "a" beside "a/b".
  static void insert(Tree& tree, const std::string& path, const std::string& content) {
    if (path.starts_with('/') || path.ends_with('/') || path.find("//") != std::string::npos)
      return;
    for (const auto& [other, text] : tree)
      if ((other + "/").starts_with(path + "/") || (path + "/").starts_with(other + "/")) return;
    tree[path] = content;
  }

  std::string content() {
    if (pick(10) == 0) return "";
    if (pick(10) == 0) return std::string("\0binary\n", 8) + std::to_string(random_());
    std::string text;
    for (std::size_t i = 0, lines = 1 + pick(60); i < lines; ++i) text += line();
    if (pick(4) == 0) text.pop_back();
    return text;
  }
  std::string line() {
    return (pick(2) == 0 ? kLines[pick(kLines.size())] : "line " + std::to_string(pick(1000))) +
           "\n";
  }
  std::string edited(const std::string& text) {
    if (text.starts_with(kLink)) return text + "x";
    std::string result;
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
      const std::size_t what = pick(14);
      if (what == 1) result += line();
      if (what != 0) result.append(text, at, end - at);
      at = end;
    }
    if (pick(5) == 0 && !result.empty() && result.back() == '\n') result.pop_back();
    if (pick(5) == 0) result += "tail" + std::string(pick(2), '\n');
    return result;
  }

  std::mt19937 random_;
  fs::path root_;
  std::set<std::string> executable_;
};

inline bool have_git() {
  return std::system("git --version > /dev/null 2>&1") == 0;  // NOLINT(cert-env33-c)
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_DIFF_REPOSITORY_H_
