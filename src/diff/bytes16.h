#ifndef COEFFICIENT_SRC_DIFF_BYTES16_H_
#define COEFFICIENT_SRC_DIFF_BYTES16_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

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

/// Returns how often a byte stands in a text: what std::count() does, which g++ 12 leaves at a byte
/// a step. A lane counts to 255 before it is emptied.
inline std::size_t count(std::string_view text, char wanted) noexcept {
  const Block needle = Block{} + static_cast<unsigned char>(wanted);
  std::size_t total = 0;
  while (text.size() >= sizeof(Block)) {
    const std::size_t blocks = std::min<std::size_t>(text.size() / sizeof(Block), 255);
    Block lanes{};
    for (std::size_t i = 0; i < blocks; ++i) {
      Block block;
      std::memcpy(&block, text.data() + i * sizeof block, sizeof block);
      lanes += reinterpret_cast<Block>(block == needle) & 1;
    }
    std::array<unsigned char, sizeof(Block)> counts;
    std::memcpy(counts.data(), &lanes, sizeof lanes);
    for (const unsigned char lane : counts) total += lane;
    text.remove_prefix(blocks * sizeof(Block));
  }
  return total + static_cast<std::size_t>(std::count(text.begin(), text.end(), wanted));
}

}  // namespace diff::detail::bytes16
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_BYTES16_H_
