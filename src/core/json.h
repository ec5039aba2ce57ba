#ifndef COEFFICIENT_SRC_CORE_JSON_H_
#define COEFFICIENT_SRC_CORE_JSON_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/export.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed. The one place where JSON from outside is read: depth,
// size and duplicate keys are bounded here. json_reader.h has the reader below it, for those who
// must see each value.
COEFFICIENT_BEGIN_NAMESPACE
namespace json {

struct Limits {
  std::size_t max_bytes = std::size_t{32} << 20U;
  std::size_t max_depth = 64;
};

/// Returns nothing if `text` is one strict JSON value (RFC 8259): valid UTF-8, no BOM, no duplicate
/// member names after unescaping, numbers that are finite as doubles, within `limits`.
/// kInvalidArgument says what and at which byte; kResourceExhausted for a limit. Time and memory
/// are those of Reader: linear in the text, but for the sorting of names.
COEFFICIENT_CORE_EXPORT Result<> check(std::string_view text, const Limits& limits = {});

/// Returns the scalar at the JSON Pointer (RFC 6901) as text: a string unescaped, an integer in
/// decimal; nothing if there is none or it is something else. Errors: those of check().
COEFFICIENT_CORE_EXPORT Result<std::optional<std::string>> scalar_at(std::string_view text,
                                                                     std::string_view pointer,
                                                                     const Limits& limits = {});

/// Returns the unescaped tokens of a JSON Pointer (RFC 6901 section 4); nothing for a text that is
/// none: one that does not start with '/', or has '~' without a 0 or 1 after it.
COEFFICIENT_CORE_EXPORT std::optional<std::vector<std::string>> split_pointer(
    std::string_view pointer);

}  // namespace json
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_JSON_H_
