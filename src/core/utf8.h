#ifndef COEFFICIENT_SRC_CORE_UTF8_H_
#define COEFFICIENT_SRC_CORE_UTF8_H_

#include <cstddef>
#include <string_view>

#include "coefficient/core/export.h"
#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace utf8 {

/// Returns the length of the sequence that `text` starts with, 1 to 4 bytes; 0 if it is empty or
/// starts with none that is well-formed (RFC 3629 section 4: no surrogates, nothing overlong,
/// nothing above U+10FFFF).
COEFFICIENT_CORE_EXPORT std::size_t sequence_length(std::string_view text) noexcept;

/// Returns whether all of `text` is well-formed.
COEFFICIENT_CORE_EXPORT bool is_valid(std::string_view text) noexcept;

}  // namespace utf8
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_UTF8_H_
