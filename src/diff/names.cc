#include "diff/names.h"

#include <algorithm>
#include <array>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

constexpr std::array<NamePair, 6> kPrefixPairs{{
    {"a/", "b/"},  // the default
    {"i/", "w/"},  // diff.mnemonicPrefix: index, work tree, commit, object
    {"c/", "i/"},
    {"c/", "w/"},
    {"o/", "w/"},
    {"1/", "2/"},  // git diff --no-index
}};

char simple_escape(char c) noexcept {
  switch (c) {
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'v':
      return '\v';
    case 'f':
      return '\f';
    case 'r':
      return '\r';
    case '"':
    case '\\':
      return c;
    default:
      return '\0';
  }
}

// Three octal digits up to 377, as git writes them; 0 for anything else, and for NUL.
char octal_escape(std::string_view digits) noexcept {
  if (digits.size() < 3) return '\0';
  unsigned value = 0;
  for (const char c : digits.substr(0, 3)) {
    if (c < '0' || c > '7') return '\0';
    value = value * 8 + static_cast<unsigned>(c - '0');
  }
  return value > 255 ? '\0' : static_cast<char>(value);
}

// The start of the longest common end of a and b, as an offset from the end.
std::size_t common_end(std::string_view a, std::string_view b) noexcept {
  const auto stop = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend()).first;
  return static_cast<std::size_t>(stop - a.rbegin());
}

std::optional<NamePair> strip_known_pair(NamePair names) noexcept {
  for (const auto& [first, second] : kPrefixPairs) {
    const auto has = [&](std::string_view x, std::string_view y) {
      return names.old_name.starts_with(x) && names.new_name.starts_with(y);
    };
    if (has(first, second) || has(second, first))
      return NamePair{names.old_name.substr(2), names.new_name.substr(2)};
  }
  return std::nullopt;
}

// The name that both sides have after their prefixes; empty if the prefixes cannot be told.
std::string_view common_name(NamePair names) noexcept {
  const auto [a, b] = names;
  if (a == b) return a;
  const std::size_t length = common_end(a, b);
  const std::string_view end = a.substr(a.size() - length);
  const auto is_directory = [](std::string_view prefix) {
    return prefix.empty() || prefix.ends_with('/');
  };
  if (is_directory(a.substr(0, a.size() - length)) && is_directory(b.substr(0, b.size() - length)))
    return end;
  const std::size_t slash = end.find('/');
  return slash == std::string_view::npos ? std::string_view{} : end.substr(slash + 1);
}

bool agree(NamePair names) noexcept {
  if (const auto known = strip_known_pair(names))
    return !known->old_name.empty() && known->old_name == known->new_name;
  return !common_name(names).empty();
}

// With one directory as prefix on each side, of any lengths, the halves can agree at one blank at
// most: as the split moves right, the first name grows and the second shrinks.
std::optional<NamePair> split_after_first_slashes(std::string_view text) noexcept {
  const std::size_t first_slash = text.find('/');
  if (first_slash == std::string_view::npos) return std::nullopt;
  std::size_t second_slash = first_slash;
  for (std::size_t blank = text.find(' ', first_slash); blank != std::string_view::npos;
       blank = text.find(' ', blank + 1)) {
    if (second_slash < blank) second_slash = text.find('/', blank);
    if (second_slash == std::string_view::npos) return std::nullopt;
    const std::size_t old_length = blank - first_slash - 1;
    const std::size_t new_length = text.size() - second_slash - 1;
    if (old_length > new_length) return std::nullopt;
    if (old_length == new_length && old_length > 0 &&
        text.substr(first_slash + 1, old_length) == text.substr(second_slash + 1))
      return NamePair{text.substr(0, blank), text.substr(blank + 1)};
  }
  return std::nullopt;
}

}  // namespace

std::size_t unquote(std::string_view text, std::string& out) {
  out.clear();
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') return i + 1;
    if (c == '\0') return 0;
    if (c != '\\') {
      out.push_back(c);
      continue;
    }
    if (++i == text.size()) return 0;
    char decoded = simple_escape(text[i]);
    if (decoded == '\0') {
      decoded = octal_escape(text.substr(i));
      i += 2;
    }
    if (decoded == '\0') return 0;
    out.push_back(decoded);
  }
  return 0;
}

bool is_plain_name(std::string_view name) noexcept {
  return !name.empty() && std::none_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

std::optional<NamePair> split_header_names(std::string_view text) noexcept {
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  if (text.find(' ', blank + 1) == std::string_view::npos)
    return NamePair{text.substr(0, blank), text.substr(blank + 1)};
  // Prefixes of one length (or none): the blank is in the middle.
  const std::size_t middle = text.size() / 2;
  if (text.size() % 2 == 1 && text[middle] == ' ') {
    const NamePair halves{text.substr(0, middle), text.substr(middle + 1)};
    if (agree(halves)) return halves;
  }
  return split_after_first_slashes(text);
}

NamePair strip_prefixes(NamePair names) noexcept {
  if (names.old_name == names.new_name) return names;
  if (const auto known = strip_known_pair(names);
      known && !known->old_name.empty() && !known->new_name.empty())
    return *known;
  const std::string_view name = common_name(names);
  return name.empty() ? names : NamePair{name, name};
}

std::string_view strip_prefix(std::string_view name) noexcept {
  const bool known = std::any_of(kPrefixPairs.begin(), kPrefixPairs.end(), [&](const NamePair& p) {
    return name.starts_with(p.old_name) || name.starts_with(p.new_name);
  });
  return known && name.size() > 2 ? name.substr(2) : name;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
