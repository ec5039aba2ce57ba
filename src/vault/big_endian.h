#ifndef COEFFICIENT_SRC_VAULT_BIG_ENDIAN_H_
#define COEFFICIENT_SRC_VAULT_BIG_ENDIAN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// Returns `n` in network byte order.
constexpr std::array<std::byte, 8> big_endian(std::uint64_t n) noexcept {
  std::array<std::byte, 8> out{};
  for (unsigned i = 0; i < 8; ++i) out[i] = static_cast<std::byte>(n >> (56 - 8 * i) & 0xff);
  return out;
}

/// The way back.
constexpr std::uint64_t from_big_endian(std::span<const std::byte, 8> bytes) noexcept {
  std::uint64_t n = 0;
  for (const std::byte b : bytes) n = n << 8 | std::to_integer<std::uint64_t>(b);
  return n;
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_VAULT_BIG_ENDIAN_H_
