#include "audit/crc32c.h"

#include <cstring>

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reflected

using Table = std::array<std::uint32_t, 256>;

// kTables[k][b] is the CRC of the byte b followed by k zero bytes.
constexpr std::array<Table, 8> kTables = [] {
  std::array<Table, 8> tables{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? kPolynomial : 0);
    tables[0][b] = crc;
  }
  for (std::size_t k = 1; k < tables.size(); ++k)
    for (std::size_t b = 0; b < 256; ++b)
      tables[k][b] = (tables[k - 1][b] >> 8U) ^ tables[0][tables[k - 1][b] & 0xffU];
  return tables;
}();

std::uint64_t load64(const std::byte* from) noexcept {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i) value |= std::to_integer<std::uint64_t>(from[i]) << (8 * i);
  return value;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(
    std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
  std::uint64_t state = ~crc;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    unsigned long long word = 0;
    std::memcpy(&word, at, sizeof word);
    state = __builtin_ia32_crc32di(state, word);
  }
  auto low = static_cast<std::uint32_t>(state);
  for (; left > 0; --left, ++at)
    low = __builtin_ia32_crc32qi(low, std::to_integer<unsigned char>(*at));
  return ~low;
}

bool has_instruction() noexcept {
  static const bool has_sse42 = __builtin_cpu_supports("sse4.2") != 0;
  return has_sse42;
}
#endif

// kByTop[b] is the index of the entry of kTables[0] whose highest byte is b: each byte is that of
// one.
constexpr std::array<std::uint8_t, 256> kByTop = [] {
  std::array<std::uint8_t, 256> by_top{};
  for (std::size_t i = 0; i < 256; ++i) by_top[kTables[0][i] >> 24U] = static_cast<std::uint8_t>(i);
  return by_top;
}();

}  // namespace

std::uint32_t crc32c_by_tables(std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
  std::uint32_t state = ~crc;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    const std::uint64_t word = load64(at) ^ state;
    state = 0;
    for (unsigned i = 0; i < 8; ++i) state ^= kTables[7 - i][(word >> (8 * i)) & 0xffU];
  }
  for (; left > 0; --left, ++at)
    state = (state >> 8U) ^ kTables[0][(state ^ std::to_integer<std::uint32_t>(*at)) & 0xffU];
  return ~state;
}

std::uint32_t crc32c(std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
#if defined(__x86_64__)
  if (has_instruction()) return by_instruction(crc, bytes);
#endif
  return crc32c_by_tables(crc, bytes);
}

std::uint32_t crc32c_multiply(std::uint32_t a, std::uint32_t b) noexcept {
  std::uint32_t product = 0;
  for (std::uint32_t bit = kCrc32cOne; bit != 0; bit >>= 1U) {
    if ((a & bit) != 0) product ^= b;
    b = (b >> 1U) ^ ((b & 1U) != 0 ? kPolynomial : 0);
  }
  return product;
}

std::uint32_t crc32c_times_x8(std::uint32_t a) noexcept {
  return (a >> 8U) ^ kTables[0][a & 0xffU];
}

std::uint32_t crc32c_over_x8(std::uint32_t a) noexcept {
  const std::uint32_t low = kByTop[a >> 24U];
  return ((a ^ kTables[0][low]) << 8U) | low;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
