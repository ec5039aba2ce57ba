#ifndef COEFFICIENT_DIFF_GITHUB_FILES_H_
#define COEFFICIENT_DIFF_GITHUB_FILES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/diff/announced_counts.h"
#include "coefficient/diff/export.h"
#include "coefficient/diff/parser.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {

/// One entry of GitHub's list. Paths are data: any bytes of UTF-8 but NUL, `..` among them.
struct GithubFile {
  /// From GitHub's added, copied, removed, modified, renamed and changed (kTypeChanged).
  /// "unchanged" is kModified, which has no line.
  FileStatus status = FileStatus::kModified;
  std::string path;  ///< `filename`: the new path; of a removed file the old one.
  std::optional<std::string> previous_path;  ///< Of a renamed or copied file, and only there.
  /// The hunks, well-formed. GitHub gives none for binary files, pure renames, changes of mode
  /// alone, empty files, and what is too large; which of these it was, the list does not say.
  std::optional<std::string> patch;
  std::uint64_t additions = 0;  ///< As listed.
  std::uint64_t deletions = 0;  ///< As listed.
  /// The listed counts (`changes` among them) and the lines of `patch` are not the same: GitHub
  /// left out the patch or a part of it, and a reviewer must be told that lines are missing.
  bool truncated = false;

  /// Returns what Parser(patch, header) needs. Its paths are views into this object.
  [[nodiscard]] COEFFICIENT_DIFF_EXPORT FileHeader header() const;
};

struct GithubFiles {
  std::vector<GithubFile> files;  ///< In the order of the list, pages joined.
  ChangeCounts counts;            ///< As listed.
  bool truncated = false;         ///< One of the files is.
};

struct GithubFilesOptions {
  std::size_t max_bytes = std::size_t{128} << 20U;  ///< Of the JSON, all pages together.
  std::size_t max_files = 10'000;                   ///< GitHub itself lists 3000 and no more.
  /// Checked against the listed counts. Worth giving: the list of a change with more than 3000
  /// files ends there, a missing last page leaves no trace, and in an answer that is too large
  /// GitHub is reported to list files without patch and with counts of 0, as if they were binary.
  AnnouncedCounts announced = {};
};

/// Returns the files of GitHub's "list pull requests files"
/// (GET /repos/{owner}/{repo}/pulls/{number}/files, REST API version 2022-11-28): the body of one
/// page, or of several one after the other (`gh api --paginate`), or an array of pages (`--slurp`).
/// Of each file the members filename, status, additions, deletions, changes, patch and
/// previous_filename are read; others, the URLs among them, are checked as JSON and dropped.
///
/// Memory is the names and patches, unescaped; time is linear, but for sorting the names.
///
/// Errors, none of which has a byte of the content in its message:
/// - kInvalidArgument: not strict JSON (RFC 8259, no duplicate names), with the byte; or not such
///   a list, with the file's index over all pages from 0 and the member, as `files[3].status`: a
///   member missing or of another type, an unknown status, a count beyond 2^31, an empty path or
///   one with a NUL, a previous_filename missing or out of place, a malformed patch;
/// - kDataLoss: a patch ends within a hunk; a path is listed twice (pages of two states of the
///   pull request), except as removed and added, which is how a change of type may be shown; the
///   counts are not the announced ones;
/// - kResourceExhausted: more than `max_bytes` or `max_files`, or nested deeper than 16.
///
/// Thread safety: a pure function.
COEFFICIENT_DIFF_EXPORT Result<GithubFiles> parse_github_files(
    std::string_view text, const GithubFilesOptions& options = {});

}  // namespace diff
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_DIFF_GITHUB_FILES_H_
