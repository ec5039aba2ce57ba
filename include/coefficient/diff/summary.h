#ifndef COEFFICIENT_DIFF_SUMMARY_H_
#define COEFFICIENT_DIFF_SUMMARY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/diff/export.h"
#include "coefficient/diff/github_files.h"
#include "coefficient/diff/parser.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {

/// The added (or the removed) lines of a file.
struct SideSummary {
  std::uint64_t lines = 0;
  /// Runs of changed lines in the new (or the old) file. Empty for a combined diff.
  std::vector<Range> ranges;
  /// Over the lines in order, each followed by LF unless it ends without one.
  std::array<std::byte, 32> sha256{};
  bool ends_with_newline = true;  ///< False if any of the lines ends without one.
};

/// What a diff says of one file, without its content. The two sections of a type change are one
/// file. For absent paths and modes see FileHeader.
struct FileSummary {
  FileStatus status = FileStatus::kModified;
  std::optional<std::string> old_path;
  std::optional<std::string> new_path;
  std::optional<std::uint32_t> old_mode;
  std::optional<std::uint32_t> new_mode;
  bool binary = false;
  std::size_t parents = 1;
  SideSummary added;
  SideSummary removed;
  bool truncated = false;  ///< See GithubFile: lines of this file are missing.
};

/// Returns one summary per file, in the order of the diff. With the hashes two parties can agree
/// that they mean the same change without showing it to each other.
/// Errors: those of Parser (see to_error); kInternal if OpenSSL failed.
COEFFICIENT_DIFF_EXPORT Result<std::vector<FileSummary>> summarize(std::span<const std::byte> diff);

/// The same of GitHub's list, one summary per entry: equal to that of the diff itself but for modes
/// and `binary`, which the list does not have.
COEFFICIENT_DIFF_EXPORT Result<std::vector<FileSummary>> summarize(const GithubFiles& list);

}  // namespace diff
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_DIFF_SUMMARY_H_
