#ifndef COEFFICIENT_SRC_AUDIT_LITTLE_ENDIAN_H_
#define COEFFICIENT_SRC_AUDIT_LITTLE_ENDIAN_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// Writes `value` over the first sizeof(T) bytes of `out`, the lowest byte first.
template <class T>
void store_le(T value, std::span<std::byte> out) noexcept {
  static_assert(std::is_unsigned_v<T>);
  for (std::size_t i = 0; i < sizeof(T); ++i)
    out[i] = static_cast<std::byte>((value >> (8 * i)) & 0xffU);
}
/// Reads the first sizeof(T) bytes of `in` likewise.
template <class T>
T load_le(std::span<const std::byte> in) noexcept {
  static_assert(std::is_unsigned_v<T>);
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(value | (std::to_integer<T>(in[i]) << (8 * i)));
  return value;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_LITTLE_ENDIAN_H_
