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

// Writes the digits of `in` without padding to `out`, which has room for exactly them.
void encode_base64_into(std::span<const std::byte> in, std::string_view digits,
                        char* out) noexcept {
  const auto at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(in[i]); };
  const char* const alphabet = digits.data();
  std::size_t i = 0;
  for (; in.size() - i >= 3; i += 3, out += 4) {
    const std::uint32_t bits = at(i) << 16U | at(i + 1) << 8U | at(i + 2);
    out[0] = alphabet[bits >> 18U];
    out[1] = alphabet[bits >> 12U & 63U];
    out[2] = alphabet[bits >> 6U & 63U];
    out[3] = alphabet[bits & 63U];
  }
  if (i == in.size()) return;
  const bool two = in.size() - i == 2;
  const std::uint32_t bits = at(i) << 16U | (two ? at(i + 1) << 8U : 0U);
  out[0] = alphabet[bits >> 18U];
  out[1] = alphabet[bits >> 12U & 63U];
  if (two) out[2] = alphabet[bits >> 6U & 63U];
}

constexpr std::size_t unpadded_chars(std::size_t bytes) noexcept {
  return bytes / 3 * 4 + (bytes % 3 == 0 ? 0 : bytes % 3 + 1);
}

std::string encode_base64(std::span<const std::byte> in, std::string_view digits, bool pad) {
  std::string out(pad ? (in.size() + 2) / 3 * 4 : unpadded_chars(in.size()), '=');
  encode_base64_into(in, digits, out.data());
  return out;
}

// The number of bytes that `text` (without its padding) stands for, or npos if no text of that
// length can be canonical.
constexpr std::size_t kNoSize = static_cast<std::size_t>(-1);
std::size_t unpadded_size(std::size_t chars) noexcept {
  return chars % 4 == 1 ? kNoSize : chars / 4 * 3 + (chars % 4 == 0 ? 0 : chars % 4 - 1);
}

// Judges once at the end, so that the loop has no branch to mispredict on hostile text: every bad
// digit has its top bits set.
bool decode_unpadded(std::string_view text, const DecodeTable& table,
                     std::span<std::byte> out) noexcept {
  if (unpadded_size(text.size()) != out.size()) return false;
  const auto put = [](std::uint32_t value) { return static_cast<std::byte>(value & 0xFFU); };
  const char* from = text.data();
  std::byte* to = out.data();
  std::uint32_t seen = 0;
  for (std::size_t left = text.size() / 4; left > 0; --left, from += 4, to += 3) {
    const std::uint32_t a = digit(table, from[0]);
    const std::uint32_t b = digit(table, from[1]);
    const std::uint32_t c = digit(table, from[2]);
    const std::uint32_t d = digit(table, from[3]);
    seen |= a | b | c | d;
    to[0] = put(a << 2U | b >> 4U);
    to[1] = put(b << 4U | c >> 2U);
    to[2] = put(c << 6U | d);
  }
  std::uint32_t spare = 0;  // bits that must be zero
  if (const std::size_t rest = text.size() % 4; rest != 0) {
    const std::uint32_t a = digit(table, from[0]);
    const std::uint32_t b = digit(table, from[1]);
    const std::uint32_t c = rest == 3 ? digit(table, from[2]) : 0;
    seen |= a | b | c;
    to[0] = put(a << 2U | b >> 4U);
    if (rest == 3) to[1] = put(b << 4U | c >> 2U);
    spare = rest == 3 ? c & 3U : b & 15U;
  }
  return seen < 64 && spare == 0;
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
  if (out.size() != unpadded_chars(bytes.size())) return false;
  encode_base64_into(bytes, kBase64UrlDigits, reinterpret_cast<char*>(out.data()));
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
