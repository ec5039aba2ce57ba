#include "webhook/request_headers.h"

#include <algorithm>
#include <cstring>

#include "coefficient/core/encoding.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook::detail {
namespace {

constexpr std::size_t kMaxListItems = 32;
constexpr std::size_t kMaxId = 255;
constexpr std::size_t kMaxEventType = 127;

using Outcome = Result<void, Refusal>;

Outcome refuse(Reason reason) noexcept {
  return Refusal{reason};
}

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

std::size_t signature_bytes(Algorithm algorithm) noexcept {
  return algorithm == Algorithm::kHmacSha256 ? 32 : 64;
}

// Where one of the scheme's header names was found.
struct Found {
  const Header* header = nullptr;
  int count = 0;

  void match(std::string_view wanted, const Header& candidate) noexcept {
    if (!same_name(wanted, candidate.name)) return;
    header = &candidate;
    ++count;
  }
  [[nodiscard]] std::string_view value() const noexcept { return header->value; }
};

struct FoundSet {
  Found signature, timestamp, id, event_type;

  [[nodiscard]] bool any() const noexcept {
    return signature.count + timestamp.count + id.count > 0;
  }
  [[nodiscard]] bool twice() const noexcept {
    return signature.count > 1 || timestamp.count > 1 || id.count > 1 || event_type.count > 1;
  }
};

FoundSet find(const HeaderNames& names, std::span<const Header> headers) noexcept {
  // Most headers of a request are none of ours, and their length tells: one bit a length.
  const auto bit = [](std::size_t length) { return std::uint64_t{1} << (length & 63U); };
  const std::uint64_t lengths = bit(names.signature.size()) | bit(names.timestamp.size()) |
                                bit(names.id.size()) | bit(names.event_type.size());
  FoundSet found;
  for (const Header& header : headers) {
    if ((lengths & bit(header.name.size())) == 0 || header.name.empty()) continue;
    found.signature.match(names.signature, header);
    found.timestamp.match(names.timestamp, header);
    found.id.match(names.id, header);
    found.event_type.match(names.event_type, header);
  }
  return found;
}

bool add_candidate(const Scheme& scheme, std::size_t variant, std::string_view text,
                   ParsedHeaders& out) noexcept {
  if (out.candidate_count == out.candidates.size()) return false;
  Candidate& candidate = out.candidates[out.candidate_count++];
  candidate.variant = variant;
  candidate.size = signature_bytes(scheme.variants[variant].algorithm);
  const std::span<std::byte> bytes = std::span(candidate.bytes).first(candidate.size);
  // Senders write hex in lower case. Refusing the other keeps one text per signature.
  return scheme.encoding == SignatureEncoding::kHex ? lower_hex_decode_exact(text, bytes)
                                                    : base64_decode_exact(text, bytes);
}

std::optional<std::size_t> variant_of(const Scheme& scheme, std::string_view tag) noexcept {
  for (std::size_t i = 0; i < scheme.variants.size(); ++i)
    if (scheme.variants[i].tag == tag) return i;
  return std::nullopt;
}

Outcome parse_plain(const Scheme& scheme, std::string_view text, ParsedHeaders& out) noexcept {
  const SignatureVariant& variant = scheme.variants.front();
  if (!text.starts_with(variant.tag)) return refuse(Reason::kMalformedSignature);
  text.remove_prefix(variant.tag.size());
  if (variant.algorithm == Algorithm::kSharedToken) {
    if (text.empty()) return refuse(Reason::kMalformedSignature);
    out.token = text;
    return {};
  }
  if (!add_candidate(scheme, 0, text, out)) return refuse(Reason::kMalformedSignature);
  return {};
}

// Splits a list and gives each `version separator value` to `item`; false on any other shape.
template <class Item>
bool for_each_item(std::string_view list, char between, char separator, Item item) noexcept {
  for (std::size_t n = 0; n < kMaxListItems; ++n) {
    const std::size_t end = list.find(between);
    const std::string_view entry = list.substr(0, end);
    const std::size_t split = entry.find(separator);
    if (split == std::string_view::npos || !is_version(entry.substr(0, split))) return false;
    if (!is_visible(entry.substr(split + 1), entry.size())) return false;
    if (!item(entry.substr(0, split), entry.substr(split + 1))) return false;
    if (end == std::string_view::npos) return true;
    list.remove_prefix(end + 1);
  }
  return false;
}

Outcome parse_version_list(const Scheme& scheme, std::string_view text,
                           ParsedHeaders& out) noexcept {
  const bool well_formed =
      for_each_item(text, ' ', ',', [&](std::string_view version, std::string_view value) {
        const auto variant = variant_of(scheme, version);
        return !variant || add_candidate(scheme, *variant, value, out);
      });
  if (!well_formed || out.candidate_count == 0) return refuse(Reason::kMalformedSignature);
  return {};
}

Outcome parse_key_value_list(const Scheme& scheme, std::string_view text,
                             ParsedHeaders& out) noexcept {
  bool time_twice = false;
  const bool well_formed =
      for_each_item(text, ',', '=', [&](std::string_view name, std::string_view value) {
        if (name == scheme.timestamp_name) {
          time_twice = time_twice || !out.timestamp.empty();
          out.timestamp = value;
          return true;
        }
        const auto variant = variant_of(scheme, name);
        return !variant || add_candidate(scheme, *variant, value, out);
      });
  const bool wants_time = scheme.timestamp == TimestampSource::kSignatureElement;
  if (wants_time && time_twice) return refuse(Reason::kMalformedTimestamp);
  if (!well_formed) return refuse(Reason::kMalformedSignature);
  if (wants_time && !parse_timestamp(out.timestamp)) return refuse(Reason::kMalformedTimestamp);
  if (out.candidate_count == 0) return refuse(Reason::kMalformedSignature);
  return {};
}

Outcome parse_signature(const Scheme& scheme, std::string_view text, ParsedHeaders& out) noexcept {
  switch (scheme.layout) {
    case SignatureLayout::kPlain:
      return parse_plain(scheme, text, out);
    case SignatureLayout::kVersionList:
      return parse_version_list(scheme, text, out);
    case SignatureLayout::kKeyValueList:
      return parse_key_value_list(scheme, text, out);
  }
  return refuse(Reason::kMalformedSignature);
}

bool is_good_id(std::string_view id, const SignedContent& content) noexcept {
  return is_visible(id, kMaxId) &&
         !(content.id_delimiter && id.find(*content.id_delimiter) != std::string_view::npos);
}

// Whether all bytes are in [low, '~']; eight at a time, the last eight overlapping the ones before.
template <unsigned char low>
bool all_between(std::string_view text) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kTop = kOnes * 0x80;
  constexpr std::size_t kChars = sizeof(std::uint64_t);
  std::uint64_t bad = 0;
  const auto look = [&](std::uint64_t word) {
    // Nothing carries into the next byte: `seven` has no top bits, and they are judged themselves.
    const std::uint64_t seven = word & ~kTop;
    bad |= word | ~(seven + kOnes * (0x80 - low)) | (seven + kOnes);
  };
  if (text.size() < kChars) {
    std::uint64_t word = kOnes * low;
    if (!text.empty()) std::memcpy(&word, text.data(), text.size());
    look(word);
    return (bad & kTop) == 0;
  }
  std::uint64_t word = 0;
  for (std::size_t at = 0; at + kChars < text.size(); at += kChars) {
    std::memcpy(&word, text.data() + at, kChars);
    look(word);
  }
  std::memcpy(&word, text.data() + text.size() - kChars, kChars);
  look(word);
  return (bad & kTop) == 0;
}

// GitLab's types hold blanks ("Push Hook"), so these may; a header value never starts or ends
// with one.
bool is_event_type(std::string_view type) noexcept {
  return !type.empty() && type.size() <= kMaxEventType && type.front() != ' ' &&
         type.back() != ' ' && all_between<' '>(type);
}

}  // namespace

bool same_letters(std::string_view a, std::string_view b) noexcept {
  if (std::memcmp(a.data(), b.data(), a.size()) == 0) return true;
  return std::equal(a.begin(), a.end(), b.begin(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

bool is_visible(std::string_view text, std::size_t max) noexcept {
  return !text.empty() && text.size() <= max && all_between<'!'>(text);
}

bool is_version(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_';
  });
}

std::optional<std::int64_t> parse_timestamp(std::string_view text) noexcept {
  if (text.empty() || text.size() > 15 || (text.size() > 1 && text.front() == '0'))
    return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

Outcome parse_headers(const Scheme& scheme, const SignedContent& content, const Request& request,
                      ParsedHeaders& out) noexcept {
  FoundSet found;
  for (const HeaderNames& names : scheme.headers) {
    const FoundSet here = find(names, request.headers);
    if (!here.any()) continue;
    // Two sets of names at once: which one a proxy or a second verifier reads is anybody's guess.
    if (found.any() || here.twice()) return refuse(Reason::kDuplicateHeader);
    found = here;
  }
  const bool timed = scheme.timestamp == TimestampSource::kHeader;
  if (found.signature.count == 0 || (timed && found.timestamp.count == 0) ||
      (content.uses_id && found.id.count == 0))
    return refuse(Reason::kMissingHeader);
  if (timed) {
    out.timestamp = found.timestamp.value();
    if (!parse_timestamp(out.timestamp)) return refuse(Reason::kMalformedTimestamp);
  }
  if (found.id.count == 1) {
    out.id = found.id.value();
    if (!is_good_id(out.id, content)) return refuse(Reason::kMalformedSignature);
  }
  if (found.event_type.count == 1) {
    out.event_type = found.event_type.value();
    if (!is_event_type(out.event_type)) return refuse(Reason::kMalformedSignature);
  }
  return parse_signature(scheme, found.signature.value(), out);
}

}  // namespace webhook::detail
COEFFICIENT_END_NAMESPACE
