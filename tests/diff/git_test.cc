// Random repositories: what git says with --raw, --numstat and the files themselves, against what
// the parser reads from the patch that git writes of the same change.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "coefficient/diff/parser.h"
#include "diff/parsed.h"
#include "support/vectors.h"

namespace {

namespace fs = std::filesystem;
using coefficient::diff::LineKind;
using test::ParsedFile;
using test::ParsedLine;

using Tree = std::map<std::string, std::string>;  // path to content; links have a "\0link" prefix
const std::string kLink("\0link:", 6);

const std::vector<std::string> kNameParts = {
    "a", "b", "x", " ", "\t", "\n", "\"", "\\", "\xc3\xa9", "\xe9", "\xff", " -> ", "{", "}", "=>",
    "--- ", "@@", "dev", "null", "\r", "\x01", "\x7f", "diff --git ", ".c", "b/", "a/", "x y", " b/",
    "\xe2\x80\xae", "'", "$", "*", "0"};
const std::vector<std::string> kLines = {
    "int main() {", "}", "", " ", "\t", "return 0;", "-- a/x", "++ b/x", "@ -1 +1 @@", "@@ -1 +1 @@",
    "diff --git a/x b/x", "\\ No newline at end of file", "no newline at end of file", "-- ",
    "2.39.5", "\r", "x\r", "\xff\xfe", "--- a/x", "+++ b/x", "GIT binary patch", "---",
    "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001", " 1 file changed",
    "Subproject commit 0123456789012345678901234567890123456789", "caf\xc3\xa9", "-", "+"};

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
    const fs::path out = root_ / ".git-out";
    const std::string command =
        "cd '" + root_.string() + "' && GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 LC_ALL=C "
        "GIT_AUTHOR_DATE='2024-01-02T03:04:05Z' GIT_COMMITTER_DATE='2024-01-02T03:04:05Z' "
        "git -c user.name=A -c user.email=a@example.com -c core.excludesFile=/dev/null "
        "-c init.defaultBranch=main -c core.autocrlf=false -c commit.gpgsign=false -c gc.auto=0 " +
        arguments + " > '" + out.string() + "'";
    EXPECT_EQ(std::system(command.c_str()), 0) << arguments;  // NOLINT(cert-env33-c)
    const std::string text = test::read_file(out);
    fs::remove(out);
    return text;
  }

  void commit(const Tree& tree) {
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
      if (executable_.contains(path)) fs::permissions(full, fs::perms::owner_exec, fs::perm_options::add);
    }
    std::ofstream(root_ / ".git" / "message", std::ios::binary)
        << "Title\n\nBody.\n---\ndiff --git a/fake b/fake\n--- a/fake\n+++ b/fake\n@@ -1 +1 @@\n-a\n+b\n";
    git("add -A -f");
    git("commit -q --allow-empty --no-verify -F .git/message");
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
          executable_[path] = true;
          break;
        case 5:
          tree[path] = text.starts_with(kLink) ? content() : kLink + "target " + std::to_string(pick(9));
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
    for (std::size_t i = 0, parts = 1 + pick(5); i < parts; ++i) path += kNameParts[pick(kNameParts.size())];
    if (pick(3) == 0) path += "/" + kNameParts[pick(3)] + std::to_string(pick(100));
    return path;
  }

  // Refuses what a file system or git does not take: "a//b", "a" beside "a/b".
  static void insert(Tree& tree, const std::string& path, const std::string& content) {
    if (path.starts_with('/') || path.ends_with('/') || path.find("//") != std::string::npos) return;
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
    return (pick(2) == 0 ? kLines[pick(kLines.size())] : "line " + std::to_string(pick(1000))) + "\n";
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
  std::map<std::string, bool> executable_;
};

struct RawEntry {
  std::uint32_t old_mode = 0;
  std::uint32_t new_mode = 0;
  bool same_content = false;
  char status = '?';
  std::string old_path;
  std::string new_path;
  std::string added;  // as --numstat has it: a number or "-"
  std::string removed;
};

std::string take(const std::string& text, std::size_t& at, char until) {
  const std::size_t end = text.find(until, at);
  if (end == std::string::npos) throw std::runtime_error("unexpected end of git's answer");
  std::string field = text.substr(at, end - at);
  at = end + 1;
  return field;
}

// Reads `--raw -z --abbrev=40` followed by `--numstat -z`.
std::vector<RawEntry> read_raw(const std::string& raw, const std::string& numstat) {
  std::vector<RawEntry> entries;
  for (std::size_t at = 0; at < raw.size();) {
    RawEntry entry;
    entry.old_mode = static_cast<std::uint32_t>(std::stoul(take(raw, at, ' ').substr(1), nullptr, 8));
    entry.new_mode = static_cast<std::uint32_t>(std::stoul(take(raw, at, ' '), nullptr, 8));
    const std::string old_id = take(raw, at, ' ');
    entry.same_content = take(raw, at, ' ') == old_id;
    entry.status = take(raw, at, '\0')[0];
    entry.old_path = take(raw, at, '\0');
    const bool moved = entry.status == 'R' || entry.status == 'C';
    entry.new_path = moved ? take(raw, at, '\0') : entry.old_path;
    entries.push_back(entry);
  }
  std::size_t at = 0;
  for (RawEntry& entry : entries) {
    entry.added = take(numstat, at, '\t');
    entry.removed = take(numstat, at, '\t');
    if (take(numstat, at, '\0').empty()) {
      take(numstat, at, '\0');
      take(numstat, at, '\0');
    }
  }
  return entries;
}

struct TextLine {
  std::string text;
  bool newline = true;
  bool operator==(const TextLine&) const = default;
};

std::vector<TextLine> split(const std::string& text) {
  std::vector<TextLine> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) {
      lines.push_back({text.substr(at), false});
      break;
    }
    lines.push_back({text.substr(at, end - at), true});
    at = end + 1;
  }
  return lines;
}

// Content of a side: nothing if the file is not there.
std::vector<TextLine> content_lines(const Tree& tree, const std::optional<std::string>& path) {
  if (!path) return {};
  const auto found = tree.find(*path);
  EXPECT_NE(found, tree.end()) << *path;
  if (found == tree.end()) return {};
  const std::string& text = found->second;
  return split(text.starts_with(kLink) ? text.substr(kLink.size()) : text);
}

// Every line stands where the files have it, and what is left of both files is the same.
void expect_content(const ParsedFile& file, const Tree& old_tree, const Tree& new_tree) {
  std::vector<TextLine> old_lines = content_lines(old_tree, file.old_path);
  std::vector<TextLine> new_lines = content_lines(new_tree, file.new_path);
  std::vector<bool> removed(old_lines.size()), added(new_lines.size());
  for (const ParsedLine& line : file.lines) {
    const TextLine here{line.text, line.ends_with_newline};
    if (line.kind != LineKind::kAdded) {
      ASSERT_LE(line.old_line, old_lines.size());
      ASSERT_EQ(old_lines[line.old_line - 1], here);
      removed[line.old_line - 1] = line.kind == LineKind::kRemoved;
    }
    if (line.kind != LineKind::kRemoved) {
      ASSERT_LE(line.new_line, new_lines.size());
      ASSERT_EQ(new_lines[line.new_line - 1], here);
      added[line.new_line - 1] = line.kind == LineKind::kAdded;
    }
  }
  std::vector<TextLine> kept_old, kept_new;
  for (std::size_t i = 0; i < old_lines.size(); ++i)
    if (!removed[i]) kept_old.push_back(old_lines[i]);
  for (std::size_t i = 0; i < new_lines.size(); ++i)
    if (!added[i]) kept_new.push_back(new_lines[i]);
  EXPECT_EQ(kept_old, kept_new);
}

void expect_entry(const ParsedFile& file, const RawEntry& entry, bool with_text,
                  const Tree& old_tree, const Tree& new_tree) {
  EXPECT_EQ(file.status, entry.status);
  EXPECT_EQ(file.old_path.value_or("(none)"), entry.status == 'A' ? "(none)" : entry.old_path);
  EXPECT_EQ(file.new_path.value_or("(none)"), entry.status == 'D' ? "(none)" : entry.new_path);
  EXPECT_EQ(file.old_mode.value_or(entry.old_mode), entry.old_mode);
  EXPECT_EQ(file.new_mode.value_or(entry.new_mode), entry.new_mode);
  const auto count = [&](LineKind kind) {
    return std::to_string(std::count_if(file.lines.begin(), file.lines.end(),
                                        [&](const ParsedLine& line) { return line.kind == kind; }));
  };
  if (file.binary) {
    EXPECT_EQ(entry.added, "-");
    EXPECT_TRUE(file.lines.empty() || entry.status == 'T');
    return;
  }
  if (entry.added == "-") {  // binary, but moved unchanged, or shown with --text
    EXPECT_TRUE(entry.same_content || with_text);
    return expect_content(file, old_tree, new_tree);
  }
  EXPECT_EQ(count(LineKind::kAdded), entry.added);
  EXPECT_EQ(count(LineKind::kRemoved), entry.removed);
  expect_content(file, old_tree, new_tree);
}

struct Form {
  const char* configuration;
  const char* command;  // the patch
  const char* options;  // for both the patch and git's answer
  bool reversed = false;
};

const std::vector<Form> kForms = {
    {"", "diff", "HEAD~ HEAD"},
    {"", "diff", "-M HEAD~ HEAD"},
    {"", "diff -U0", "-M HEAD~ HEAD"},
    {"", "diff -U12 --inter-hunk-context=4", "-M HEAD~ HEAD"},
    {"", "diff -W", "-M HEAD~ HEAD"},
    {"", "diff --no-prefix", "-M HEAD~ HEAD"},
    {"-c diff.noprefix=true", "diff", "-C --find-copies-harder HEAD~ HEAD"},
    {"", "diff --src-prefix=old/ --dst-prefix=newer/", "-M HEAD~ HEAD"},
    {"", "diff --src-prefix=p/q/old/ --dst-prefix=p/q/new/", "-M HEAD~ HEAD"},
    {"-c diff.mnemonicPrefix=true", "diff", "-M HEAD~"},
    {"", "diff --binary --full-index", "-M HEAD~ HEAD"},
    {"", "diff", "-C --find-copies-harder HEAD~ HEAD"},
    {"", "diff", "-B HEAD~ HEAD"},
    {"", "diff", "-B -M HEAD~ HEAD"},
    {"", "diff", "--no-renames HEAD~ HEAD"},
    {"", "diff --text", "--text -M HEAD~ HEAD"},
    {"", "diff", "-R -M HEAD~ HEAD", true},
    {"", "diff --patience --stat --summary -p", "-M --patience HEAD~ HEAD"},
    {"-c core.quotePath=false", "diff", "-M HEAD~ HEAD"},
    {"-c diff.suppressBlankEmpty=true", "diff", "-M HEAD~ HEAD"},
    {"", "format-patch --stdout -M -1 HEAD #", "-M HEAD~ HEAD"},
    {"", "format-patch --stdout -M -1 HEAD --attach #", "-M HEAD~ HEAD"},
    {"", "format-patch --stdout -M -1 HEAD --cover-letter --binary #", "-M HEAD~ HEAD"},
    {"", "show -M HEAD #", "-M HEAD~ HEAD"},
    {"", "log -p -M -1 --stat --raw HEAD #", "-M HEAD~ HEAD"},
};

// "#" in a command: the options are for git's answer alone.
std::string patch_of(const Repository& repository, const Form& form) {
  std::string command = form.command;
  if (command.ends_with('#')) {
    command.pop_back();
  } else {
    command += std::string(" ") + form.options;
  }
  return repository.git(std::string(form.configuration) + " " + command);
}

void expect_form(const Repository& repository, const Form& form, const Tree& old_tree,
                 const Tree& new_tree) {
  SCOPED_TRACE(std::string(form.configuration) + " " + form.command + " " + form.options);
  const std::string text = patch_of(repository, form);
  const auto entries =
      read_raw(repository.git(std::string("diff --raw -z --abbrev=40 ") + form.options),
               repository.git(std::string("diff --numstat -z ") + form.options));
  const test::Parsed parsed = test::parse(text);
  ASSERT_FALSE(parsed.error) << to_string(parsed.error->code) << " in line " << parsed.error->line
                             << " of\n"
                             << text;
  EXPECT_EQ(parsed.line_bytes + parsed.other_bytes, text.size());
  ASSERT_EQ(parsed.files.size(), entries.size()) << text;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    SCOPED_TRACE(entries[i].new_path);
    const bool with_text = std::string_view(form.options).find("--text") != std::string_view::npos;
    expect_entry(parsed.files[i], entries[i], with_text, form.reversed ? new_tree : old_tree,
                 form.reversed ? old_tree : new_tree);
  }
}

bool have_git() {
  return std::system("git --version > /dev/null 2>&1") == 0;  // NOLINT(cert-env33-c)
}

class DiffGit : public testing::TestWithParam<unsigned> {};

}  // namespace

TEST_P(DiffGit, AgreesWithGitOnARandomRepository) {
  if (!have_git()) GTEST_SKIP() << "needs git";
  Repository repository(GetParam());
  const Tree old_tree = repository.first_tree();
  repository.commit(old_tree);
  const Tree new_tree = repository.second_tree(old_tree);
  repository.commit(new_tree);
  for (const Form& form : kForms) {
    expect_form(repository, form, old_tree, new_tree);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, DiffGit, testing::Range(1U, 13U));
