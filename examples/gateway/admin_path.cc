#include "admin_path.h"

#include <algorithm>
#include <charconv>

namespace gateway {
namespace {

constexpr std::string_view kDeliveries = "/admin/deliveries";
constexpr std::string_view kReceipts = "/admin/receipts";
constexpr std::string_view kRequeue = "/requeue";

// A positive number as this program writes it.
std::optional<std::int64_t> parse_id(std::string_view text) noexcept {
  if (text.empty() || text.size() > 18 || text.front() == '0') return {};
  std::int64_t id = 0;
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, id);
  if (status != std::errc() || stop != end || id <= 0) return {};
  return id;
}

// Takes "/" and what follows off `path`, which must begin with `prefix`.
std::optional<std::string_view> below(std::string_view path, std::string_view prefix) noexcept {
  if (!path.starts_with(prefix)) return {};
  path.remove_prefix(prefix.size());
  if (!path.starts_with('/')) return {};
  return path.substr(1);
}

bool equal_without_case(std::string_view a, std::string_view lower) noexcept {
  return std::ranges::equal(a, lower, [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
  });
}

}  // namespace

std::optional<AdminPath> match_admin_path(std::string_view path) noexcept {
  if (path == kDeliveries) return AdminPath{.permission = "delivery:list", .method = "GET"};
  if (const auto rest = below(path, kReceipts)) {
    const auto id = parse_id(*rest);
    if (!id) return {};
    return AdminPath{.permission = "receipt:read", .method = "GET", .id = *id};
  }
  const auto rest = below(path, kDeliveries);
  if (!rest || !rest->ends_with(kRequeue)) return {};
  const auto id = parse_id(rest->substr(0, rest->size() - kRequeue.size()));
  if (!id) return {};
  return AdminPath{.permission = "delivery:requeue", .method = "POST", .id = *id};
}

std::optional<DeliveryPage> parse_delivery_page(std::string_view query) noexcept {
  DeliveryPage page;
  bool has_limit = false;
  bool has_before = false;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    if (end + 1 == query.size()) return {};  // ends with '&'
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return {};
    const std::string_view name = pair.substr(0, equals);
    const auto value = parse_id(pair.substr(equals + 1));
    if (!value) return {};
    if (name == "limit" && !has_limit) {
      if (*value > static_cast<std::int64_t>(DeliveryPage::kMaxLimit)) return {};
      page.limit = static_cast<std::size_t>(*value);
      has_limit = true;
    } else if (name == "before" && !has_before) {
      page.before = *value;
      has_before = true;
    } else {
      return {};
    }
  }
  return page;
}

std::optional<std::string_view> bearer_token(std::string_view authorization) noexcept {
  constexpr std::string_view kScheme = "bearer";
  if (authorization.size() <= kScheme.size() || authorization[kScheme.size()] != ' ' ||
      !equal_without_case(authorization.substr(0, kScheme.size()), kScheme)) {
    return {};
  }
  authorization.remove_prefix(kScheme.size());
  const std::size_t begin = authorization.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return authorization.substr(begin);
}

}  // namespace gateway
