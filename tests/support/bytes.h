#ifndef COEFFICIENT_TESTS_SUPPORT_BYTES_H_
#define COEFFICIENT_TESTS_SUPPORT_BYTES_H_

#include <cstddef>
#include <span>
#include <string_view>

namespace test {

/// The bytes of a text, which must live longer than the view.
inline std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_SUPPORT_BYTES_H_
