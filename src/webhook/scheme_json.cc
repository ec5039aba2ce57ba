#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "coefficient/webhook/scheme.h"
#include "core/json.h"
#include "webhook/scheme_check.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {
namespace {

using Json = nlohmann::json;

// Reads the members of one object; the first fault is kept with its path, members nobody asked
// for are faults too.
class Reader {
 public:
  Reader(const Json& object, std::string path, Error& fault)
      : object_(object), path_(std::move(path)), fault_(fault) {
    if (!object_.is_object()) fail("", "must be an object");
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() = default;

  void text(const char* name, std::string& out, bool required = false) {
    const Json* value = find(name, required);
    if (value == nullptr) return;
    if (const auto* s = value->get_ptr<const std::string*>()) {
      out = *s;
    } else {
      fail(name, "must be a string");
    }
  }
  void number(const char* name, std::uint64_t max, std::uint64_t& out) {
    const Json* value = find(name, false);
    if (value == nullptr) return;
    const auto* n = value->get_ptr<const std::uint64_t*>();
    if (n != nullptr && *n <= max) {
      out = *n;
    } else {
      fail(name, "must be an integer from 0 to " + std::to_string(max));
    }
  }
  void texts(const char* name, std::vector<std::string>& out) {
    const Json* value = find(name, false);
    if (value == nullptr) return;
    if (!value->is_array()) return fail(name, "must be an array of strings");
    for (const Json& item : *value) {
      const auto* s = item.get_ptr<const std::string*>();
      if (s == nullptr || !s->starts_with('/')) return fail(name, "must hold JSON Pointers");
      out.push_back(*s);
    }
  }
  template <class Enum, std::size_t N>
  void choice(const char* name, const std::array<std::pair<const char*, Enum>, N>& names,
              Enum& out) {
    std::string word;
    text(name, word);
    if (word.empty()) return;
    std::string all;
    for (const auto& [spelling, value] : names) {
      if (word == spelling) {
        out = value;
        return;
      }
      all += (all.empty() ? "" : ", ") + std::string(spelling);
    }
    fail(name, "must be one of " + all);
  }
  template <class ReadOne>
  void objects(const char* name, ReadOne read_one) {
    const Json* value = find(name, true);
    if (value == nullptr) return;
    if (!value->is_array()) return fail(name, "must be an array of objects");
    std::size_t i = 0;
    for (const Json& item : *value) {
      Reader reader(item, path_ + name + "[" + std::to_string(i++) + "].", fault_);
      read_one(reader);
      reader.refuse_others();
    }
  }
  void refuse_others() {
    if (!object_.is_object()) return;
    for (const auto& [name, value] : object_.items())
      if (std::find(known_.begin(), known_.end(), name) == known_.end())
        fail(name.c_str(), "is not a member of a scheme");
  }

 private:
  const Json* find(const char* name, bool required) {
    known_.emplace_back(name);
    if (!object_.is_object()) return nullptr;
    const auto it = object_.find(name);
    if (it != object_.end()) return &*it;
    if (required) fail(name, "is missing");
    return nullptr;
  }
  void fail(const char* name, const std::string& what) {
    if (fault_.message.empty())
      fault_ = Error{ErrorCode::kInvalidArgument, "scheme: " + path_ + name + " " + what};
  }

  const Json& object_;
  std::string path_;
  Error& fault_;
  std::vector<std::string> known_;
};

void read_headers(Reader& r, HeaderNames& names) {
  r.text("signature", names.signature, true);
  r.text("timestamp", names.timestamp);
  r.text("id", names.id);
  r.text("event_type", names.event_type);
}

void read_variant(Reader& r, SignatureVariant& variant) {
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

void read_scheme(Reader& r, Scheme& s) {
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
  r.objects("headers", [&](Reader& one) { read_headers(one, s.headers.emplace_back()); });
  r.objects("variants", [&](Reader& one) { read_variant(one, s.variants.emplace_back()); });
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
  r.texts("id_in_body", s.id_in_body);
  r.texts("event_type_in_body", s.event_type_in_body);
  r.refuse_others();
}

}  // namespace

Result<Scheme> parse_scheme(std::string_view text) {
  constexpr json::Limits kLimits{.max_bytes = std::size_t{64} * 1024, .max_depth = 4};
  if (const auto strict = json::check(text, kLimits); !strict)
    return Error{strict.error().code, "scheme: " + strict.error().message};
  const Json document = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  Error fault{ErrorCode::kInvalidArgument, ""};
  Scheme scheme;
  Reader reader(document, "", fault);
  read_scheme(reader, scheme);
  if (!fault.message.empty()) return fault;
  if (const auto checked = detail::check_scheme(scheme); !checked)
    return Error{ErrorCode::kInvalidArgument, "scheme: " + checked.error().message};
  return scheme;
}

}  // namespace webhook
COEFFICIENT_END_NAMESPACE
