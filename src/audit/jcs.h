#ifndef COEFFICIENT_SRC_AUDIT_JCS_H_
#define COEFFICIENT_SRC_AUDIT_JCS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "coefficient/audit/export.h"
#include "coefficient/audit/value.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// The largest integer that every reader of JSON keeps exactly, by magnitude.
inline constexpr std::int64_t kMaxInteger = std::int64_t{1} << 53;

/// Appends `text`, which must be UTF-8, as a string of canonical JSON (RFC 8785 section 3.2.2.2).
COEFFICIENT_AUDIT_EXPORT void append_string(std::string_view text, std::string& out);
/// Appends the number in decimal.
void append_integer(std::int64_t value, std::string& out);
/// Appends `{"$enc":{..}}`.
void append_encrypted(const Encrypted& encrypted, std::string& out);
/// Appends canonical JSON: members sorted by the UTF-16 units of their names (section 3.2.3).
/// Precondition: texts and names are UTF-8, integers within kMaxInteger.
COEFFICIENT_AUDIT_EXPORT void append_value(const Value& value, std::string& out);

/// Reads one JSON value without floating-point numbers, in canonical form or not. Errors:
/// kInvalidArgument, kResourceExhausted if it is nested deeper than `max_depth`.
Result<Value> parse_value(std::string_view text, std::size_t max_depth);
/// The same for exactly what append_value() writes.
COEFFICIENT_AUDIT_EXPORT Result<Value> parse_canonical(std::string_view text,
                                                       std::size_t max_depth);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_JCS_H_
