#include "diff/json_writer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <span>

#include "coefficient/core/encoding.h"
#include "core/bytes_of.h"
#include "core/utf8.h"
#include "diff/bytes16.h"
#include "diff/page_advice.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

// The most that one byte of a text takes: `\u001f`.
constexpr std::size_t kMaxEscape = 6;
// The text grows by as much at once, or the string's whole memory would be written to twice.
constexpr std::size_t kStep = std::size_t{32} << 10U;
// From here on huge pages are worth their asking: two of them, mostly.
constexpr std::size_t kLarge = std::size_t{4} << 20U;
// Longer texts are escaped in pieces, so that they do not ask for six times their room.
constexpr std::size_t kPiece = 4096;

constexpr std::uint64_t each_byte(unsigned char value) noexcept {
  return 0x0101010101010101U * value;
}

// Marks, among eight bytes, controls, '"', '\\' and all beyond ASCII in their upper bits. A borrow
// may mark a byte that is none, but only above a true one.
std::uint64_t specials(std::uint64_t block) noexcept {
  const auto zeros = [](std::uint64_t x) { return (x - each_byte(1)) & ~x; };
  const std::uint64_t controls = (block - each_byte(0x20)) & ~block;
  return (controls | block | zeros(block ^ each_byte('"')) | zeros(block ^ each_byte('\\'))) &
         each_byte(0x80);
}

constexpr std::array<bool, 256> kStandsForItself = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < 0x80; ++c) table[c] = c != '"' && c != '\\';
  return table;
}();

char* write_escape(char* out, char c) noexcept {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::string_view kNamed = "\"\\\b\f\n\r\t";
  constexpr std::string_view kNames = "\"\\bfnrt";
  *out++ = '\\';
  if (const std::size_t named = kNamed.find(c); named != std::string_view::npos) {
    *out++ = kNames[named];
    return out;
  }
  constexpr std::string_view kUnicode = "u00";
  out = std::copy(kUnicode.begin(), kUnicode.end(), out);
  *out++ = kHex[static_cast<unsigned char>(c) >> 4U];
  *out++ = kHex[static_cast<unsigned char>(c) & 15U];
  return out;
}

// Copies the 16 bytes at `at`; false if one of them does not stand for itself.
bool copy_block(const char* at, char* out) noexcept {
  bytes16::Block block;
  std::memcpy(&block, at, sizeof block);
  std::memcpy(out, &block, sizeof block);
  return !bytes16::any((block < 0x20) | (block > 0x7f) | (block == '"') | (block == '\\'));
}

// Copies from `at` what stands for itself, and stops at the first byte that does not. There must
// be sixteen bytes of room beyond what is copied.
void copy_plain(const char*& at, const char* end, char*& out) noexcept {
  constexpr std::ptrdiff_t kBlock = sizeof(bytes16::Block);
  const char* const begin = at;
  while (end - at >= kBlock && copy_block(at, out)) {
    at += kBlock;
    out += kBlock;
  }
  // The rest, together with bytes that are there already: lines are short, and byte by byte it
  // would cost more than all before.
  const std::ptrdiff_t rest = end - at;
  if (rest < kBlock && end - begin >= kBlock && copy_block(end - kBlock, out + rest - kBlock)) {
    at = end;
    out += rest;
    return;
  }
  for (std::uint64_t block = 0; static_cast<std::size_t>(end - at) >= sizeof block;) {
    std::memcpy(&block, at, sizeof block);
    std::memcpy(out, &block, sizeof block);
    const std::uint64_t marks = specials(block);
    std::size_t length = sizeof block;
    if (marks != 0) {
      const int bits = std::endian::native == std::endian::little ? std::countr_zero(marks) : 0;
      length = static_cast<std::size_t>(bits) / 8;
    }
    at += length;
    out += length;
    if (marks != 0) break;
  }
  while (at != end && kStandsForItself[static_cast<unsigned char>(*at)]) *out++ = *at++;
}

}  // namespace

void JsonWriter::reserve(std::size_t bytes) {
  text_.reserve(bytes);
  if (bytes < kLarge) return;
  // Not from the start: what is small in the end is not there in whole huge pages.
  page_advice::prefer_huge(text_.data() + kLarge / 2, text_.data() + text_.capacity());
}

void JsonWriter::grow(std::size_t bytes) {
  const std::size_t needed = size_ + bytes;
  if (needed > text_.capacity()) reserve(std::max(needed, text_.capacity() * 2));
  const std::size_t size = std::max(needed, std::min(text_.capacity(), size_ + kStep));
  page_advice::populate(text_.data() + text_.size(), text_.data() + size);
  text_.resize(size);
}

void JsonWriter::open_raw(std::string_view text) {
  comma();
  append(text);
}

void JsonWriter::key(std::string_view name) {
  plain(name);
  append(":");
  comma_ = false;
}

void JsonWriter::value(std::uint64_t number) {
  comma();
  std::array<char, 20> digits{};
  char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  append({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

void JsonWriter::value(bool boolean) {
  comma();
  append(boolean ? "true" : "false");
}

void JsonWriter::null() {
  comma();
  append("null");
}

void JsonWriter::plain(std::string_view text) {
  comma();
  append("\"");
  append(text);
  append("\"");
}

// Writes the text and the quote after it; false at the first byte that is not UTF-8, and then part
// of it stands.
bool JsonWriter::escaped(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const char* const stop = at + std::min<std::size_t>(kPiece, static_cast<std::size_t>(end - at));
    char* const start =
        room(static_cast<std::size_t>(stop - at) * kMaxEscape + sizeof(bytes16::Block));
    char* out = start;
    while (at < stop) {
      copy_plain(at, stop, out);
      if (at >= stop) break;
      if (static_cast<unsigned char>(*at) < 0x80) {
        out = write_escape(out, *at++);
        continue;
      }
      // May reach beyond the piece, by less than the room for an escape.
      const std::size_t length = utf8::sequence_length({at, static_cast<std::size_t>(end - at)});
      if (length == 0) return false;
      std::memcpy(out, at, length);
      out += length;
      at += length;
    }
    size_ += static_cast<std::size_t>(out - start);
  }
  append("\"");
  return true;
}

void JsonWriter::quoted(std::string_view utf8) {
  comma();
  append("\"");
  (void)escaped(utf8);  // what is well-formed is always written
}

void JsonWriter::bytes(std::string_view name, std::string_view bytes) {
  const std::size_t before = size_;
  const bool had_comma = comma_;
  key(name);
  append("\"");
  comma_ = true;
  if (escaped(bytes)) return;
  size_ = before;
  comma_ = had_comma;
  comma();
  append("\"");
  append(name);
  append("_base64\":\"");
  append(base64_encode(bytes_of(bytes)));
  append("\"");
}

void JsonWriter::path(std::string_view path) {
  begin_object();
  if (utf8::is_valid(path)) {
    key("path");
    quoted(path);
  } else {
    key("path_hex");
    plain(hex_encode(bytes_of(path)));
  }
  end_object();
}

void JsonWriter::replace(std::size_t from, std::size_t to, std::string_view by) {
  text_.resize(size_);
  text_.replace(from, to - from, by);
  size_ = text_.size();
}

void JsonWriter::cut(std::size_t size) noexcept {
  size_ = size;
  comma_ = size != 0 && std::string_view("[{:").find(text_[size - 1]) == std::string_view::npos;
}

std::string JsonWriter::take() {
  text_.resize(size_);
  // The last huge page reaches beyond what was written.
  if (text_.capacity() >= kLarge)
    page_advice::give_back(text_.data() + size_ + 1, text_.data() + text_.capacity());
  return std::move(text_);
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
