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

// Checks what nlohmann does not (depth, duplicate names) and picks out one scalar on the way, so
// that no document tree is ever built from outside input.
class StrictHandler final : public nlohmann::json_sax<Dom> {
 public:
  StrictHandler(const Limits& limits, std::vector<std::string> path)
      : limits_(limits), path_(std::move(path)) {}

  [[nodiscard]] const Error& failure() const { return failure_; }
  [[nodiscard]] std::optional<std::string> take_found() { return std::move(found_); }

  bool null() override { return scalar(nullptr); }
  bool boolean(bool /*value*/) override { return scalar(nullptr); }
  bool number_integer(number_integer_t value) override { return integer(value); }
  bool number_unsigned(number_unsigned_t value) override { return integer(value); }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override {
    return scalar(nullptr);
  }
  bool string(string_t& value) override { return scalar(&value); }
  bool binary(binary_t& /*value*/) override { return fail("binary value"); }
  bool start_object(std::size_t /*size*/) override { return open(true); }
  bool start_array(std::size_t /*size*/) override { return open(false); }
  bool key(string_t& name) override {
    Level& level = levels_.back();
    level.on_path = on_path(levels_.size() - 1) && name == path_[levels_.size() - 1];
    names_.push_back(std::move(name));
    return true;
  }
  bool end_object() override {
    const auto first = names_.begin() + static_cast<std::ptrdiff_t>(levels_.back().first_name);
    std::sort(first, names_.end());
    if (std::adjacent_find(first, names_.end()) != names_.end())
      return fail("duplicate member name in an object");
    names_.erase(first, names_.end());
    return close();
  }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return fail("not JSON at byte " + std::to_string(position));
  }

 private:
  struct Level {
    bool object;
    bool on_path;  // of the member or element that is being read now
    std::size_t elements;
    std::size_t first_name;
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
  bool scalar(const std::string* value) {
    begin_value();
    if (value != nullptr && wanted()) found_ = *value;
    return true;
  }
  template <class Integer>
  bool integer(Integer value) {
    begin_value();
    if (wanted()) found_ = std::to_string(value);
    return true;
  }
  bool open(bool object) {
    if (levels_.size() >= limits_.max_depth) {
      failure_ = Error{ErrorCode::kResourceExhausted,
                       "JSON is nested deeper than " + std::to_string(limits_.max_depth)};
      return false;
    }
    begin_value();
    levels_.push_back({object, false, 0, names_.size()});
    return true;
  }
  bool close() {
    levels_.pop_back();
    return true;
  }
  bool fail(std::string message) {
    failure_ = Error{ErrorCode::kInvalidArgument, std::move(message)};
    return false;
  }

  const Limits& limits_;
  std::vector<std::string> path_;
  std::vector<Level> levels_;
  std::vector<std::string> names_;  // of all open objects; each level knows where its own begin
  std::optional<std::string> found_;
  Error failure_;
};

Result<> run(std::string_view text, const Limits& limits, StrictHandler& handler) {
  if (text.size() > limits.max_bytes)
    return Error{ErrorCode::kResourceExhausted,
                 "JSON is larger than " + std::to_string(limits.max_bytes) + " bytes"};
  // The lexer takes a NUL for the end of the input and skips a BOM; RFC 8259 has neither.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos)
    return Error{ErrorCode::kInvalidArgument, "not JSON at byte " + std::to_string(nul + 1)};
  if (text.starts_with("\xEF\xBB\xBF"))
    return Error{ErrorCode::kInvalidArgument, "JSON starts with a byte order mark"};
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

}  // namespace

Result<> check(std::string_view text, const Limits& limits) {
  StrictHandler handler(limits, {});
  return run(text, limits, handler);
}

Result<std::optional<std::string>> scalar_at(std::string_view text, std::string_view pointer,
                                             const Limits& limits) {
  auto path = split_pointer(pointer);
  if (!path) return Error{ErrorCode::kInvalidArgument, "not a JSON Pointer"};
  StrictHandler handler(limits, *std::move(path));
  if (const auto read = run(text, limits, handler); !read) return read.error();
  return handler.take_found();
}

}  // namespace json
COEFFICIENT_END_NAMESPACE
