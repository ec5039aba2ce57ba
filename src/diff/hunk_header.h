#ifndef COEFFICIENT_SRC_DIFF_HUNK_HEADER_H_
#define COEFFICIENT_SRC_DIFF_HUNK_HEADER_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "coefficient/diff/parser.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

enum class HunkHeaderFault : std::uint8_t { kNone, kMalformed, kNumberTooLarge };

/// Reads `@@ -n[,n] +n[,n] @@ heading`, or `@@@ -n[,n] -n[,n] +n[,n] @@@ heading` with as many old
/// ranges as `old_ranges` has room for: exactly that many. `line` is without its LF.
HunkHeaderFault parse_hunk_header(std::string_view line, std::span<Range> old_ranges,
                                  Range& new_range, std::string_view& heading) noexcept;

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_HUNK_HEADER_H_
