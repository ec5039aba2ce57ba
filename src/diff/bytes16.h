#ifndef COEFFICIENT_SRC_DIFF_BYTES16_H_
#define COEFFICIENT_SRC_DIFF_BYTES16_H_

#include <array>
#include <cstdint>
#include <cstring>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
/// Sixteen bytes that are compared at once, in the words that g++ and clang share: one instruction
/// a comparison where the processor has it (SSE2, NEON), correct everywhere.
namespace diff::detail::bytes16 {

using Block = unsigned char __attribute__((vector_size(16)));

/// Returns whether a comparison of two blocks (its type is the compiler's) holds for any byte.
template <class Mask>
bool any(Mask mask) noexcept {
  std::array<std::uint64_t, 2> halves;
  static_assert(sizeof mask == sizeof halves);
  std::memcpy(halves.data(), &mask, sizeof mask);
  return (halves[0] | halves[1]) != 0;
}

}  // namespace diff::detail::bytes16
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_BYTES16_H_
