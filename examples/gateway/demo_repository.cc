#include "demo_repository.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "directory.h"
#include "git_diff_source.h"
#include "process.h"

namespace gateway {
namespace {

constexpr std::size_t kComfortableDiff = std::size_t{64} << 10U;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// Adds what git itself counts; a binary file's counts are "-" and count as nothing.
Result<> count(DemoChange& change) {
  const PullRequest& pr = change.pull_request;
  auto counted = run_git(
      change.clone,
      {"diff", "--numstat", "--find-renames", "--no-ext-diff", "--no-textconv",
       "--diff-algorithm=myers", "--end-of-options", pr.base_sha + "..." + pr.head_sha, "--"},
      kDemoGit);
  if (!counted) return counted.error();
  for (const std::string& line : lines_of(*counted)) {
    const char* const end = line.data() + line.size();
    std::uint64_t added = 0;
    std::uint64_t removed = 0;
    const auto first = std::from_chars(line.data(), end, added);
    if (first.ec == std::errc() && first.ptr != end) {
      (void)std::from_chars(first.ptr + 1, end, removed);
    }
    ++change.files;
    change.added += added;
    change.removed += removed;
  }
  return {};
}

Result<DemoChange> change_between(const std::string& clone, const std::string& base,
                                  const std::string& head) {
  DemoChange change;
  change.clone = clone;
  PullRequest& pr = change.pull_request;
  pr.repository = "demo/" + std::filesystem::path(clone).filename().string();
  pr.number = 1;
  pr.base_sha = base;
  pr.head_sha = head;
  auto title = run_git(clone, {"log", "-1", "--format=%s", "--encoding=UTF-8", head}, kDemoGit);
  if (!title) return title.error();
  auto subjects = run_git(
      clone, {"log", "--format=- %s", "--encoding=UTF-8", base + ".." + head, "--"}, kDemoGit);
  if (!subjects) return subjects.error();
  const auto lines = lines_of(*title);
  pr.title = lines.empty() ? "" : lines.front();
  pr.description = *subjects;
  if (auto loaded = load_diff(change); !loaded) return loaded.error();
  return change;
}

struct Step {
  const char* file;
  const char* before;
  const char* after;
};

constexpr std::array kSample = {
    Step{"src/limits.cc",
         "#include \"limits.h\"\n\nnamespace shop {\n\n// The largest order that is taken without "
         "a call.\nconstexpr int kMaxItems = 100;\n\nbool acceptable(int items) {\n  return items "
         "<= kMaxItems;\n}\n\n}  // namespace shop\n",
         "#include \"limits.h\"\n\nnamespace shop {\n\n// The largest order that is taken without "
         "a call.\nconstexpr int kMaxItems = 250;\n\nbool acceptable(int items) {\n  return items "
         "> 0 && items <= kMaxItems;\n}\n\n}  // namespace shop\n"},
    Step{"tests/limits_test.cc",
         "#include \"limits.h\"\n\nint main() {\n  return shop::acceptable(100) ? 0 : 1;\n}\n",
         "#include \"limits.h\"\n\nint main() {\n  const bool ok = shop::acceptable(250) && "
         "!shop::acceptable(0);\n  return ok ? 0 : 1;\n}\n"},
};

Result<> write_step(const std::string& path, const char* Step::*text) {
  namespace fs = std::filesystem;
  std::error_code ec;
  for (const Step& step : kSample) {
    const fs::path file = fs::path(path) / step.file;
    fs::create_directories(file.parent_path(), ec);
    fs::remove(file, ec);
    if (auto written = write_new_file(file, step.*text); !written) return written;
  }
  return {};
}

Result<> commit_step(const std::string& path, const char* message) {
  if (auto added = run_git(path, {"add", "--all"}, kDemoGit); !added) return added.error();
  auto committed = run_git(path,
                           {"-c", "user.name=Demo", "-c", "user.email=demo@example.invalid", "-c",
                            "commit.gpgSign=false", "commit", "--quiet", "-m", message},
                           kDemoGit);
  if (!committed) return committed.error();
  return {};
}

}  // namespace

Result<> load_diff(DemoChange& change) {
  change.files = change.added = change.removed = 0;
  const GitDiffSource source({{change.pull_request.repository, change.clone}}, kDemoGit);
  auto diff = source.diff(change.pull_request);
  if (!diff) return diff.error();
  if (diff->empty()) return Error{ErrorCode::kNotFound, "the newest commits change nothing"};
  change.diff = std::move(*diff);
  return count(change);
}

Result<DemoChange> own_change(const std::string& inside) {
  auto top = run_git(inside, {"rev-parse", "--show-toplevel"}, kDemoGit);
  if (!top) return top.error();
  const auto top_lines = lines_of(*top);
  if (top_lines.empty()) return Error{ErrorCode::kNotFound, "a bare repository"};
  auto listed = run_git(top_lines.front(),
                        {"rev-list", "--first-parent", "--max-count=4", "HEAD", "--"}, kDemoGit);
  if (!listed) return listed.error();
  const auto commits = lines_of(*listed);
  Error last{ErrorCode::kNotFound, "the repository has fewer than two commits"};
  // The newest three commits if that reads well, else fewer; the newest alone whatever its size.
  for (std::size_t back = std::min<std::size_t>(commits.size(), 4) - 1; back >= 1; --back) {
    auto change = change_between(top_lines.front(), commits[back], commits.front());
    if (!change) {
      last = change.error();
    } else if (back == 1 || change->diff.size() <= kComfortableDiff) {
      return change;
    }
  }
  return last;
}

Result<DemoChange> sample_change(const std::string& path) {
  auto made = run_process({"git", "init", "--quiet", "--initial-branch=main", "--template=", path},
                          {"LC_ALL=C", "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1"}, kDemoGit);
  if (!made) return made.error();
  if (auto written = write_step(path, &Step::before); !written) return written.error();
  if (auto done = commit_step(path, "Take orders of up to 100 items"); !done) return done.error();
  if (auto written = write_step(path, &Step::after); !written) return written.error();
  if (auto done = commit_step(path, "Take orders of up to 250 items"); !done) return done.error();
  auto change = own_change(path);
  if (change) change->sample = true;
  return change;
}

std::string pull_request_payload(const DemoChange& change) {
  const PullRequest& pr = change.pull_request;
  const std::string api = "https://api.github.example/repos/" + pr.repository;
  const nlohmann::ordered_json user = {{"login", "octo-author"},
                                       {"id", 1001},
                                       {"avatar_url", "https://avatars.github.example/u/1001"},
                                       {"url", "https://api.github.example/users/octo-author"},
                                       {"type", "User"}};
  const nlohmann::ordered_json repository = {
      {"id", 2002},      {"full_name", pr.repository},
      {"private", true}, {"owner", {{"login", "demo"}, {"id", 3003}}},
      {"url", api},      {"default_branch", "main"}};
  const nlohmann::ordered_json body = {
      {"action", "opened"},
      {"number", pr.number},
      {"pull_request",
       {{"id", 4004},
        {"number", pr.number},
        {"state", "open"},
        {"title", pr.title},
        {"body", pr.description},
        {"user", user},
        {"url", api + "/pulls/" + std::to_string(pr.number)},
        {"head", {{"ref", "newest"}, {"sha", pr.head_sha}, {"user", user}, {"repo", repository}}},
        {"base", {{"ref", "main"}, {"sha", pr.base_sha}, {"user", user}, {"repo", repository}}},
        {"draft", false},
        {"commits", 1},
        {"additions", change.added},
        {"deletions", change.removed},
        {"changed_files", change.files}}},
      {"repository", repository},
      {"sender", user}};
  return body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace gateway
