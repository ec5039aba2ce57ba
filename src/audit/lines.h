#ifndef COEFFICIENT_SRC_AUDIT_LINES_H_
#define COEFFICIENT_SRC_AUDIT_LINES_H_

#include <optional>
#include <string_view>

#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// Takes the first line off `text` and returns it without its line feed; nothing, and `text` as it
/// was, if there is no whole line.
inline std::optional<std::string_view> take_line(std::string_view& text) noexcept {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_LINES_H_
