#include "diff/json_writer.h"

#include <array>
#include <charconv>
#include <cstring>
#include <span>

#include "coefficient/core/encoding.h"
#include "core/utf8.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

std::span<const std::byte> as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// Bytes that stand for themselves in a JSON string: all but controls, '"' and '\'.
constexpr std::array<bool, 256> kStandsForItself = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < table.size(); ++c) table[c] = c != '"' && c != '\\';
  return table;
}();

constexpr std::uint64_t each_byte(unsigned char value) noexcept {
  return 0x0101010101010101U * value;
}

// Returns whether one of the eight bytes is a control, '"' or '\\'. Borrows may report a byte
// beside a true hit, never without one, and bytes from 0x80 up are no hits.
bool has_special(std::uint64_t block) noexcept {
  const auto has_zero = [](std::uint64_t x) { return (x - each_byte(1)) & ~x & each_byte(0x80); };
  const std::uint64_t control = (block - each_byte(0x20)) & ~block & each_byte(0x80);
  return (control | has_zero(block ^ each_byte('"')) | has_zero(block ^ each_byte('\\'))) != 0;
}

// The length of the start of `text` that needs no escape.
std::size_t plain_length(std::string_view text) noexcept {
  std::size_t i = 0;
  for (std::uint64_t block = 0; text.size() - i >= sizeof block; i += sizeof block) {
    std::memcpy(&block, text.data() + i, sizeof block);
    if (has_special(block)) break;
  }
  while (i < text.size() && kStandsForItself[static_cast<unsigned char>(text[i])]) ++i;
  return i;
}

}  // namespace

void JsonWriter::comma() {
  if (comma_) text_.push_back(',');
  comma_ = true;
}

void JsonWriter::open(char bracket) {
  comma();
  text_.push_back(bracket);
  comma_ = false;
}

void JsonWriter::close(char bracket) {
  text_.push_back(bracket);
  comma_ = true;
}

void JsonWriter::open_raw(std::string_view text) {
  comma();
  text_.append(text);
  comma_ = true;
}

void JsonWriter::key(std::string_view name) {
  key(name, {});
}

void JsonWriter::key(std::string_view name, std::string_view suffix) {
  comma();
  text_.push_back('"');
  text_.append(name).append(suffix).append("\":");
  comma_ = false;
}

void JsonWriter::value(std::uint64_t number) {
  comma();
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text_.append(digits.data(), end);
}

void JsonWriter::value(bool boolean) {
  comma();
  text_.append(boolean ? "true" : "false");
}

void JsonWriter::null() {
  comma();
  text_.append("null");
}

void JsonWriter::plain(std::string_view text) {
  comma();
  text_.push_back('"');
  text_.append(text);
  text_.push_back('"');
}

void JsonWriter::escape(char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
    case '\\':
      text_.push_back('\\');
      text_.push_back(c);
      break;
    case '\b':
      text_.append("\\b");
      break;
    case '\f':
      text_.append("\\f");
      break;
    case '\t':
      text_.append("\\t");
      break;
    case '\n':
      text_.append("\\n");
      break;
    case '\r':
      text_.append("\\r");
      break;
    default:
      text_.append("\\u00");
      text_.push_back(kHex[static_cast<unsigned char>(c) >> 4U]);
      text_.push_back(kHex[static_cast<unsigned char>(c) & 15U]);
  }
}

void JsonWriter::quoted(std::string_view utf8) {
  comma();
  text_.push_back('"');
  while (true) {
    const std::size_t plain = plain_length(utf8);
    text_.append(utf8, 0, plain);
    if (plain == utf8.size()) break;
    escape(utf8[plain]);
    utf8.remove_prefix(plain + 1);
  }
  text_.push_back('"');
}

void JsonWriter::bytes(std::string_view name, std::string_view bytes) {
  if (utf8::is_valid(bytes)) {
    key(name);
    quoted(bytes);
  } else {
    key(name, "_base64");
    plain(base64_encode(as_bytes(bytes)));
  }
}

void JsonWriter::path(std::string_view path) {
  begin_object();
  if (utf8::is_valid(path)) {
    key("path");
    quoted(path);
  } else {
    key("path_hex");
    plain(hex_encode(as_bytes(path)));
  }
  end_object();
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
