#include "core/json.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

COEFFICIENT_BEGIN_NAMESPACE
namespace json {
namespace {

using Dom = nlohmann::json;

// Checks what nlohmann does not (depth, duplicate names) and passes the rest on, so that no
// document tree is ever built from outside input.
class StrictHandler final : public nlohmann::json_sax<Dom> {
 public:
  // `base` is where the text begins in what the caller has.
  StrictHandler(const Limits& limits, Visitor& visitor, std::size_t base)
      : limits_(limits), visitor_(visitor), base_(base) {}

  [[nodiscard]] Error failure() const { return failed_ ? failure_ : visitor_.failure(); }

  bool null() override { return visitor_.other(); }
  bool boolean(bool /*value*/) override { return visitor_.other(); }
  bool number_integer(number_integer_t value) override { return visitor_.negative(value); }
  bool number_unsigned(number_unsigned_t value) override { return visitor_.integer(value); }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override {
    return visitor_.other();
  }
  bool string(string_t& value) override { return visitor_.text(value); }
  bool binary(binary_t& /*value*/) override { return fail("binary value"); }
  bool start_object(std::size_t /*size*/) override { return open(true); }
  bool start_array(std::size_t /*size*/) override { return open(false); }
  bool key(string_t& name) override {
    names_.push_back(std::move(name));
    return visitor_.name(names_.back());
  }
  bool end_object() override {
    const auto first = names_.begin() + static_cast<std::ptrdiff_t>(first_names_.back());
    std::sort(first, names_.end());
    if (std::adjacent_find(first, names_.end()) != names_.end())
      return fail("duplicate member name in an object");
    names_.erase(first, names_.end());
    return close();
  }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return fail("not JSON at byte " + std::to_string(base_ + position));
  }

 private:
  bool open(bool object) {
    if (first_names_.size() >= limits_.max_depth)
      return fail("JSON is nested deeper than " + std::to_string(limits_.max_depth),
                  ErrorCode::kResourceExhausted);
    first_names_.push_back(names_.size());
    return visitor_.open(object);
  }
  bool close() {
    first_names_.pop_back();
    return visitor_.close();
  }
  bool fail(std::string message, ErrorCode code = ErrorCode::kInvalidArgument) {
    failed_ = true;
    failure_ = Error{code, std::move(message)};
    return false;
  }

  const Limits& limits_;
  Visitor& visitor_;
  const std::size_t base_;
  std::vector<std::string> names_;        // of all open objects;
  std::vector<std::size_t> first_names_;  // per open level: where its own begin
  bool failed_ = false;
  Error failure_;
};

class Ignore final : public Visitor {
 public:
  bool open(bool /*object*/) override { return true; }
  bool close() override { return true; }
  bool name(std::string_view /*name*/) override { return true; }
  bool text(std::string& /*value*/) override { return true; }
  bool integer(std::uint64_t /*value*/) override { return true; }
  bool negative(std::int64_t /*value*/) override { return true; }
  bool other() override { return true; }
};

// Picks out the scalar at a path.
class ScalarFinder final : public Visitor {
 public:
  explicit ScalarFinder(std::vector<std::string> path) : path_(std::move(path)) {}

  [[nodiscard]] std::optional<std::string> take_found() { return std::move(found_); }

  bool open(bool object) override {
    begin_value();
    levels_.push_back({object, false, 0});
    return true;
  }
  bool close() override {
    levels_.pop_back();
    return true;
  }
  bool name(std::string_view name) override {
    levels_.back().on_path = on_path(levels_.size() - 1) && name == path_[levels_.size() - 1];
    return true;
  }
  bool text(std::string& value) override {
    begin_value();
    if (wanted()) found_ = std::move(value);
    return true;
  }
  bool integer(std::uint64_t value) override {
    begin_value();
    if (wanted()) found_ = std::to_string(value);
    return true;
  }
  bool negative(std::int64_t value) override {
    begin_value();
    if (wanted()) found_ = std::to_string(value);
    return true;
  }
  bool other() override {
    begin_value();
    return true;
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
  void begin_value() {
    if (levels_.empty() || levels_.back().object) return;
    Level& level = levels_.back();
    level.on_path =
        on_path(levels_.size() - 1) && path_[levels_.size() - 1] == std::to_string(level.elements);
    ++level.elements;
  }
  [[nodiscard]] bool wanted() const {
    return levels_.size() == path_.size() && !levels_.empty() && levels_.back().on_path;
  }

  std::vector<std::string> path_;
  std::vector<Level> levels_;
  std::optional<std::string> found_;
};

Result<> check_size(std::string_view text, const Limits& limits) {
  if (text.size() <= limits.max_bytes) return {};
  return Error{ErrorCode::kResourceExhausted,
               "JSON is larger than " + std::to_string(limits.max_bytes) + " bytes"};
}

Result<> run(std::string_view text, const Limits& limits, Visitor& visitor, std::size_t base = 0) {
  if (Result<> small = check_size(text, limits); !small) return small;
  // The lexer takes a NUL for the end of the input and skips a BOM; RFC 8259 has neither.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos)
    return Error{ErrorCode::kInvalidArgument, "not JSON at byte " + std::to_string(base + nul + 1)};
  if (text.starts_with("\xEF\xBB\xBF"))
    return Error{ErrorCode::kInvalidArgument, "JSON starts with a byte order mark"};
  StrictHandler handler(limits, visitor, base);
  if (!Dom::sax_parse(text.begin(), text.end(), &handler)) return handler.failure();
  return {};
}

// RFC 6901 section 4; nothing for a text that is no pointer.
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

// Where the array or object at the start of `text` ends; all of it for anything else. A cut in the
// wrong place cannot pass: each piece must be a whole value to the parser too.
std::size_t value_size(std::string_view text) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      if (depth <= 1) return i + 1;
      --depth;
    }
    if (depth == 0) break;
  }
  return text.size();
}

}  // namespace

Visitor::~Visitor() = default;

Result<> check(std::string_view text, const Limits& limits) {
  Ignore visitor;
  return run(text, limits, visitor);
}

Result<std::optional<std::string>> scalar_at(std::string_view text, std::string_view pointer,
                                             const Limits& limits) {
  auto path = split_pointer(pointer);
  if (!path) return Error{ErrorCode::kInvalidArgument, "not a JSON Pointer"};
  ScalarFinder finder(*std::move(path));
  if (const auto read = run(text, limits, finder); !read) return read.error();
  return finder.take_found();
}

Result<> visit_sequence(std::string_view text, Visitor& visitor, const Limits& limits) {
  if (Result<> small = check_size(text, limits); !small) return small;
  std::size_t at = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  do {  // at least once: no value at all is an error too
    const std::size_t size = value_size(text.substr(at));
    if (Result<> read = run(text.substr(at, size), limits, visitor, at); !read) return read;
    at = std::min(text.find_first_not_of(" \t\r\n", at + size), text.size());
  } while (at != text.size());
  return {};
}

}  // namespace json
COEFFICIENT_END_NAMESPACE
