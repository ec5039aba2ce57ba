#include "diff/whitespace.h"

#include <algorithm>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

bool is_whitespace(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

bool equal_but_for_whitespace(std::string_view a, std::string_view b) noexcept {
  auto x = a.begin();
  auto y = b.begin();
  while (true) {
    x = std::find_if_not(x, a.end(), is_whitespace);
    y = std::find_if_not(y, b.end(), is_whitespace);
    if (x == a.end() || y == b.end()) return x == a.end() && y == b.end();
    if (*x++ != *y++) return false;
  }
}

WhitespacePairs whitespace_pairs(std::span<const std::string_view> removed,
                                 std::span<const std::string_view> added) noexcept {
  const std::size_t most = std::min(removed.size(), added.size());
  WhitespacePairs pairs;
  while (pairs.leading < most &&
         equal_but_for_whitespace(removed[pairs.leading], added[pairs.leading]))
    ++pairs.leading;
  while (pairs.leading + pairs.trailing < most &&
         equal_but_for_whitespace(removed[removed.size() - 1 - pairs.trailing],
                                  added[added.size() - 1 - pairs.trailing]))
    ++pairs.trailing;
  return pairs;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
