#ifndef COEFFICIENT_GATEWAY_DEMO_REPOSITORY_H_
#define COEFFICIENT_GATEWAY_DEMO_REPOSITORY_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "diff_source.h"
#include "process.h"
#include "result.h"

namespace gateway {

/// What a git command of the demo may take.
inline constexpr ProcessLimits kDemoGit{.deadline = std::chrono::seconds(20),
                                        .max_output_bytes = std::size_t{32} << 20U};

/// A change to make a demonstration of, and where its clone is.
struct DemoChange {
  std::string clone;
  PullRequest pull_request;
  bool sample = false;                              ///< Made for the demonstration.
  std::string diff;                                 ///< What git shows for it.
  std::uint64_t files = 0, added = 0, removed = 0;  ///< As `git diff --numstat` counts them.
};

/// Returns a pull request made of the newest commits (up to three) of the repository that `inside`
/// is in. Errors: those of run_git; kNotFound if it has fewer than two commits or they change
/// nothing.
Result<DemoChange> own_change(const std::string& inside);

/// Makes a small repository of two commits at `path`, which must not exist, and returns its change.
/// Errors: those of run_process (kNotFound without git), kInternal.
Result<DemoChange> sample_change(const std::string& path);

/// Sets the diff and the counts from what git says of the pull request's commits. Errors: those of
/// run_git; kNotFound if they change nothing.
Result<> load_diff(DemoChange& change);

/// What a careless or hostile author puts into a pull request.
struct Planted {
  std::string token;  ///< Random, in GitHub's form.
  std::string token_file;
  std::string bidi_file;  ///< Has characters that reorder the text around them.
  std::string lock_file;
  std::uint64_t lock_lines = 0;
};

/// Returns `change` with one commit more, which adds the files of `planted`. It is made in a new
/// bare repository at `path` that borrows the objects of change.clone, which stays as it is.
/// Errors: those of run_process.
Result<DemoChange> plant(const DemoChange& change, const std::string& path, Planted& planted);

/// Returns the body that GitHub would send for `change` being opened: the members that are needed
/// among the many that are not.
std::string pull_request_payload(const DemoChange& change);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_DEMO_REPOSITORY_H_
