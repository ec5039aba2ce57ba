// Random repositories: what git says with --raw, --numstat and the files themselves, against what
// the parser reads from the patch that git writes of the same change.
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/diff/parser.h"
#include "diff/parsed.h"
#include "diff/repository.h"

namespace {

using coefficient::diff::LineKind;
using test::kLink;
using test::ParsedFile;
using test::ParsedLine;
using test::Repository;
using test::Tree;

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
    entry.old_mode =
        static_cast<std::uint32_t>(std::stoul(take(raw, at, ' ').substr(1), nullptr, 8));
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

class DiffGit : public testing::TestWithParam<unsigned> {};

}  // namespace

TEST_P(DiffGit, AgreesWithGitOnARandomRepository) {
  if (!test::have_git()) GTEST_SKIP() << "needs git";
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
