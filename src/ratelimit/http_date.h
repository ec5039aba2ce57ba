#ifndef COEFFICIENT_SRC_RATELIMIT_HTTP_DATE_H_
#define COEFFICIENT_SRC_RATELIMIT_HTTP_DATE_H_

#include <chrono>
#include <optional>
#include <string_view>

#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit::detail {

/// Returns the time of an IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7);
/// nothing for any other text, the two obsolete forms included, or if the date or its day of the
/// week does not exist. A leap second is the second after.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace ratelimit::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_HTTP_DATE_H_
