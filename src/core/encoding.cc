#include "coefficient/core/encoding.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

COEFFICIENT_BEGIN_NAMESPACE
namespace {

constexpr std::uint8_t kBad = 0xFF;

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64UrlDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using DecodeTable = std::array<std::uint8_t, 256>;

constexpr DecodeTable make_table(std::string_view digits) {
  DecodeTable table{};
  for (auto& entry : table) entry = kBad;
  for (std::size_t i = 0; i < digits.size(); ++i)
    table[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
  return table;
}

constexpr DecodeTable make_hex_table() {
  DecodeTable table = make_table(kHexDigits);
  for (unsigned i = 0; i < 6; ++i) table['A' + i] = static_cast<std::uint8_t>(10 + i);
  return table;
}

constexpr DecodeTable kHexTable = make_hex_table();
constexpr DecodeTable kLowerHexTable = make_table(kHexDigits);
constexpr DecodeTable kBase64Table = make_table(kBase64Digits);
constexpr DecodeTable kBase64UrlTable = make_table(kBase64UrlDigits);

std::uint32_t digit(const DecodeTable& table, char c) noexcept {
  return table[static_cast<unsigned char>(c)];
}

template <class Put>
void encode_base64_groups(std::span<const std::byte> in, std::string_view digits, Put put) {
  const auto at = [&](std::size_t i) {
    return i < in.size() ? std::to_integer<std::uint32_t>(in[i]) : 0U;
  };
  for (std::size_t i = 0; i < in.size(); i += 3) {
    const std::uint32_t bits = at(i) << 16U | at(i + 1) << 8U | at(i + 2);
    const std::size_t chars = in.size() - i >= 3 ? 4 : in.size() - i + 1;
    for (std::size_t k = 0; k < chars; ++k) put(digits[bits >> (18 - 6 * k) & 63U]);
  }
}

std::string encode_base64(std::span<const std::byte> in, std::string_view digits, bool pad) {
  std::string out;
  out.reserve((in.size() + 2) / 3 * 4);
  encode_base64_groups(in, digits, [&out](char c) { out += c; });
  if (pad) out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

// The number of bytes that `text` (without its padding) stands for, or npos if no text of that
// length can be canonical.
constexpr std::size_t kNoSize = static_cast<std::size_t>(-1);
std::size_t unpadded_size(std::size_t chars) noexcept {
  return chars % 4 == 1 ? kNoSize : chars / 4 * 3 + (chars % 4 == 0 ? 0 : chars % 4 - 1);
}

bool decode_unpadded(std::string_view text, const DecodeTable& table,
                     std::span<std::byte> out) noexcept {
  if (unpadded_size(text.size()) != out.size()) return false;
  std::uint32_t bits = 0;
  unsigned have = 0;
  std::size_t written = 0;
  for (const char c : text) {
    const std::uint32_t value = digit(table, c);
    if (value == kBad) return false;
    bits = (bits << 6U | value) & 0xFFFFU;
    have += 6;
    if (have >= 8) {
      have -= 8;
      out[written++] = static_cast<std::byte>(bits >> have & 0xFFU);
    }
  }
  return (bits & ((1U << have) - 1U)) == 0;  // spare bits must be zero
}

// Strips the padding that a canonical text of this length must have; false if it is not there.
bool strip_padding(std::string_view& text) noexcept {
  if (text.size() % 4 != 0) return false;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return true;
}

// Judges once at the end, so that the loop has no branch to mispredict on hostile text.
bool decode_hex(std::string_view text, const DecodeTable& table,
                std::span<std::byte> out) noexcept {
  if (text.size() % 2 != 0 || text.size() / 2 != out.size()) return false;
  const char* from = text.data();
  std::uint32_t seen = 0;
  for (std::byte& byte : out) {
    const std::uint32_t hi = digit(table, from[0]);
    const std::uint32_t lo = digit(table, from[1]);
    from += 2;
    seen |= hi | lo;
    byte = static_cast<std::byte>((hi << 4U | lo) & 0xFFU);
  }
  return seen < 16;
}

// Eight digits of lower-case hex in one register, each in a byte of its own; the first one lowest.
// Sets bits of `bad` where a byte is no such digit.
constexpr std::uint64_t kOnes = 0x0101010101010101U;
std::uint64_t eight_lower_hex(std::uint64_t text, std::uint64_t& bad) noexcept {
  constexpr std::uint64_t kTop = kOnes * 0x80;
  const std::uint64_t seven = text & ~kTop;
  // No byte carries into the next: all are below 0x80. The top bit then says "at least".
  const auto at_least = [&](std::uint64_t c) { return seven + (kTop - kOnes * c); };
  const std::uint64_t number = at_least('0') & ~at_least('9' + 1) & kTop;
  const std::uint64_t letter = at_least('a') & ~at_least('f' + 1) & kTop;
  bad |= (text | ~(number | letter)) & kTop;
  // '0' is 0x30 and 'a' is 0x61: the low half, and 9 more for a letter.
  return (seven & kOnes * 0x0F) + (letter >> 7U) * 9;
}

// The hot path of signature headers: 16 bytes a step where they are.
bool decode_lower_hex(std::string_view text, std::span<std::byte> out) noexcept {
  constexpr std::size_t kChars = sizeof(std::uint64_t);
  if (text.size() % 2 != 0 || text.size() / 2 != out.size()) return false;
  std::uint64_t bad = 0;
  const char* from = text.data();
  std::byte* to = out.data();
  if constexpr (std::endian::native == std::endian::little) {
    for (std::size_t left = text.size() / kChars; left > 0; --left) {
      std::uint64_t word = 0;
      std::memcpy(&word, from, kChars);
      word = eight_lower_hex(word, bad);
      word = (word << 4U | word >> 8U) & 0x00FF00FF00FF00FFU;  // two digits a byte, in every other
      word = (word | word >> 8U) & 0x0000FFFF0000FFFFU;
      word |= word >> 16U;
      std::memcpy(to, &word, kChars / 2);
      from += kChars;
      to += kChars / 2;
    }
  }
  const auto rest = static_cast<std::size_t>(text.data() + text.size() - from);
  return decode_hex({from, rest}, kLowerHexTable, {to, rest / 2}) && bad == 0;
}

template <class Decode>
Result<std::vector<std::byte>> decode(std::size_t size, const char* what, Decode decode_into) {
  if (size != kNoSize) {
    std::vector<std::byte> out(size);
    if (decode_into(std::span(out))) return out;
  }
  return Error{ErrorCode::kInvalidArgument, what};
}

}  // namespace

std::string hex_encode(std::span<const std::byte> bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::byte b : bytes) {
    out += kHexDigits[std::to_integer<std::size_t>(b >> 4)];
    out += kHexDigits[std::to_integer<std::size_t>(b & std::byte{15})];
  }
  return out;
}

bool hex_decode_exact(std::string_view text, std::span<std::byte> out) noexcept {
  return decode_hex(text, kHexTable, out);
}

bool lower_hex_decode_exact(std::string_view text, std::span<std::byte> out) noexcept {
  return decode_lower_hex(text, out);
}

Result<std::vector<std::byte>> hex_decode(std::string_view text) {
  return decode(text.size() / 2, "not hex",
                [&](std::span<std::byte> out) { return hex_decode_exact(text, out); });
}

std::string base64_encode(std::span<const std::byte> bytes) {
  return encode_base64(bytes, kBase64Digits, true);
}

bool base64_decode_exact(std::string_view text, std::span<std::byte> out) noexcept {
  return strip_padding(text) && decode_unpadded(text, kBase64Table, out);
}

Result<std::vector<std::byte>> base64_decode(std::string_view text) {
  std::string_view unpadded = text;
  const std::size_t size = strip_padding(unpadded) ? unpadded_size(unpadded.size()) : kNoSize;
  return decode(size, "not base64",
                [&](std::span<std::byte> out) { return base64_decode_exact(text, out); });
}

bool base64url_encode_exact(std::span<const std::byte> bytes, std::span<std::byte> out) noexcept {
  if (out.size() != bytes.size() / 3 * 4 + (bytes.size() % 3 == 0 ? 0 : bytes.size() % 3 + 1))
    return false;
  auto to = out.begin();
  encode_base64_groups(bytes, kBase64UrlDigits,
                       [&to](char c) { *to++ = static_cast<std::byte>(c); });
  return true;
}

std::string base64url_encode(std::span<const std::byte> bytes) {
  return encode_base64(bytes, kBase64UrlDigits, false);
}

bool base64url_decode_exact(std::string_view text, std::span<std::byte> out) noexcept {
  return decode_unpadded(text, kBase64UrlTable, out);
}

Result<std::vector<std::byte>> base64url_decode(std::string_view text) {
  return decode(unpadded_size(text.size()), "not base64url",
                [&](std::span<std::byte> out) { return base64url_decode_exact(text, out); });
}

COEFFICIENT_END_NAMESPACE
