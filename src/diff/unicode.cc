#include "diff/unicode.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "diff/bytes16.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

using Counter = std::uint64_t UnicodeFindings::*;

struct Range {
  char32_t first;
  char32_t last;
  Counter counter;
};

constexpr Counter kBidi = &UnicodeFindings::bidi;
constexpr Counter kZeroWidth = &UnicodeFindings::zero_width;
constexpr Counter kTag = &UnicodeFindings::tag;
constexpr Counter kSelector = &UnicodeFindings::variation_selector;
constexpr Counter kControl = &UnicodeFindings::control;

// Above ASCII, ascending.
constexpr auto kRanges = std::to_array<Range>({
    {0x0080, 0x009f, kControl},     {0x00ad, 0x00ad, kZeroWidth},  // soft hyphen
    {0x034f, 0x034f, kZeroWidth},                                  // combining grapheme joiner
    {0x061c, 0x061c, kBidi},                                       // Arabic letter mark
    {0x115f, 0x1160, kZeroWidth},                                  // Hangul fillers
    {0x17b4, 0x17b5, kZeroWidth},                                  // Khmer inherent vowels
    {0x180b, 0x180d, kSelector},                                   // Mongolian
    {0x180e, 0x180e, kZeroWidth},                                  // Mongolian vowel separator
    {0x180f, 0x180f, kSelector},                                   // Mongolian
    {0x200b, 0x200d, kZeroWidth},  // zero width space, non-joiner, joiner
    {0x200e, 0x200f, kBidi},       // marks
    {0x2028, 0x2029, kControl},    // line and paragraph separator
    {0x202a, 0x202e, kBidi},       // embeddings and overrides
    {0x2060, 0x2065, kZeroWidth},  // word joiner, invisible operators
    {0x2066, 0x2069, kBidi},       // isolates
    {0x206a, 0x206f, kZeroWidth},  // deprecated format characters
    {0x3164, 0x3164, kZeroWidth},  // Hangul filler
    {0xfe00, 0xfe0f, kSelector},    {0xfeff, 0xfeff, kZeroWidth},  // byte order mark
    {0xffa0, 0xffa0, kZeroWidth},                                  // halfwidth Hangul filler
    {0xfff0, 0xfffb, kZeroWidth},    // ignorable, then interlinear annotation
    {0x13430, 0x1343f, kZeroWidth},  // Egyptian hieroglyph format controls
    {0x1bca0, 0x1bca3, kZeroWidth},  // shorthand format controls
    {0x1d173, 0x1d17a, kZeroWidth},  // musical beams and slurs
    {0xe0000, 0xe007f, kTag},       {0xe0080, 0xe00ff, kZeroWidth},  // ignorable, unassigned
    {0xe0100, 0xe01ef, kSelector},  {0xe01f0, 0xe0fff, kZeroWidth},  // ignorable, unassigned
});

// nullptr: the character is shown as it is.
Counter counter_of(char32_t c) noexcept {
  const auto* const range =
      std::lower_bound(kRanges.begin(), kRanges.end(), c,
                       [](const Range& r, char32_t value) { return r.last < value; });
  return range != kRanges.end() && range->first <= c ? range->counter : nullptr;
}

constexpr std::uint64_t each_byte(unsigned char value) noexcept {
  return 0x0101010101010101U * value;
}

// Has bit 7 set in each byte that is neither printable ASCII nor TAB, and in no other.
std::uint64_t unusual_bytes(std::uint64_t block) noexcept {
  constexpr std::uint64_t kLow = each_byte(0x7f);
  const std::uint64_t low = block & kLow;
  const std::uint64_t from_blank_on = low + each_byte(0x80 - 0x20);
  const std::uint64_t not_tab = (low ^ each_byte('\t')) + kLow;
  const std::uint64_t is_del = low + each_byte(1);
  return (block | is_del | (~from_blank_on & not_tab)) & each_byte(0x80);
}

std::uint64_t load(const char* at) noexcept {
  std::uint64_t block = 0;
  std::memcpy(&block, at, sizeof block);
  return block;
}

constexpr std::size_t lead_byte(char32_t c) noexcept {
  if (c < 0x800) return 0xc0 | c >> 6U;
  return c < 0x10000 ? 0xe0 | c >> 12U : 0xf0 | c >> 18U;
}

// Bytes that an escaped character can start with. In most scripts no letter does, and to step over
// one byte by byte is to step over it as a whole.
constexpr std::array<bool, 256> kCanStart = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = c != '\t';
  table[0x7f] = true;
  for (const Range& range : kRanges)
    for (std::size_t b = lead_byte(range.first); b <= lead_byte(range.last); ++b) table[b] = true;
  return table;
}();

// Returns whether one of the 16 bytes at `at` is neither printable ASCII nor TAB.
bool has_unusual(const char* at) noexcept {
  bytes16::Block block;
  std::memcpy(&block, at, sizeof block);
  return bytes16::any((block > 0x7e) | ((block < 0x20) & (block != '\t')));
}

// Returns the first byte from `at` on that an escaped character can start with.
const char* find_start(const char* at, const char* end) noexcept {
  constexpr std::ptrdiff_t kBlock = sizeof(bytes16::Block);
  const char* const begin = at;
  while (end - at >= kBlock && !has_unusual(at)) at += kBlock;
  // The rest, together with bytes that are known: lines are short, and byte by byte it would cost
  // more than all before.
  if (end - at < kBlock && end - begin >= kBlock && !has_unusual(end - kBlock)) return end;
  while (end - at >= 8 && unusual_bytes(load(at)) == 0) at += 8;
  while (at != end && !kCanStart[static_cast<unsigned char>(*at)]) ++at;
  return at;
}

struct Character {
  char32_t value;
  std::size_t length;
};

// No character; so none that is escaped.
constexpr Character kMalformedByte{0x110000, 1};

// Reads the UTF-8 sequence at `text`, which is not empty (RFC 3629 section 4).
Character decode(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return kMalformedByte;
  char32_t value = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return kMalformedByte;
    value = value << 6U | (byte(i) & 0x3fU);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  if (overlong || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return kMalformedByte;
  return {value, length};
}

// `rest` starts with an ASCII control; nullptr if it is one that ends a line.
Counter control_of(std::string_view rest) noexcept {
  if (rest[0] == '\n') return nullptr;
  if (rest[0] == '\r' && (rest.size() == 1 || rest[1] == '\n')) return nullptr;
  return kControl;
}

void append_escape(std::string& out, char32_t c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out += "\\u{";
  unsigned shift = 12;
  while ((c >> shift) > 0xfU) shift += 4;
  for (;; shift -= 4) {
    out.push_back(kDigits[(c >> shift) & 0xfU]);
    if (shift == 0) break;
  }
  out.push_back('}');
}

}  // namespace

std::string_view escape_invisible(std::string_view line, std::string& buffer,
                                  UnicodeFindings& findings, LineEnds line_ends) {
  const char* const end = line.data() + line.size();
  const char* copied = line.data();  // what is before is in the buffer
  bool escaped = false;
  for (const char* at = find_start(line.data(), end); at != end; at = find_start(at, end)) {
    const std::string_view rest(at, static_cast<std::size_t>(end - at));
    const auto [value, length] = decode(rest);
    Counter counter = value < 0x80 ? control_of(rest) : counter_of(value);
    if (line_ends == LineEnds::kEscaped && (value == '\n' || value == '\r')) counter = kControl;
    if (counter != nullptr) {
      ++(findings.*counter);
      if (!escaped) buffer.clear();
      escaped = true;
      buffer.append(copied, at);
      append_escape(buffer, value);
      copied = at + length;
    }
    at += length;
  }
  if (!escaped) return line;
  buffer.append(copied, end);
  return buffer;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
