#include "git_diff_source.h"

#include <algorithm>
#include <utility>

namespace gateway {

bool is_object_id(std::string_view text) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return (text.size() == 40 || text.size() == 64) && std::ranges::all_of(text, hex);
}

GitDiffSource::GitDiffSource(std::map<std::string, std::string> clones, ProcessLimits limits)
    : clones_(std::move(clones)), limits_(limits) {}

bool GitDiffSource::serves(std::string_view repository) const {
  return clones_.contains(std::string(repository));
}

Result<std::string> GitDiffSource::diff(const PullRequest& pull_request) const {
  const auto clone = clones_.find(pull_request.repository);
  if (clone == clones_.end()) {
    return Error{ErrorCode::kInvalidArgument, "no clone is configured for this repository"};
  }
  if (!is_object_id(pull_request.base_sha) || !is_object_id(pull_request.head_sha)) {
    return Error{ErrorCode::kInvalidArgument, "base or head is not an object id"};
  }
  // Every setting that a repository's own configuration could bend is said out loud.
  return run_git(clone->second,
                 {"diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative",
                  "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/", "--find-renames",
                  "--unified=3", "--inter-hunk-context=0", "--diff-algorithm=myers",
                  "--end-of-options", pull_request.base_sha + "..." + pull_request.head_sha, "--"},
                 limits_);
}

}  // namespace gateway
