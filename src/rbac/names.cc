#include "rbac/names.h"

#include <algorithm>

#include "core/utf8.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac::detail {
namespace {

constexpr std::size_t kMaxWord = 64;

bool is_word_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

}  // namespace

bool is_name(std::string_view text, std::size_t max) noexcept {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !text.empty() && text.size() <= max && std::none_of(text.begin(), text.end(), control) &&
         utf8::is_valid(text);
}

bool is_word(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxWord &&
         std::all_of(text.begin(), text.end(), is_word_character);
}

std::optional<Permission> split_permission(std::string_view text, bool allow_any_action) noexcept {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const Permission parts{text.substr(0, colon), text.substr(colon + 1)};
  if (!is_word(parts.resource)) return std::nullopt;
  if (!is_word(parts.action) && !(allow_any_action && parts.action == "*")) return std::nullopt;
  return parts;
}

}  // namespace rbac::detail
COEFFICIENT_END_NAMESPACE
