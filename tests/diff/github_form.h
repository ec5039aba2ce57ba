#ifndef COEFFICIENT_TESTS_DIFF_GITHUB_FORM_H_
#define COEFFICIENT_TESTS_DIFF_GITHUB_FORM_H_

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Makes of a diff what GitHub's list of pull request files would have, without our parser.
namespace test {

/// The hunks of each section of a diff, as text. Knows of headers only where they begin, and of
/// hunks only their counts.
inline std::vector<std::string> split_patches(std::string_view diff) {
  std::vector<std::string> patches;
  std::string_view before;  // the two lines before, for diffs without "diff --git"
  std::string_view before_that;
  unsigned long old_left = 0;
  unsigned long new_left = 0;
  bool plain = true;  // no "diff --git" and no mail so far
  bool open = false;  // a section began, and no mail after it
  bool after_hunk = false;
  while (!diff.empty()) {
    const std::size_t size = std::min(diff.find('\n'), diff.size() - 1) + 1;
    const std::string line(diff.substr(0, size));
    diff.remove_prefix(size);
    const bool in_hunk = old_left + new_left != 0;
    unsigned long old_start = 0;
    unsigned long new_start = 0;
    if (in_hunk || (after_hunk && line[0] == '\\')) {
      patches.back() += line;
      if (line[0] != '+' && line[0] != '\\') --old_left;
      if (line[0] != '-' && line[0] != '\\') --new_left;
      after_hunk = true;
      continue;
    }
    after_hunk = false;
    if (line.starts_with("From ") && line.size() > 46 && std::isxdigit(line[5]) != 0 &&
        line[45] == ' ')
      plain = open = false;
    if (line.starts_with("diff --git ")) {
      plain = false;
      open = true;
      patches.emplace_back();
    }
    old_left = new_left = 1;
    if (std::sscanf(line.c_str(), "@@ -%lu,%lu +%lu,%lu @@", &old_start, &old_left, &new_start,
                    &new_left) == 4 ||
        (old_left = 1, std::sscanf(line.c_str(), "@@ -%lu +%lu,%lu @@", &old_start, &new_start,
                                   &new_left) == 3) ||
        (new_left = 1, std::sscanf(line.c_str(), "@@ -%lu,%lu +%lu @@", &old_start, &old_left,
                                   &new_start) == 3) ||
        (old_left = 1, std::sscanf(line.c_str(), "@@ -%lu +%lu @@", &old_start, &new_start) == 2)) {
      if (plain && before_that.starts_with("--- ")) {
        open = true;
        patches.emplace_back();
      }
      if (!open) old_left = new_left = 0;
      if (open) patches.back() += line;
      after_hunk = open;
    } else {
      old_left = new_left = 0;
    }
    before_that = before;
    before = std::string_view(diff.data() - size, size);
  }
  return patches;
}

inline bool is_utf8(const std::string& text) {
  using nlohmann::json;
  const std::string replaced = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  return json::parse(replaced) == json(text);
}

inline std::string github_status(const std::string& letter) {
  return letter == "A"   ? "added"
         : letter == "C" ? "copied"
         : letter == "D" ? "removed"
         : letter == "R" ? "renamed"
         : letter == "T" ? "changed"
                         : "modified";
}

struct GithubForm {
  nlohmann::json list = nlohmann::json::array();
  std::vector<nlohmann::json> oracle;  // of the files in the list
  std::size_t not_utf8 = 0;            // files that are not in the list
};

/// The list for `diff`, of which git's own answer is `oracle`; nothing if it is not one file per
/// section there.
inline std::optional<GithubForm> github_form(std::string_view diff, const nlohmann::json& oracle) {
  const std::vector<std::string> patches = split_patches(diff);
  GithubForm form;
  std::size_t next = 0;
  for (const nlohmann::json& file : oracle["files"]) {
    if (next == patches.size()) return std::nullopt;
    std::string patch = patches[next++];
    const std::string letter = file["status"].get<std::string>();
    if (letter == "T") {
      if (next == patches.size()) return std::nullopt;
      patch += patches[next++];
    }
    const nlohmann::json& name = file["new"].is_null() ? file["old"] : file["new"];
    if (name.contains("path_hex") || !is_utf8(patch) ||
        (!file["old"].is_null() && file["old"].contains("path_hex"))) {
      ++form.not_utf8;
      continue;
    }
    const auto count = [&](const char* side) {
      return file[side].is_null() ? std::uint64_t{0} : file[side].get<std::uint64_t>();
    };
    nlohmann::json row{{"sha", "0123456789abcdef0123456789abcdef01234567"},
                       {"filename", name["path"]},
                       {"status", github_status(letter)},
                       {"additions", count("added")},
                       {"deletions", count("removed")},
                       {"changes", count("added") + count("removed")},
                       {"blob_url", "https://github.example/blob"},
                       {"raw_url", "https://github.example/raw"},
                       {"contents_url", "https://github.example/contents?ref=0"}};
    if (letter == "R" || letter == "C") row["previous_filename"] = file["old"]["path"];
    if (patch.ends_with('\n')) patch.pop_back();
    if (!patch.empty()) row["patch"] = patch;
    form.list.push_back(std::move(row));
    form.oracle.push_back(file);
  }
  if (next != patches.size()) return std::nullopt;
  return form;
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_DIFF_GITHUB_FORM_H_
