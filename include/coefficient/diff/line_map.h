#ifndef COEFFICIENT_DIFF_LINE_MAP_H_
#define COEFFICIENT_DIFF_LINE_MAP_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/diff/export.h"
#include "coefficient/diff/github_files.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {

/// kLeft is the old file, where removed and context lines are; kRight the new one, with added and
/// context lines. GitHub's LEFT and RIGHT.
enum class Side : std::uint8_t { kLeft, kRight };

/// Where a review comment shall stand, in the words of GitHub's "create a review comment for a pull
/// request". `path` is the new path on either side, also of a renamed file; of a deleted file the
/// old one.
struct Position {
  std::string_view path;
  std::uint64_t line = 0;  ///< From 1; the last one of a comment on several lines.
  Side side = Side::kRight;
  std::optional<std::uint64_t> start_line = {};  ///< The first one of several lines.
  std::optional<Side> start_side = {};           ///< Absent: `side`.
};

/// Why a position was refused. Values are stable; new ones may be appended.
enum class PositionRefusal : std::uint8_t {
  kUnknownPath = 1,      ///< No file of the diff has this path (an old name of a rename included).
  kAmbiguousPath,        ///< Several do, as in the output of `git log -p`.
  kNoLines,              ///< The file has no line to comment on: binary, only renamed, left out by
                         ///< GitHub, or a merge's combined diff.
  kLineNotInDiff,        ///< No hunk shows `line` on `side`.
  kStartNotInDiff,       ///< No hunk shows `start_line` on its side.
  kOtherHunk,            ///< `start_line` is in another hunk than `line`.
  kStartNotBeforeLine,   ///< `start_line` is the line itself, or below it.
  kStartSideWithoutLine  ///< `start_side` without `start_line`.
};

/// Returns the spelling of `refusal`, e.g. "line_not_in_diff"; "unknown" for a value outside the
/// enum.
COEFFICIENT_DIFF_EXPORT std::string_view to_string(PositionRefusal refusal) noexcept;

/// For Result's abort message.
inline const char* describe(const PositionRefusal& refusal) noexcept {
  return to_string(refusal).data();  // string literals: NUL-terminated
}

/// Says which lines of a diff a review comment can stand on. A reviewer outside of the host, a
/// model above all, also names lines that are not there; GitHub answers 422 to one of them and
/// drops the whole review. What is accepted are the lines that this diff shows: build the map from
/// the same diff as GitHub's (its list of files, or its `.diff`), for another amount of context
/// shows others.
///
/// Memory is the paths, 40 bytes per hunk and 16 per block of changed lines in it; a check is two
/// or three binary searches.
///
/// Thread safety: immutable; all calls may be made concurrently.
class COEFFICIENT_DIFF_EXPORT LineMap {
 public:
  /// Reads a diff in any of the forms of Parser. Errors: those of Parser (see to_error);
  /// kInvalidArgument if the hunks of a file overlap or run backwards, so that a line of the file
  /// would be in two places.
  static Result<LineMap> create(std::span<const std::byte> diff);
  /// The same of GitHub's list of files.
  static Result<LineMap> create(const GithubFiles& list);

  /// Returns nothing if a comment can stand at `position`: its line in a hunk, and its first line,
  /// if it has one, above that in the same hunk (with another side: in an earlier row of it).
  [[nodiscard]] Result<void, PositionRefusal> check(const Position& position) const;

 private:
  class Builder;

  struct Lines {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    [[nodiscard]] std::uint64_t end() const { return first + count; }
  };
  struct HunkLines {
    Lines old_lines;
    Lines new_lines;
    std::size_t first_block = 0;
    [[nodiscard]] const Lines& on(Side side) const {
      return side == Side::kLeft ? old_lines : new_lines;
    }
  };
  // Removed lines and then added ones, counted from the start of the hunk.
  struct Block {
    std::uint32_t old_offset = 0;
    std::uint32_t old_count = 0;
    std::uint32_t new_offset = 0;
    std::uint32_t new_count = 0;
  };
  struct Section {
    std::string path;
    FileStatus status = FileStatus::kModified;
    std::size_t first_hunk = 0;
    std::size_t hunks = 0;
  };

  LineMap() = default;
  [[nodiscard]] const HunkLines* find(std::span<const Section> file, Side side,
                                      std::uint64_t line) const;
  [[nodiscard]] bool is_above(const HunkLines& hunk, const Position& position) const;

  std::vector<Section> sections_;  // by path
  std::vector<HunkLines> hunks_;   // by section as it came, then by line
  std::vector<Block> blocks_;      // by hunk, then by line
};

}  // namespace diff
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_DIFF_LINE_MAP_H_
