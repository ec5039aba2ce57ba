#include "webhook/scheme_check.h"

#include <algorithm>
#include <string>
#include <utility>

#include "webhook/request_headers.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook::detail {
namespace {

constexpr std::size_t kMaxVariants = 8;
constexpr std::size_t kMaxName = 128;
constexpr std::chrono::seconds kMaxTolerance = std::chrono::hours(24 * 7);

Error bad(std::string what) {
  return Error{ErrorCode::kInvalidArgument, std::move(what)};
}

// RFC 9110 section 5.6.2.
bool is_token(std::string_view name) {
  constexpr std::string_view kOther = "!#$%&'*+-.^_`|~";
  return !name.empty() && name.size() <= kMaxName &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  kOther.find(c) != std::string_view::npos;
         });
}

Result<SignedContent> compile(std::string_view text) {
  constexpr std::string_view kBody = "{body}";
  if (!text.ends_with(kBody)) return bad("signed_content must end with {body}");
  text.remove_suffix(kBody.size());
  SignedContent out;
  using Kind = SignedContent::Kind;
  while (!text.empty()) {
    const bool id = text.starts_with("{id}");
    const bool time = text.starts_with("{timestamp}");
    if (id || time) {
      if ((id && out.uses_id) || (time && out.uses_timestamp))
        return bad("signed_content may hold {id} and {timestamp} once each");
      out.before_body.push_back({id ? Kind::kId : Kind::kTimestamp, {}});
      (id ? out.uses_id : out.uses_timestamp) = true;
      text.remove_prefix(id ? 4 : 11);
      continue;
    }
    if (text.front() == '{' || text.front() == '}')
      return bad("signed_content knows only {id}, {timestamp} and {body}");
    const std::string_view literal = text.substr(0, text.find_first_of("{}"));
    if (!out.before_body.empty() && out.before_body.back().kind == Kind::kId)
      out.id_delimiter = literal.front();
    out.before_body.push_back({Kind::kLiteral, std::string(literal)});
    text.remove_prefix(literal.size());
  }
  if (out.uses_id && !out.id_delimiter)
    return bad(
        "signed_content must have a literal after {id}, or ids and content could be shifted");
  return out;
}

Result<> check_headers(const Scheme& s, const SignedContent& content) {
  if (s.headers.empty()) return bad("headers: at least one set of names is needed");
  for (const HeaderNames& names : s.headers) {
    if (!is_token(names.signature)) return bad("headers.signature must be a header name");
    for (const std::string* name : {&names.timestamp, &names.id, &names.event_type})
      if (!name->empty() && !is_token(*name))
        return bad("headers: '" + *name + "' is no header name");
    if (names.timestamp.empty() == (s.timestamp == TimestampSource::kHeader))
      return bad("headers.timestamp goes with timestamp \"header\", and only with it");
    if (content.uses_id && names.id.empty()) return bad("{id} in signed_content needs headers.id");
  }
  return {};
}

Result<> check_variants(const Scheme& s) {
  if (s.variants.empty() || s.variants.size() > kMaxVariants)
    return bad("variants: 1 to 8 are possible");
  const bool plain = s.layout == SignatureLayout::kPlain;
  if (plain && s.variants.size() != 1) return bad("variants: layout \"plain\" has exactly one");
  for (const SignatureVariant& v : s.variants) {
    const bool token = v.algorithm == Algorithm::kSharedToken;
    if (token != (s.encoding == SignatureEncoding::kRaw))
      return bad("encoding \"raw\" goes with algorithm \"shared_token\", and only with it");
    if (token && (!plain || s.signed_content != "{body}"))
      return bad("a shared token signs nothing: layout \"plain\" and signed_content \"{body}\"");
    if (!plain && !is_version(v.tag)) return bad("variants.tag: letters, digits and _ in a list");
    if (v.algorithm == Algorithm::kEd25519 && v.secret_encoding == SecretEncoding::kRaw)
      return bad("variants.secret_encoding: an Ed25519 key is given in hex or base64");
    if (v.tag.size() > kMaxName) return bad("variants.tag is too long");
  }
  for (std::size_t i = 0; i < s.variants.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (s.variants[i].tag == s.variants[k].tag) return bad("variants.tag occurs twice");
  return {};
}

Result<> check_time(const Scheme& s, const SignedContent& content) {
  const bool element = s.timestamp == TimestampSource::kSignatureElement;
  const bool in_body = s.timestamp == TimestampSource::kBodyMillis;
  if (element && (s.layout != SignatureLayout::kKeyValueList || !is_version(s.timestamp_name)))
    return bad(
        "timestamp \"signature_element\" needs layout \"key_value_list\" and timestamp_name");
  if (element && std::any_of(s.variants.begin(), s.variants.end(),
                             [&](const auto& v) { return v.tag == s.timestamp_name; }))
    return bad("timestamp_name is also the tag of a variant");
  if (in_body && !s.timestamp_name.starts_with('/'))
    return bad("timestamp \"body_millis\" needs a JSON Pointer in timestamp_name");
  if (!element && !in_body && !s.timestamp_name.empty())
    return bad("timestamp_name has no use with this timestamp");
  const bool sent = s.timestamp == TimestampSource::kHeader || element;
  if (content.uses_timestamp != sent)
    return bad("a timestamp outside the body must be in signed_content, or it proves nothing");
  if (s.tolerance < std::chrono::seconds(0) || s.tolerance > kMaxTolerance)
    return bad("tolerance must be 0 to 7 days");
  return {};
}

}  // namespace

Result<SignedContent> check_scheme(const Scheme& scheme) {
  if (scheme.name.empty() || scheme.name.size() > kMaxName) return bad("name: 1 to 128 bytes");
  Result<SignedContent> content = compile(scheme.signed_content);
  if (!content) return content;
  if (const auto ok = check_headers(scheme, *content); !ok) return ok.error();
  if (const auto ok = check_variants(scheme); !ok) return ok.error();
  if (const auto ok = check_time(scheme, *content); !ok) return ok.error();
  return content;
}

}  // namespace webhook::detail
COEFFICIENT_END_NAMESPACE
