#ifndef COEFFICIENT_SRC_JWT_QUOTED_H_
#define COEFFICIENT_SRC_JWT_QUOTED_H_

#include <string>
#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {

/// Appends `text`, UTF-8, as a JSON string.
void append_quoted(std::string_view text, std::string& out);

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_JWT_QUOTED_H_
