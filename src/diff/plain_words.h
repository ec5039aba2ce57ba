#ifndef COEFFICIENT_SRC_DIFF_PLAIN_WORDS_H_
#define COEFFICIENT_SRC_DIFF_PLAIN_WORDS_H_

#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// Returns whether every word in `text` (ASCII letters, parted by anything else or by the humps of
/// camelCase) is one of some five hundred that code is full of, as in "current-password",
/// "/etc/ssl/private/server.key" or "invalidAccessToken". Letters drawn at random never are: no
/// statistics over twelve letters can say as much.
bool has_only_plain_words(std::string_view text) noexcept;

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_PLAIN_WORDS_H_
