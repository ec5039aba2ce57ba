#include "core/json_reader.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "core/utf8.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace json {
namespace {

// Bytes of a string that need no look: all ASCII but controls, '"' and '\'.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < 0x80; ++c) table[c] = c != '"' && c != '\\';
  return table;
}();

constexpr std::uint64_t each_byte(unsigned char value) noexcept {
  return 0x0101010101010101U * value;
}

// Returns whether one of the eight bytes is not plain. A borrow may report a byte beside a true
// hit, never without one.
bool has_special(std::uint64_t block) noexcept {
  const auto has_zero = [](std::uint64_t x) { return (x - each_byte(1)) & ~x & each_byte(0x80); };
  const std::uint64_t control = (block - each_byte(0x20)) & ~block & each_byte(0x80);
  return (control | (block & each_byte(0x80)) | has_zero(block ^ each_byte('"')) |
          has_zero(block ^ each_byte('\\'))) != 0;
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_high_surrogate(unsigned unit) noexcept {
  return unit >= 0xd800 && unit < 0xdc00;
}
bool is_low_surrogate(unsigned unit) noexcept {
  return unit >= 0xdc00 && unit < 0xe000;
}

// The value of a hex digit; 16 for any other byte.
unsigned hex_value(char c) noexcept {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return 16;
}

// The UTF-16 unit of the escape `\uXXXX` that accepted text starts with.
unsigned unit_of(std::string_view escape) noexcept {
  unsigned unit = 0;
  for (const char c : escape.substr(2, 4)) unit = unit * 16 + hex_value(c);
  return unit;
}

void append_code_point(unsigned code, std::string& out) {
  const auto put = [&](unsigned byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0U | code >> 6U);
    put(0x80U | (code & 0x3fU));
  } else if (code < 0x10000) {
    put(0xe0U | code >> 12U);
    put(0x80U | (code >> 6U & 0x3fU));
    put(0x80U | (code & 0x3fU));
  } else {
    put(0xf0U | code >> 18U);
    put(0x80U | (code >> 12U & 0x3fU));
    put(0x80U | (code >> 6U & 0x3fU));
    put(0x80U | (code & 0x3fU));
  }
}

void append_escape(std::string_view escape, std::string& out) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (escape[1] != 'u') {
    out.push_back(kMeanings[kLetters.find(escape[1])]);
    return;
  }
  unsigned code = unit_of(escape);
  if (is_high_surrogate(code))
    code = 0x10000 + ((code - 0xd800) << 10U) + (unit_of(escape.substr(6)) - 0xdc00);
  append_code_point(code, out);
}

}  // namespace

std::size_t plain_length(std::string_view text) noexcept {
  std::size_t i = 0;
  for (std::uint64_t block = 0; text.size() - i >= sizeof block; i += sizeof block) {
    std::memcpy(&block, text.data() + i, sizeof block);
    if (has_special(block)) break;
  }
  while (i < text.size() && kPlain[static_cast<unsigned char>(text[i])]) ++i;
  return i;
}

void append_unescaped(std::string_view raw, std::string& out) {
  while (true) {
    const std::size_t backslash = raw.find('\\');
    out.append(raw.substr(0, backslash));
    if (backslash == std::string_view::npos) return;
    raw.remove_prefix(backslash);
    append_escape(raw, out);
    raw.remove_prefix(character_length(raw));
  }
}

std::size_t character_length(std::string_view raw) noexcept {
  if (raw[0] != '\\') return utf8::sequence_length(raw);
  if (raw[1] != 'u') return 2;
  return is_high_surrogate(unit_of(raw)) ? 12 : 6;
}

Reader::Reader(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {
  if (text.size() > limits.max_bytes) {
    fail(ErrorCode::kResourceExhausted,
         "JSON is larger than " + std::to_string(limits.max_bytes) + " bytes");
  } else if (text.starts_with("\xEF\xBB\xBF")) {
    fail(ErrorCode::kInvalidArgument, "JSON starts with a byte order mark");
  }
}

Event Reader::next() {
  if (failed_) return Event::kError;
  skip_blanks();
  switch (expect_) {
    case Expect::kValue:
      return value();
    case Expect::kNameOrEnd:
      return at('}') ? close() : name_and_colon();
    case Expect::kElementOrEnd:
      return at(']') ? close() : value();
    case Expect::kCommaOrEnd:
      if (at(',')) {
        ++at_;
        skip_blanks();
        return levels_.back().object ? name_and_colon() : value();
      }
      return at(levels_.back().object ? '}' : ']') ? close() : malformed();
    case Expect::kNothing:
      break;
  }
  return at_ == text_.size() ? Event::kEnd : malformed();
}

bool Reader::next_value() noexcept {
  skip_blanks();
  if (failed_ || expect_ != Expect::kNothing || at_ == text_.size()) return false;
  expect_ = Expect::kValue;
  return true;
}

std::string_view Reader::string() {
  const std::string_view inner = raw_.substr(1, raw_.size() - 2);
  if (!escaped_) return inner;
  unescaped_.clear();
  append_unescaped(inner, unescaped_);
  return unescaped_;
}

void Reader::skip_blanks() noexcept {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
    ++at_;
}

Event Reader::value() {
  if (at_ == text_.size()) return malformed();
  switch (text_[at_]) {
    case '{':
      return open(true);
    case '[':
      return open(false);
    case 't':
      return literal("true", Event::kTrue);
    case 'f':
      return literal("false", Event::kFalse);
    case 'n':
      return literal("null", Event::kNull);
    case '"':
      if (!scan_string()) return malformed();
      expect_ = levels_.empty() ? Expect::kNothing : Expect::kCommaOrEnd;
      return Event::kString;
    default:
      return number();
  }
}

Event Reader::name_and_colon() {
  if (!at('"') || !scan_string()) return malformed();
  const std::string_view inner = raw_.substr(1, raw_.size() - 2);
  if (escaped_) {
    append_unescaped(inner, decoded_.emplace_back());
    names_.emplace_back(decoded_.back());
  } else {
    names_.push_back(inner);
  }
  skip_blanks();
  if (!at(':')) return malformed();
  ++at_;
  expect_ = Expect::kValue;
  return Event::kName;
}

Event Reader::open(bool object) {
  if (levels_.size() >= limits_.max_depth)
    return fail(ErrorCode::kResourceExhausted,
                "JSON is nested deeper than " + std::to_string(limits_.max_depth));
  ++at_;
  levels_.push_back({object, names_.size(), decoded_.size()});
  expect_ = object ? Expect::kNameOrEnd : Expect::kElementOrEnd;
  return object ? Event::kBeginObject : Event::kBeginArray;
}

Event Reader::close() {
  const Level level = levels_.back();
  if (level.object && has_duplicate(level.first_name))
    return fail(ErrorCode::kInvalidArgument, "duplicate member name in an object");
  ++at_;
  names_.resize(level.first_name);
  decoded_.resize(level.first_decoded);
  levels_.pop_back();
  expect_ = levels_.empty() ? Expect::kNothing : Expect::kCommaOrEnd;
  return level.object ? Event::kEndObject : Event::kEndArray;
}

Event Reader::literal(std::string_view word, Event event) {
  for (const char c : word) {
    if (!at(c)) return malformed();
    ++at_;
  }
  expect_ = levels_.empty() ? Expect::kNothing : Expect::kCommaOrEnd;
  return event;
}

Event Reader::number() {
  const std::size_t start = at_;
  const auto digits = [&] {
    const std::size_t first = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ != first;
  };
  if (at('-')) ++at_;
  if (at('0')) {
    ++at_;
  } else if (!digits()) {
    return malformed();
  }
  if (at('.')) {
    ++at_;
    if (!digits()) return malformed();
  }
  if (at('e') || at('E')) {
    ++at_;
    if (at('+') || at('-')) ++at_;
    if (!digits()) return malformed();
  }
  raw_ = text_.substr(start, at_ - start);
  expect_ = levels_.empty() ? Expect::kNothing : Expect::kCommaOrEnd;
  return Event::kNumber;
}

bool Reader::scan_string() {
  const std::size_t start = at_++;
  escaped_ = false;
  while (true) {
    at_ += plain_length(text_.substr(at_));
    if (at_ == text_.size()) return false;
    if (text_[at_] == '"') break;
    if (text_[at_] == '\\') {
      if (!scan_escape()) return false;
      continue;
    }
    // A control character, or the start of a sequence of several bytes.
    const std::size_t length = utf8::sequence_length(text_.substr(at_));
    if (length < 2) return false;
    at_ += length;
  }
  ++at_;
  raw_ = text_.substr(start, at_ - start);
  return true;
}

bool Reader::scan_escape() {
  escaped_ = true;
  ++at_;
  if (!at('u')) {
    if (at_ == text_.size() ||
        std::string_view("\"\\/bfnrt").find(text_[at_]) == std::string_view::npos)
      return false;
    ++at_;
    return true;
  }
  unsigned unit = 0;
  if (!scan_hex(unit) || is_low_surrogate(unit)) return false;
  if (!is_high_surrogate(unit)) return true;
  if (!at('\\')) return false;
  ++at_;
  return at('u') && scan_hex(unit) && is_low_surrogate(unit);
}

bool Reader::scan_hex(unsigned& unit) {
  unit = 0;
  ++at_;
  for (int i = 0; i < 4; ++i, ++at_) {
    const unsigned digit = at_ < text_.size() ? hex_value(text_[at_]) : 16;
    if (digit == 16) return false;
    unit = unit * 16 + digit;
  }
  return true;
}

bool Reader::has_duplicate(std::size_t first_name) {
  const auto first = names_.begin() + static_cast<std::ptrdiff_t>(first_name);
  // By length first: most names are told apart without a look at their bytes.
  std::sort(first, names_.end(), [](std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  return std::adjacent_find(first, names_.end()) != names_.end();
}

Event Reader::malformed() {
  return fail(ErrorCode::kInvalidArgument, "not JSON at byte " + std::to_string(at_ + 1));
}

Event Reader::fail(ErrorCode code, std::string message) {
  failed_ = true;
  error_ = Error{code, std::move(message)};
  return Event::kError;
}

}  // namespace json
COEFFICIENT_END_NAMESPACE
