#include "coefficient/webhook/content.h"

#include <algorithm>
#include <string>
#include <utility>

#include "coefficient/core/encoding.h"
#include "core/json.h"
#include "webhook/request_headers.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {
namespace {

Error bad(std::string what) {
  return Error{ErrorCode::kInvalidArgument, std::move(what)};
}
Error no_body() {
  return Error{ErrorCode::kFailedPrecondition, "the verification did not keep the body"};
}

// application/x-www-form-urlencoded, WHATWG URL section 5.1; but a broken escape is an error.
Result<std::string> unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      std::byte decoded{};
      if (!hex_decode_exact(text.substr(i + 1, 2), {&decoded, 1}))
        return bad("broken percent escape in a form at byte " + std::to_string(i));
      out += static_cast<char>(decoded);
      i += 2;
    }
  }
  return out;
}

Result<std::string> find_field(std::string_view form, std::string_view name) {
  std::optional<std::string_view> found;
  while (!form.empty()) {
    const std::string_view pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(form.size(), pair.size() + 1));
    const auto key = unescape(pair.substr(0, pair.find('=')));
    if (!key) return key.error();
    if (*key != name) continue;
    if (found) return bad("form field '" + std::string(name) + "' occurs twice");
    const std::size_t equals = pair.find('=');
    found = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
  }
  if (!found) return Error{ErrorCode::kNotFound, "no form field '" + std::string(name) + "'"};
  return unescape(*found);
}

// The media type without parameters (RFC 9110 section 8.3.1).
bool is_form(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  return detail::same_name(type, "application/x-www-form-urlencoded");
}

}  // namespace

Result<std::string> json_document(const Verified& verified, std::string_view content_type) {
  if (!verified.has_body()) return no_body();
  Result<std::string> text =
      is_form(content_type) ? find_field(verified.body(), "payload") : std::string(verified.body());
  if (!text) return text;
  if (const auto strict = json::check(*text); !strict)
    return Error{ErrorCode::kInvalidArgument, strict.error().message};
  return text;
}

Result<std::string> form_field(const Verified& verified, std::string_view name) {
  if (!verified.has_body()) return no_body();
  return find_field(verified.body(), name);
}

Result<std::optional<std::string>> slack_url_verification(const Verified& verified) {
  const auto document = json_document(verified, "application/json");
  if (!document) return document.error();
  const auto type = json::scalar_at(*document, "/type");
  if (!type) return type.error();
  if (*type != "url_verification") return std::optional<std::string>();
  auto challenge = json::scalar_at(*document, "/challenge");
  if (!challenge) return challenge.error();
  if (!*challenge) return bad("url_verification without a challenge");
  return challenge;
}

bool is_slack_ssl_check(const Request& request, std::string_view body) {
  constexpr std::size_t kMaxProbe = 1024;
  if (body.size() > kMaxProbe) return false;
  const auto is_signature = [](const Header& h) {
    return detail::same_name(h.name, "X-Slack-Signature") ||
           detail::same_name(h.name, "X-Slack-Request-Timestamp");
  };
  if (std::any_of(request.headers.begin(), request.headers.end(), is_signature)) return false;
  const auto flag = find_field(body, "ssl_check");
  const auto payload = find_field(body, "payload");
  return flag && *flag == "1" && !payload && payload.error().code == ErrorCode::kNotFound;
}

}  // namespace webhook
COEFFICIENT_END_NAMESPACE
