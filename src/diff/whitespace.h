#ifndef COEFFICIENT_SRC_DIFF_WHITESPACE_H_
#define COEFFICIENT_SRC_DIFF_WHITESPACE_H_

#include <cstddef>
#include <span>
#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// Returns whether two lines (without LF) are one to `git diff -w`: equal after all blanks, TABs
/// and CRs are taken out. VT and FF are content to git, and so here. Time is linear.
bool equal_but_for_whitespace(std::string_view a, std::string_view b) noexcept;

/// The pairs of a change block that say the same: removed[i] and added[i] for i < leading, and the
/// last `trailing` lines of either side in order. No line is in two pairs.
struct WhitespacePairs {
  std::size_t leading = 0;
  std::size_t trailing = 0;
};

/// Pairs the lines of one change block (a run of removed lines directly followed by a run of added
/// ones) from its start, then from its end, as long as they differ in whitespace only. A pair
/// between two that differ otherwise is not found, so never more is dropped than what `git diff -w`
/// drops. As there, whether the last line of a file ends with a newline is whitespace too. Every
/// line is read at most twice; nothing is allocated.
WhitespacePairs whitespace_pairs(std::span<const std::string_view> removed,
                                 std::span<const std::string_view> added) noexcept;

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_WHITESPACE_H_
