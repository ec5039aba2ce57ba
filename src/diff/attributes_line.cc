#include "diff/attributes_line.h"

#include <algorithm>
#include <cstddef>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

constexpr std::size_t kMaxLine = 2047;
constexpr std::string_view kBlank = " \t\r\n";
constexpr std::string_view kMacro = "[attr]";

std::string_view without_blanks_before(std::string_view text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  return text;
}

std::string_view take_word(std::string_view& text) noexcept {
  const std::string_view word = text.substr(0, text.find_first_of(kBlank));
  text.remove_prefix(word.size());
  return word;
}

bool is_attribute_name(std::string_view name) noexcept {
  return !name.empty() && name.front() != '-' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
}

// A character after a backslash; what it stands for is appended. Returns how many characters it
// took, 0 if there is no such escape.
std::size_t take_escape(std::string_view text, std::string& out) {
  constexpr std::string_view kNames = "abfnrtv\\\"";
  constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\\"";
  if (text.empty()) return 0;
  if (const std::size_t at = kNames.find(text[0]); at != std::string_view::npos) {
    out.push_back(kValues[at]);
    return 1;
  }
  if (text.size() < 3 || text[0] < '0' || text[0] > '3') return 0;
  unsigned value = 0;
  for (const char c : text.substr(0, 3)) {
    if (c < '0' || c > '7') return 0;
    value = value * 8 + static_cast<unsigned>(c - '0');
  }
  out.push_back(static_cast<char>(value));
  return 3;
}

// Takes a C-quoted word off `text`. Unlike in a diff's header \000 is allowed: here git ends the
// pattern at it. If the quoting is faulty, `text` stays and is read as it is.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string out;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return out;
    }
    if (text[i] != '\\') {
      out.push_back(text[i]);
      continue;
    }
    const std::size_t taken = take_escape(text.substr(i + 1), out);
    if (taken == 0) return std::nullopt;
    i += taken;
  }
  return std::nullopt;
}

std::optional<Assignment> read_assignment(std::string_view word) noexcept {
  const std::size_t equals = word.find('=');
  std::string_view name = word.substr(0, equals);
  AttributeState state = AttributeState::kSet;
  if (word.front() == '-' || word.front() == '!') {
    state = word.front() == '-' ? AttributeState::kUnset : AttributeState::kUnspecified;
    name.remove_prefix(std::min<std::size_t>(1, name.size()));
  } else if (equals != std::string_view::npos) {
    state = word.substr(equals + 1) == "false" ? AttributeState::kFalse : AttributeState::kValue;
  }
  if (!is_attribute_name(name)) return std::nullopt;
  return Assignment{name, state};
}

}  // namespace

std::string_view take_attributes_line(std::string_view& text) noexcept {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (end != std::string_view::npos && line.ends_with('\r')) line.remove_suffix(1);
  return line.substr(0, line.find('\0'));
}

std::optional<AttributesLine> read_attributes_line(std::string_view line, bool macros) {
  std::string_view rest = without_blanks_before(line);
  if (rest.empty() || rest.front() == '#' || line.size() > kMaxLine) return std::nullopt;

  AttributesLine result;
  std::optional<std::string> quoted;
  if (rest.front() == '"') quoted = take_quoted(rest);
  result.subject = quoted ? *std::move(quoted) : std::string(take_word(rest));
  result.is_macro = result.subject.size() > kMacro.size() && result.subject.starts_with(kMacro);
  // git handles what follows as a C string.
  result.subject.resize(std::min(result.subject.find('\0'), result.subject.size()));
  if (result.is_macro) {
    if (!macros) return std::nullopt;
    std::string_view name =
        without_blanks_before(std::string_view(result.subject).substr(kMacro.size()));
    result.subject = std::string(take_word(name));
    if (!is_attribute_name(result.subject)) return std::nullopt;
  } else if (result.subject.starts_with('!')) {
    return std::nullopt;
  }

  for (rest = without_blanks_before(rest); !rest.empty(); rest = without_blanks_before(rest)) {
    const std::optional<Assignment> assignment = read_assignment(take_word(rest));
    if (!assignment) return std::nullopt;
    result.assignments.push_back(*assignment);
  }
  return result;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
