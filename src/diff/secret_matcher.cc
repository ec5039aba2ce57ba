#include "diff/secret_matcher.h"

#include <algorithm>
#include <array>

#include "diff/pem.h"
#include "diff/secret_shape.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

constexpr std::size_t index_of(SecretRule rule) noexcept {
  return static_cast<std::size_t>(rule);
}

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> ends) noexcept {
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) {
    return text.size() >= end.size() &&
           std::equal(end.begin(), end.end(), text.end() - static_cast<std::ptrdiff_t>(end.size()),
                      [](char a, char b) { return a == fold(b); });
  });
}

SecretRule rule_of_scheme(std::string_view scheme) noexcept {
  if (ends_with_any(scheme, {"mongodb", "mongodb+srv"})) return SecretRule::kMongodbUrl;
  if (ends_with_any(scheme, {"postgres", "postgresql", "mysql", "mariadb", "redis", "rediss",
                             "amqp", "amqps", "mssql"}))
    return SecretRule::kDbUrl;
  return SecretRule::kBasicUrl;
}

}  // namespace

bool SecretMatcher::says(std::string_view line, std::size_t i, std::string_view word) noexcept {
  if (i > line.size() || line.size() - i < word.size()) return false;
  return std::equal(word.begin(), word.end(), line.begin() + static_cast<std::ptrdiff_t>(i),
                    [](char a, char b) { return a == fold(b); });
}

bool SecretMatcher::has_word(std::string_view line, const Anchor& anchor, std::size_t at) noexcept {
  if (at < anchor.window) return false;
  const std::size_t word = at - anchor.window;
  if (anchor.pattern->ignore_case) return says(line, word, anchor.word);
  return line.substr(word, anchor.word.size()) == anchor.word;
}

std::optional<SecretMatch> SecretMatcher::match(const Anchor& anchor, std::size_t word) noexcept {
  const std::size_t after = word + anchor.word.size();
  switch (anchor.pattern->grammar) {
    case Grammar::kToken:
      return token(*anchor.pattern, word, after);
    case Grammar::kUrl:
      return url(word);
    case Grammar::kBearer:
      return bearer(after);
    case Grammar::kAws:
      return aws(after);
    case Grammar::kGeneric:
      return generic(after);
    case Grammar::kPem:
      break;
  }
  return std::nullopt;
}

SecretMatcher::Found SecretMatcher::token(const SecretPattern& pattern, std::size_t word,
                                          std::size_t after) noexcept {
  if (pattern.word_start && word > 0 && is(CharClass::kWord, line_[word - 1])) return std::nullopt;
  std::size_t begin = word;
  if (pattern.before.min > 0) {
    begin = runs_.begin(pattern.before.cls, word);
    if (word - begin < pattern.before.min) return std::nullopt;
  }
  std::size_t end = after;
  for (std::uint8_t i = 0; i < pattern.part_count; ++i) {
    const TokenPart& part = pattern.parts[i];
    if (i + 1U == pattern.secret_from) begin = end;
    const std::size_t stop = runs_.end(part.cls, end);
    if (stop - end < part.min || !line_.substr(stop).starts_with(part.then)) return std::nullopt;
    end = stop + part.then.size();
  }
  end = runs_.end(pattern.tail, end);
  return SecretMatch{index_of(pattern.rule), begin, end,
                     has_valid_checksum(pattern.rule, slice(begin, end))};
}

// A private key has spaces in it, so where its placeholder stands no run went on before.
std::size_t SecretMatcher::unbroken(CharClass cls, std::size_t from) noexcept {
  if (from < key_from_ || from > key_at_) {
    key_from_ = from;
    key_at_ = std::min(line_.find(kKeyPlaceholder, from), line_.size());
  }
  return std::min(runs_.end(cls, from), key_at_);
}

// The user ends at the first ':', the password at the last '@': an '@' or a ':' in a password
// ought to be escaped and often is not. In the URL of a database even a '/' may be in it.
SecretMatcher::Found SecretMatcher::url(std::size_t colon) noexcept {
  constexpr std::size_t kLongestScheme = 32;
  std::size_t scheme = runs_.begin(CharClass::kScheme, colon);
  if (scheme == colon) return std::nullopt;
  scheme = std::max(scheme, colon - std::min(colon, kLongestScheme));
  const SecretRule rule = rule_of_scheme(slice(scheme, colon));
  std::size_t i = colon + 3;
  while (i < line_.size() && line_[i] != ':') {
    const std::size_t skip = line_[i] == '[' ? placeholder_at(line_, i) : 0;
    if (skip == 0 && (!is(CharClass::kAuthority, line_[i]) || line_[i] == '@')) return std::nullopt;
    if (skip != 0 && line_.substr(i).starts_with(kKeyPlaceholder)) return std::nullopt;
    i += std::max<std::size_t>(skip, 1);
  }
  if (at(i) != ':') return std::nullopt;
  const std::size_t begin = i + 1;
  const CharClass cls = rule == SecretRule::kBasicUrl ? CharClass::kAuthority : CharClass::kUrl;
  const std::size_t end = runs_.last_at_sign(cls, begin, unbroken(cls, begin));
  if (end <= begin || is_stand_in(slice(begin, end))) return std::nullopt;
  return SecretMatch{index_of(rule), begin, end};
}

// Between the name and the scheme stands whatever a language puts there: `: `, `" => "`, `", "`.
SecretMatcher::Found SecretMatcher::bearer(std::size_t after) noexcept {
  constexpr std::size_t kLeast = 16;
  const std::size_t scheme = runs_.end(CharClass::kHeaderGap, after);
  if (scheme == after) return std::nullopt;
  for (const std::string_view word : {"bearer", "basic", "token"}) {
    if (!says(scheme, word)) continue;
    const std::size_t gap = scheme + word.size();
    const std::size_t begin = runs_.end(CharClass::kSpace, gap);
    const std::size_t end = runs_.end(CharClass::kToken68, begin);
    if (begin == gap || end - begin < kLeast) continue;
    return SecretMatch{index_of(SecretRule::kBearer), begin, end};
  }
  return std::nullopt;
}

SecretMatcher::Found SecretMatcher::aws(std::size_t after) noexcept {
  constexpr std::size_t kGap = 20;  // between "aws", the word, and the sign
  constexpr std::size_t kKeyBytes = 40;
  bool named = false;
  const std::size_t limit = std::min(line_.size(), after + kGap + 6 + kGap + 1);
  for (std::size_t i = after; i < limit; ++i) {
    const char c = fold(line_[i]);
    // Else what a placeholder shortened would bring another value into reach.
    if (c == '[' && placeholder_at(line_, i) != 0) return std::nullopt;
    if (c == 'k' || c == 's') named = named || says(i, "key") || says(i, "secret");
    if (!named || (c != '=' && c != ':')) continue;
    std::size_t begin = runs_.end(CharClass::kSpace, i + 1);
    if (at(begin) == '\\') ++begin;
    if (at(begin) == '"' || at(begin) == '\'' || at(begin) == '`') ++begin;
    const std::size_t end = runs_.end(CharClass::kBase64, begin);
    if (end - begin < kKeyBytes) continue;
    return SecretMatch{index_of(SecretRule::kAwsSecret), begin,
                       runs_.end(CharClass::kToken68, end)};
  }
  return std::nullopt;
}

// name ["'`] [\])] [: Type] operator [prefix] "value", where quotes may be escaped (JSON in a
// string). The name is kept: a reviewer needs to see what is assigned.
SecretMatcher::Found SecretMatcher::generic(std::size_t after) noexcept {
  std::size_t i = runs_.end(CharClass::kDotted, after);
  const auto is_quote = [this](std::size_t k) {
    return char_class::any_of("\"'`", at(k)) && k < line_.size();
  };
  if (at(i) == '\\' && is_quote(i + 1)) ++i;
  if (is_quote(i)) {
    ++i;
    if (at(i) == ']' || at(i) == ')') ++i;
  }
  constexpr std::size_t kLongestOperator = 3;
  for (int annotation = 0; annotation < 2; ++annotation) {
    i = runs_.end(CharClass::kSpace, i);
    const std::size_t sign = i;
    bool assigns = false;
    while (i < line_.size() && i - sign < kLongestOperator &&
           char_class::any_of("=:>!?+|-", line_[i])) {
      assigns = assigns || line_[i] == '=' || line_[i] == ':';
      ++i;
    }
    if (!assigns) return std::nullopt;
    i = runs_.end(CharClass::kSpace, i);
    std::size_t quote = i;
    for (int k = 0;
         k < 2 && (is(CharClass::kLetter, at(quote)) || char_class::any_of("@$&", at(quote))); ++k)
      ++quote;  // r"", b"", L"", @"", $""
    const bool escaped = at(quote) == '\\';
    if (escaped) ++quote;
    if (is_quote(quote)) return quoted(quote, escaped);
    // `name: Type = "value"`
    i = runs_.end(CharClass::kDotted, i);
  }
  return std::nullopt;
}

// The value in the quotes that open at `open`, with its escaped quotes.
SecretMatcher::Found SecretMatcher::quoted(std::size_t open, bool escaped) noexcept {
  constexpr std::size_t kLeast = 12;
  const char quote = line_[open];
  const CharClass cls = quote == '`' ? CharClass::kTicked : CharClass::kQuoted;
  const std::size_t begin = open + 1;
  std::size_t end = unbroken(cls, begin);
  const std::size_t first_quote = end;
  while (!escaped && end < line_.size() && end > begin && line_[end - 1] == '\\' &&
         line_[end] == quote)
    end = unbroken(cls, end + 1);
  const auto is_quote = [this](std::size_t i) {
    return at(i) == '"' || at(i) == '\'' || at(i) == '`';
  };
  if (!is_quote(end)) end = first_quote;  // the backslash was the last byte of the value
  if (!is_quote(end)) return std::nullopt;
  if (escaped && end > begin && line_[end - 1] == '\\') --end;
  if (end - begin < kLeast || !looks_secret(slice(begin, end))) return std::nullopt;
  return SecretMatch{index_of(SecretRule::kGeneric), begin, end};
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
