#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "coefficient/webhook/scheme.h"
#include "core/json.h"
#include "core/json_members.h"
#include "webhook/scheme_check.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {
namespace {

using json::Members;

void read_headers(Members& r, HeaderNames& names) {
  r.text("signature", names.signature, true);
  r.text("timestamp", names.timestamp);
  r.text("id", names.id);
  r.text("event_type", names.event_type);
}

void read_variant(Members& r, SignatureVariant& variant) {
  static constexpr std::array<std::pair<const char*, Algorithm>, 4> kAlgorithms{
      {{"hmac_sha256", Algorithm::kHmacSha256},
       {"hmac_sha512", Algorithm::kHmacSha512},
       {"ed25519", Algorithm::kEd25519},
       {"shared_token", Algorithm::kSharedToken}}};
  static constexpr std::array<std::pair<const char*, SecretEncoding>, 3> kEncodings{
      {{"raw", SecretEncoding::kRaw},
       {"hex", SecretEncoding::kHex},
       {"base64", SecretEncoding::kBase64}}};
  r.choice("algorithm", kAlgorithms, variant.algorithm);
  r.text("tag", variant.tag);
  r.text("secret_prefix", variant.secret_prefix);
  r.choice("secret_encoding", kEncodings, variant.secret_encoding);
}

void read_pointers(Members& r, const char* name, std::vector<std::string>& pointers) {
  r.texts(name, pointers);
  for (const std::string& pointer : pointers)
    if (!pointer.starts_with('/')) r.fail(name, "must hold JSON Pointers");
}

void read_scheme(Members& r, Scheme& s) {
  static constexpr std::array<std::pair<const char*, SignatureLayout>, 3> kLayouts{
      {{"plain", SignatureLayout::kPlain},
       {"version_list", SignatureLayout::kVersionList},
       {"key_value_list", SignatureLayout::kKeyValueList}}};
  static constexpr std::array<std::pair<const char*, SignatureEncoding>, 3> kEncodings{
      {{"hex", SignatureEncoding::kHex},
       {"base64", SignatureEncoding::kBase64},
       {"raw", SignatureEncoding::kRaw}}};
  static constexpr std::array<std::pair<const char*, TimestampSource>, 4> kSources{
      {{"none", TimestampSource::kNone},
       {"header", TimestampSource::kHeader},
       {"signature_element", TimestampSource::kSignatureElement},
       {"body_millis", TimestampSource::kBodyMillis}}};
  r.text("name", s.name, true);
  r.objects("headers", true, [&](Members& one) { read_headers(one, s.headers.emplace_back()); });
  r.objects("variants", true, [&](Members& one) { read_variant(one, s.variants.emplace_back()); });
  r.choice("layout", kLayouts, s.layout);
  r.choice("encoding", kEncodings, s.encoding);
  r.text("signed_content", s.signed_content);
  r.choice("timestamp", kSources, s.timestamp);
  r.text("timestamp_name", s.timestamp_name);
  auto tolerance = static_cast<std::uint64_t>(s.tolerance.count());
  r.number("tolerance_seconds", 604800, tolerance);
  s.tolerance = std::chrono::seconds(static_cast<std::int64_t>(tolerance));
  std::uint64_t cap = s.max_body_bytes;
  r.number("max_body_bytes", std::uint64_t{1} << 40U, cap);
  s.max_body_bytes = static_cast<std::size_t>(cap);
  read_pointers(r, "id_in_body", s.id_in_body);
  read_pointers(r, "event_type_in_body", s.event_type_in_body);
  r.refuse_others();
}

}  // namespace

Result<Scheme> parse_scheme(std::string_view text) {
  constexpr json::Limits kLimits{.max_bytes = std::size_t{64} * 1024, .max_depth = 4};
  if (const auto strict = json::check(text, kLimits); !strict)
    return Error{strict.error().code, "scheme: " + strict.error().message};
  const Members::Dom document = Members::Dom::parse(text, nullptr, /*allow_exceptions=*/false);
  Error fault{ErrorCode::kInvalidArgument, ""};
  Scheme scheme;
  Members members(document, "scheme", fault);
  read_scheme(members, scheme);
  if (!fault.message.empty()) return fault;
  if (const auto checked = detail::check_scheme(scheme); !checked)
    return Error{ErrorCode::kInvalidArgument, "scheme: " + checked.error().message};
  return scheme;
}

}  // namespace webhook
COEFFICIENT_END_NAMESPACE
