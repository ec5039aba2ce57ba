#ifndef COEFFICIENT_SRC_RBAC_NAMES_H_
#define COEFFICIENT_SRC_RBAC_NAMES_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac::detail {

/// Returns whether `text` is 1 to `max` bytes of UTF-8 without control characters (U+0000 to
/// U+001F, U+007F): an id of a principal, a tenant, an issuer, a reason.
bool is_name(std::string_view text, std::size_t max = 255) noexcept;

/// Returns whether `text` is 1 to 64 characters of a-z 0-9 . _ -: a role, a resource, an action.
bool is_word(std::string_view text) noexcept;

struct Permission {
  std::string_view resource;
  std::string_view action;
};

/// Returns the two words of `resource:action`; nothing if it is something else. With
/// `allow_any_action` the action may be `*`.
std::optional<Permission> split_permission(std::string_view text, bool allow_any_action) noexcept;

}  // namespace rbac::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RBAC_NAMES_H_
