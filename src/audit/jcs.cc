#include "audit/jcs.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "core/json_reader.h"
#include "core/utf8.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

using json::Event;
using json::Reader;

constexpr std::string_view kEncryptedName = "$enc";

bool is_plain(char c) noexcept {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

void append_escaped(char c, std::string& out) {
  constexpr std::string_view kShort = "\b\t\n\f\r\"\\";
  constexpr std::string_view kLetters = "btnfr\"\\";
  constexpr std::string_view kHex = "0123456789abcdef";
  out.push_back('\\');
  if (const auto i = kShort.find(c); i != std::string_view::npos) {
    out.push_back(kLetters[i]);
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "u00";
  out.push_back(kHex[byte >> 4U]);
  out.push_back(kHex[byte & 0xfU]);
}

// The order of UTF-16 units is that of UTF-8 bytes, but for characters above U+FFFF: their
// surrogates sort before U+E000 to U+FFFF, whose first byte is 0xee or 0xef.
bool utf16_less(std::string_view a, std::string_view b) noexcept {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (y == b.end()) return false;
  if (x == a.end()) return true;
  const auto left = static_cast<unsigned char>(*x);
  const auto right = static_cast<unsigned char>(*y);
  const bool left_pair = left >= 0xf0;
  const bool right_pair = right >= 0xf0;
  if (left_pair != right_pair && std::min(left, right) >= 0xee) return left_pair;
  return left < right;
}

void append_object(const Value::Object& object, std::string& out) {
  std::vector<const Value::Object::value_type*> members;
  members.reserve(object.size());
  for (const auto& member : object) members.push_back(&member);
  std::sort(members.begin(), members.end(),
            [](const auto* a, const auto* b) { return utf16_less(a->first, b->first); });
  out.push_back('{');
  for (const auto* member : members) {
    if (out.back() != '{') out.push_back(',');
    append_string(member->first, out);
    out.push_back(':');
    append_value(member->second, out);
  }
  out.push_back('}');
}

void append_array(const Value::Array& array, std::string& out) {
  out.push_back('[');
  for (const Value& element : array) {
    if (&element != array.data()) out.push_back(',');
    append_value(element, out);
  }
  out.push_back(']');
}

// Returns `object` as an Encrypted if it is `{"$enc":{..}}` with those four texts.
const std::string* text_member(const Value::Object& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : std::get_if<std::string>(&found->second.data);
}
bool as_encrypted(const Value::Object& object, Encrypted& out) {
  if (object.size() != 1 || object.begin()->first != kEncryptedName) return false;
  const auto* inner = std::get_if<Value::Object>(&object.begin()->second.data);
  if (inner == nullptr || inner->size() != 4) return false;
  const std::string* kid = text_member(*inner, "kid");
  const std::string* nonce = text_member(*inner, "nonce");
  const std::string* ct = text_member(*inner, "ct");
  const std::string* tag = text_member(*inner, "tag");
  if (kid == nullptr || nonce == nullptr || ct == nullptr || tag == nullptr) return false;
  out = {*kid, *nonce, *ct, *tag};
  return true;
}

/// Reads one value; the depth is bounded by the reader, and so is the recursion.
class Parser {
 public:
  Parser(std::string_view text, std::size_t max_depth)
      : reader_(text, {.max_bytes = text.size(), .max_depth = max_depth}) {}

  Result<Value> parse() {
    Value value;
    if (!read(reader_.next(), value) || reader_.next() != Event::kEnd) return fault();
    return value;
  }

 private:
  Error fault() {
    if (!message_.empty()) return Error{ErrorCode::kInvalidArgument, message_};
    if (reader_.next() == Event::kError) return reader_.error();
    return Error{ErrorCode::kInvalidArgument, "not one JSON value"};
  }
  bool read(Event event, Value& out) {
    switch (event) {
      case Event::kBeginObject:
        return read_object(out);
      case Event::kBeginArray:
        return read_array(out);
      case Event::kString:
        out.data = std::string(reader_.string());
        return true;
      case Event::kNumber:
        return read_number(out);
      case Event::kTrue:
      case Event::kFalse:
        out.data = event == Event::kTrue;
        return true;
      case Event::kNull:
        out.data = nullptr;
        return true;
      default:
        return false;
    }
  }
  bool read_number(Value& out) {
    const std::string_view raw = reader_.raw();
    std::int64_t value = 0;
    const auto [end, fault] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
    if (fault != std::errc() || end != raw.data() + raw.size() || value > kMaxInteger ||
        value < -kMaxInteger) {
      message_ = "a number is no integer from -2^53 to 2^53";
      return false;
    }
    out.data = value;
    return true;
  }
  bool read_object(Value& out) {
    Value::Object object;
    for (Event event = reader_.next(); event != Event::kEndObject; event = reader_.next()) {
      if (event != Event::kName) return false;
      std::string name(reader_.name());
      Value value;
      if (!read(reader_.next(), value)) return false;
      object.insert_or_assign(std::move(name), std::move(value));  // the reader refuses a second
    }
    Encrypted encrypted;
    if (as_encrypted(object, encrypted)) {
      out.data = std::move(encrypted);
    } else {
      out.data = std::move(object);
    }
    return true;
  }
  bool read_array(Value& out) {
    Value::Array array;
    for (Event event = reader_.next(); event != Event::kEndArray; event = reader_.next()) {
      Value value;
      if (!read(event, value)) return false;
      array.push_back(std::move(value));
    }
    out.data = std::move(array);
    return true;
  }

  Reader reader_;
  std::string message_;
};

}  // namespace

void append_string(std::string_view text, std::string& out) {
  out.push_back('"');
  while (!text.empty()) {
    const auto stop = std::find_if_not(text.begin(), text.end(), is_plain);
    out.append(text.begin(), stop);
    if (stop == text.end()) break;
    append_escaped(*stop, out);
    text.remove_prefix(static_cast<std::size_t>(stop - text.begin()) + 1);
  }
  out.push_back('"');
}

void append_integer(std::int64_t value, std::string& out) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

void append_encrypted(const Encrypted& encrypted, std::string& out) {
  out += R"({"$enc":{"ct":)";
  append_string(encrypted.ct, out);
  out += R"(,"kid":)";
  append_string(encrypted.kid, out);
  out += R"(,"nonce":)";
  append_string(encrypted.nonce, out);
  out += R"(,"tag":)";
  append_string(encrypted.tag, out);
  out += "}}";
}

void append_value(const Value& value, std::string& out) {
  if (const auto* flag = std::get_if<bool>(&value.data)) {
    out += *flag ? "true" : "false";
  } else if (const auto* number = std::get_if<std::int64_t>(&value.data)) {
    append_integer(*number, out);
  } else if (const auto* text = std::get_if<std::string>(&value.data)) {
    append_string(*text, out);
  } else if (const auto* encrypted = std::get_if<Encrypted>(&value.data)) {
    append_encrypted(*encrypted, out);
  } else if (const auto* array = std::get_if<Value::Array>(&value.data)) {
    append_array(*array, out);
  } else if (const auto* object = std::get_if<Value::Object>(&value.data)) {
    append_object(*object, out);
  } else {
    out += "null";
  }
}

Result<Value> parse_value(std::string_view text, std::size_t max_depth) {
  return Parser(text, max_depth).parse();
}

Result<Value> parse_canonical(std::string_view text, std::size_t max_depth) {
  auto value = parse_value(text, max_depth);
  if (!value) return value;
  std::string again;
  again.reserve(text.size());
  append_value(*value, again);
  if (again != text) return Error{ErrorCode::kInvalidArgument, "the JSON is not in canonical form"};
  return value;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
