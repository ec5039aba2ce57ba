#ifndef COEFFICIENT_SRC_WEBHOOK_TARGET_URI_H_
#define COEFFICIENT_SRC_WEBHOOK_TARGET_URI_H_

#include <optional>
#include <string>
#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook::detail {

/// An absolute http(s) URI in the normal form that RFC 9421 section 2.2 signs: scheme and host in
/// lower case, no default port, "/" for an empty path, percent escapes in upper case (RFC 3986
/// section 6.2.2.1). Query bytes and dot segments stay as they are.
struct TargetUri {
  std::string scheme;
  std::string authority;
  std::string path;
  std::string query;  ///< With its "?", or empty if there is none.

  [[nodiscard]] std::string text() const { return scheme + "://" + authority + path + query; }
};

/// Returns the parts of `url`; nothing if it is not absolute http(s), longer than 8 KiB, has user
/// information, a fragment, a broken percent escape, or a byte outside visible ASCII.
std::optional<TargetUri> parse_target_uri(std::string_view url);

}  // namespace webhook::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_WEBHOOK_TARGET_URI_H_
