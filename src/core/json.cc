#include "core/json.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>
#include <vector>

#include "core/json_reader.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace json {
namespace {

// Whether a number is finite as a double: what parses the document next may make it one.
bool is_finite(std::string_view number) {
  double value = 0;
  const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (fault == std::errc()) return true;
  // Out of range; too small is zero, which is finite. The first digit that is not zero stands at
  // a power of ten from -n to n in a number of n bytes, and the exponent decides from there.
  const std::size_t e = number.find_first_of("eE");
  const std::string_view mantissa = number.substr(0, e);
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const std::size_t first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return true;
  if (e == std::string_view::npos) return first > point;
  std::string_view digits = number.substr(e + 1);
  const bool negative = digits.starts_with('-');
  if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
  std::int64_t exponent = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (read.ec != std::errc()) return negative;  // more digits than any mantissa can make up for
  if (negative) exponent = -exponent;
  return exponent + static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first) < 0;
}

// An integer in the one decimal form of it; nothing if it has a fraction or an exponent or does
// not fit 64 bits.
template <class Integer>
std::optional<std::string> decimal(std::string_view number) {
  Integer value = 0;
  const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (fault != std::errc() || end != number.data() + number.size()) return std::nullopt;
  return std::to_string(value);
}

std::optional<std::string> integer(std::string_view number) {
  return number.starts_with('-') ? decimal<std::int64_t>(number) : decimal<std::uint64_t>(number);
}

// Follows the reader's events and knows whether the value that comes next is at the path.
class Cursor {
 public:
  explicit Cursor(std::vector<std::string> path) : path_(std::move(path)) {}

  void open(bool object) { levels_.push_back({object, false, 0}); }
  void close() { levels_.pop_back(); }
  void name(std::string_view name) {
    Level& level = levels_.back();
    level.on_path = on_path(levels_.size() - 1) && name == path_[levels_.size() - 1];
  }
  // To be called before each value.
  void element() {
    if (levels_.empty() || levels_.back().object) return;
    Level& level = levels_.back();
    level.on_path =
        on_path(levels_.size() - 1) && path_[levels_.size() - 1] == std::to_string(level.elements);
    ++level.elements;
  }
  [[nodiscard]] bool wanted() const {
    return levels_.size() == path_.size() && !levels_.empty() && levels_.back().on_path;
  }

 private:
  struct Level {
    bool object;
    bool on_path;  // of the member or element that is being read now
    std::size_t elements;
  };

  // Whether the value being read at `depth` levels below the root is on the wanted path so far.
  [[nodiscard]] bool on_path(std::size_t depth) const {
    return depth < path_.size() && (depth == 0 || levels_[depth - 1].on_path);
  }

  std::vector<std::string> path_;
  std::vector<Level> levels_;
};

}  // namespace

std::optional<std::vector<std::string>> split_pointer(std::string_view pointer) {
  std::vector<std::string> path;
  while (!pointer.empty()) {
    if (pointer.front() != '/') return std::nullopt;
    pointer.remove_prefix(1);
    const std::string_view raw = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(raw.size());
    std::string token;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] != '~') {
        token += raw[i];
        continue;
      }
      if (++i == raw.size() || (raw[i] != '0' && raw[i] != '1')) return std::nullopt;
      token += raw[i] == '0' ? '~' : '/';
    }
    path.push_back(std::move(token));
  }
  return path;
}

namespace {

// Reads all of `text`, which check() and scalar_at() both do.
Result<std::optional<std::string>> read(std::string_view text, const Limits& limits,
                                        std::vector<std::string> path) {
  Reader reader(text, limits);
  Cursor cursor(std::move(path));
  std::optional<std::string> found;
  for (Event event = reader.next(); event != Event::kEnd; event = reader.next()) {
    switch (event) {
      case Event::kError:
        return reader.error();
      case Event::kEndObject:
      case Event::kEndArray:
        cursor.close();
        continue;
      case Event::kName:
        cursor.name(reader.name());
        continue;
      default:
        cursor.element();
    }
    if (event == Event::kBeginObject || event == Event::kBeginArray) {
      cursor.open(event == Event::kBeginObject);
    } else if (event == Event::kNumber) {
      if (!is_finite(reader.raw()))
        return Error{ErrorCode::kInvalidArgument, "JSON holds a number beyond double precision"};
      if (cursor.wanted()) found = integer(reader.raw());
    } else if (event == Event::kString && cursor.wanted()) {
      found = std::string(reader.string());
    }
  }
  return found;
}

}  // namespace

Result<> check(std::string_view text, const Limits& limits) {
  if (const auto done = read(text, limits, {}); !done) return done.error();
  return {};
}

Result<std::optional<std::string>> scalar_at(std::string_view text, std::string_view pointer,
                                             const Limits& limits) {
  auto path = split_pointer(pointer);
  if (!path) return Error{ErrorCode::kInvalidArgument, "not a JSON Pointer"};
  return read(text, limits, *std::move(path));
}

}  // namespace json
COEFFICIENT_END_NAMESPACE
