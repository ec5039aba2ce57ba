#ifndef COEFFICIENT_SRC_CORE_JSON_H_
#define COEFFICIENT_SRC_CORE_JSON_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "coefficient/core/export.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed. The one place where JSON from outside is read: depth,
// size and duplicate keys are bounded here. nlohmann's types stay inside json.cc.
COEFFICIENT_BEGIN_NAMESPACE
namespace json {

struct Limits {
  std::size_t max_bytes = std::size_t{32} << 20U;
  std::size_t max_depth = 64;
};

/// Returns nothing if `text` is one strict JSON value (RFC 8259): valid UTF-8, no BOM, no duplicate
/// member names after unescaping, finite numbers, within `limits`. kInvalidArgument says what and
/// at which byte; kResourceExhausted for a limit. Time and memory are linear in the text.
COEFFICIENT_CORE_EXPORT Result<> check(std::string_view text, const Limits& limits = {});

/// Returns the scalar at the JSON Pointer (RFC 6901) as text: a string unescaped, an integer in
/// decimal; nothing if there is none or it is something else. Errors: those of check().
COEFFICIENT_CORE_EXPORT Result<std::optional<std::string>> scalar_at(std::string_view text,
                                                                     std::string_view pointer,
                                                                     const Limits& limits = {});

}  // namespace json
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_JSON_H_
