#ifndef COEFFICIENT_SRC_AUDIT_DECIMAL_H_
#define COEFFICIENT_SRC_AUDIT_DECIMAL_H_

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// Returns the number that `text` is in ASCII decimal without leading zeroes or sign; nothing for
/// any other text, or above 2^64 - 1.
inline std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, value);
  if (fault != std::errc{} || rest != end) return std::nullopt;
  return value;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_DECIMAL_H_
