#include "diff/submodule.h"

#include <algorithm>

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

}  // namespace

bool is_submodule(const FileHeader& header) noexcept {
  return is_gitlink(header.old_mode) || is_gitlink(header.new_mode);
}

bool is_subproject_commit(const FileHeader& header, const Line& line) noexcept {
  const auto& mode = line.kind == LineKind::kRemoved ? header.old_mode : header.new_mode;
  const bool possible = mode ? is_gitlink(mode) : header.parents > 1;
  return possible && names_a_commit(line.text);
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
