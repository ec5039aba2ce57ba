#include "webhook/target_uri.h"

#include <algorithm>
#include <cstddef>

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook::detail {
namespace {

constexpr std::size_t kMaxUrl = std::size_t{8} * 1024;

char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
char to_upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
bool is_hex(char c) noexcept {
  return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'f');
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), to_lower);
  return out;
}

// Upper-cases the escapes of `text`; false if one is broken.
bool normalize_escapes(std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') continue;
    if (text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
    text[i + 1] = to_upper(text[i + 1]);
    text[i + 2] = to_upper(text[i + 2]);
    i += 2;
  }
  return true;
}

// Removes the scheme's default port; false if the port is no number or the host is empty.
bool normalize_authority(std::string& authority, std::string_view scheme) {
  const std::size_t host_end = authority.starts_with('[') ? authority.find(']') : 0;
  if (host_end == std::string::npos) return false;
  const std::size_t colon = authority.find(':', host_end);
  if (colon == std::string::npos) return !authority.empty();
  const std::string port = authority.substr(colon + 1);
  if (colon == 0 || port.size() > 5) return false;
  if (!std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return false;
  if (port.empty() || port == (scheme == "https" ? "443" : "80")) authority.resize(colon);
  return true;
}

}  // namespace

std::optional<TargetUri> parse_target_uri(std::string_view url) {
  if (url.size() > kMaxUrl) return std::nullopt;
  if (!std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7F; }))
    return std::nullopt;
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos || url.find('#') != std::string_view::npos)
    return std::nullopt;
  TargetUri out;
  out.scheme = lower_case(url.substr(0, scheme_end));
  if (out.scheme != "https" && out.scheme != "http") return std::nullopt;
  url.remove_prefix(scheme_end + 3);
  const std::size_t authority_end = std::min(url.find_first_of("/?"), url.size());
  out.authority = lower_case(url.substr(0, authority_end));
  if (out.authority.find_first_of("@\\") != std::string::npos) return std::nullopt;
  if (!normalize_authority(out.authority, out.scheme)) return std::nullopt;
  url.remove_prefix(authority_end);
  const std::size_t path_end = std::min(url.find('?'), url.size());
  out.path = path_end == 0 ? "/" : std::string(url.substr(0, path_end));
  out.query = std::string(url.substr(path_end));
  if (!normalize_escapes(out.path) || !normalize_escapes(out.query)) return std::nullopt;
  return out;
}

}  // namespace webhook::detail
COEFFICIENT_END_NAMESPACE
