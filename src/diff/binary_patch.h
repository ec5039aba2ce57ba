#ifndef COEFFICIENT_SRC_DIFF_BINARY_PATCH_H_
#define COEFFICIENT_SRC_DIFF_BINARY_PATCH_H_

#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

enum class BinaryFault : unsigned char { kNone, kMalformed, kTruncated };

struct BinaryPatch {
  BinaryFault fault = BinaryFault::kNone;
  std::size_t size = 0;  ///< Bytes read; up to the offending line if there is a fault.
};

/// Reads what follows the line "GIT binary patch": one block, or two (forward and reverse), each
/// `literal <n>` or `delta <n>`, lines of base85 and an empty line. Checks the shape of every
/// line; decodes nothing.
BinaryPatch read_binary_patch(std::string_view text) noexcept;

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_BINARY_PATCH_H_
