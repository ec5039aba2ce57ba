#ifndef COEFFICIENT_SRC_SQLITE_BIG_ENDIAN_H_
#define COEFFICIENT_SRC_SQLITE_BIG_ENDIAN_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// Writes `value` to all of `out`, the most significant byte first. `out` has at most 8 bytes.
inline void put_big_endian(std::span<std::byte> out, std::uint64_t value) noexcept {
  for (std::size_t i = out.size(); i > 0; --i) {
    out[i - 1] = static_cast<std::byte>(value & 0xff);
    value >>= 8;
  }
}

/// Returns the number in all of `in`, which has at most 8 bytes.
inline std::uint64_t get_big_endian(std::span<const std::byte> in) noexcept {
  std::uint64_t value = 0;
  for (const std::byte b : in) value = value << 8 | static_cast<std::uint64_t>(b);
  return value;
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_BIG_ENDIAN_H_
