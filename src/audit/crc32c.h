#ifndef COEFFICIENT_SRC_AUDIT_CRC32C_H_
#define COEFFICIENT_SRC_AUDIT_CRC32C_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "coefficient/audit/export.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// Returns the CRC-32C (Castagnoli, RFC 3720 section 12.1) of the bytes whose CRC is `crc`,
/// followed by `bytes`; `crc` is 0 at first. By the processor's instruction where there is one.
COEFFICIENT_AUDIT_EXPORT std::uint32_t crc32c(std::uint32_t crc,
                                              std::span<const std::byte> bytes) noexcept;
/// The same by tables, eight bytes at a time.
COEFFICIENT_AUDIT_EXPORT std::uint32_t crc32c_by_tables(std::uint32_t crc,
                                                        std::span<const std::byte> bytes) noexcept;

// A CRC is a polynomial over GF(2) modulo the CRC's own: that of A followed by B is the CRC of A
// times x^(8 * size of B), plus that of B.

/// Returns the product of two such polynomials.
COEFFICIENT_AUDIT_EXPORT std::uint32_t crc32c_multiply(std::uint32_t a, std::uint32_t b) noexcept;
/// Returns the polynomial times x^8, and divided by it.
std::uint32_t crc32c_times_x8(std::uint32_t a) noexcept;
std::uint32_t crc32c_over_x8(std::uint32_t a) noexcept;
/// The polynomial 1.
inline constexpr std::uint32_t kCrc32cOne = 0x80000000U;

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_CRC32C_H_
