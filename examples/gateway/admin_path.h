#ifndef COEFFICIENT_GATEWAY_ADMIN_PATH_H_
#define COEFFICIENT_GATEWAY_ADMIN_PATH_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace gateway {

/// A path of the admin side, recognized.
struct AdminPath {
  std::string_view permission;  ///< What it takes, which also says what is to be done.
  std::string_view method;      ///< The only one that it has.
  std::int64_t id = 0;          ///< 0 for a path without one.
};

/// Returns what `path` (without a query) is; nothing for every other path. Ids are decimal digits,
/// 1 to 18 of them, no zero in front.
std::optional<AdminPath> match_admin_path(std::string_view path) noexcept;

/// Which deliveries to list.
struct DeliveryPage {
  static constexpr std::size_t kMaxLimit = 100;
  std::size_t limit = 50;
  std::int64_t before = std::numeric_limits<std::int64_t>::max();
};

/// Returns the page that `query` (what is after '?') asks for: `limit` and `before`, each at most
/// once; nothing if there is anything else in it.
std::optional<DeliveryPage> parse_delivery_page(std::string_view query) noexcept;

/// Returns the token of an Authorization header (RFC 6750 section 2.1); nothing if it is none. Its
/// form is the verifier's to judge.
std::optional<std::string_view> bearer_token(std::string_view authorization) noexcept;

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_ADMIN_PATH_H_
