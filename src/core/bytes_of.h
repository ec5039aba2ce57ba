#ifndef COEFFICIENT_SRC_CORE_BYTES_OF_H_
#define COEFFICIENT_SRC_CORE_BYTES_OF_H_

#include <cstddef>
#include <span>
#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE

/// Returns the bytes of a text, which has to outlive them.
inline std::span<const std::byte> bytes_of(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_BYTES_OF_H_
