#ifndef COEFFICIENT_GATEWAY_GIT_DIFF_SOURCE_H_
#define COEFFICIENT_GATEWAY_GIT_DIFF_SOURCE_H_

#include <map>
#include <string>
#include <string_view>

#include "diff_source.h"
#include "process.h"

namespace gateway {

/// Diffs from local clones: `git diff base...head`, which is what a pull request shows (against
/// the merge base). It fetches nothing; keeping the clones current is the operator's part.
///
/// Thread safety: immutable.
class GitDiffSource final : public DiffSource {
 public:
  /// `clones`: "owner/name" -> path.
  GitDiffSource(std::map<std::string, std::string> clones, ProcessLimits limits);
  [[nodiscard]] bool serves(std::string_view repository) const override;
  [[nodiscard]] Result<std::string> diff(const PullRequest& pull_request) const override;

 private:
  std::map<std::string, std::string> clones_;
  ProcessLimits limits_;
};

/// Returns whether `text` is a whole object id: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits.
bool is_object_id(std::string_view text);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_GIT_DIFF_SOURCE_H_
