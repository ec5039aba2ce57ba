#ifndef COEFFICIENT_SRC_DIFF_ATTRIBUTES_LINE_H_
#define COEFFICIENT_SRC_DIFF_ATTRIBUTES_LINE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/version.h"

// The lines of gitattributes(5), as git's attr.c reads them.
COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

enum class AttributeState : std::uint8_t {
  kUnspecified,  ///< Not mentioned, or `!name`.
  kUnset,        ///< `-name`
  kSet,          ///< `name`
  kFalse,        ///< `name=false`
  kValue,        ///< `name=` and anything else.
};

struct Assignment {
  std::string_view name;
  AttributeState state = AttributeState::kUnspecified;
};

struct AttributesLine {
  bool is_macro = false;
  std::string subject;  ///< The pattern, or the macro's name.
  std::vector<Assignment> assignments;
};

/// Reads one line without its end; nullopt if git ignores it: blank, a comment, 2048 bytes or more,
/// an invalid attribute name, a negated pattern, a macro where `macros` forbids it. The
/// assignments' names are views into `line`.
std::optional<AttributesLine> read_attributes_line(std::string_view line, bool macros);

/// Takes the next line off `text`, without its LF or CRLF and up to its first NUL, as git does.
std::string_view take_attributes_line(std::string_view& text) noexcept;

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_ATTRIBUTES_LINE_H_
