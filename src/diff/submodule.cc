#include "diff/submodule.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "diff/hunk_header.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

constexpr std::uint32_t kTypeMask = 0170000;
constexpr std::uint32_t kGitlink = 0160000;

bool is_gitlink(const std::optional<std::uint32_t>& mode) noexcept {
  return mode && (*mode & kTypeMask) == kGitlink;
}

bool names_a_commit(std::string_view text) noexcept {
  constexpr std::string_view kStart = "Subproject commit ";
  constexpr std::string_view kDirty = "-dirty";  // git diff, if the submodule has changes itself
  if (!text.starts_with(kStart)) return false;
  text.remove_prefix(kStart.size());
  if (text.ends_with(kDirty)) text.remove_suffix(kDirty.size());
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string_view take_first_line(std::string_view& text) noexcept {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// Line 1 of a file of one line, or of none.
bool is_one_line(const diff::Range& range) noexcept {
  return range.start == range.count && range.count <= 1;
}

bool is_one_hunk_of_commits(std::string_view text) noexcept {
  diff::Range old_range;
  diff::Range new_range;
  std::string_view heading;
  if (parse_hunk_header(take_first_line(text), {&old_range, 1}, new_range, heading) !=
          HunkHeaderFault::kNone ||
      !is_one_line(old_range) || !is_one_line(new_range))
    return false;
  for (const auto& [count, column] : {std::pair(old_range.count, '-'), {new_range.count, '+'}}) {
    if (count == 0) continue;
    const std::string_view line = take_first_line(text);
    if (!line.starts_with(column) || !names_a_commit(line.substr(1))) return false;
  }
  return !text.starts_with("@@") && !text.starts_with('\\');
}

}  // namespace

bool is_submodule(const FileHeader& header, std::string_view after_header) noexcept {
  if (is_gitlink(header.old_mode) || is_gitlink(header.new_mode)) return true;
  // 0 is the mode of a side that is not there.
  return header.parents == 1 && header.old_mode.value_or(0) == 0 &&
         header.new_mode.value_or(0) == 0 && is_one_hunk_of_commits(after_header);
}

bool is_subproject_commit(const FileHeader& header, bool submodule, const Line& line) noexcept {
  const auto& mode = line.kind == LineKind::kRemoved ? header.old_mode : header.new_mode;
  const bool possible = mode ? is_gitlink(mode) : submodule || header.parents > 1;
  return possible && names_a_commit(line.text);
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
