#include "diff/secret_shape.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "diff/plain_words.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

constexpr std::string_view kOpening = "[REDACTED:";
constexpr std::size_t kMaxNameBytes = 32;
constexpr std::size_t kMaxOrdinalDigits = 4;
constexpr std::size_t kLeastSecret = 12;
constexpr std::size_t kLeastRepeated = 3;

bool is_vowel(char c) noexcept {
  return char_class::any_of("aeiouy", fold(c));
}
bool is_upper(char c) noexcept {
  return c >= 'A' && c <= 'Z';
}

bool has_digit(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), [](char c) { return is(CharClass::kDigit, c); });
}

bool is_name(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is(CharClass::kDotted, c) || c == ':' || c == ' ';
  });
}

// Returns whether `text` is `open`, a name, `close`.
bool is_template(std::string_view text, std::string_view open, std::string_view close) noexcept {
  return text.size() > open.size() + close.size() && text.starts_with(open) &&
         text.ends_with(close) &&
         is_name(text.substr(open.size(), text.size() - open.size() - close.size()));
}

// What tells words from random letters.
struct LetterStatistics {
  std::size_t letters = 0;
  std::size_t vowels = 0;
  std::size_t words = 0;  // runs of letters, and the humps of camelCase
  std::size_t longest_consonants = 0;
  std::size_t foreign = 0;  // bytes of other scripts
  std::size_t punctuation = 0;
};

LetterStatistics count(std::string_view value) noexcept {
  LetterStatistics all;
  std::size_t consonants = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (!is(CharClass::kLetter, c)) {
      consonants = 0;
      ++(static_cast<unsigned char>(c) >= 0x80 ? all.foreign : all.punctuation);
      continue;
    }
    const bool after_letter = i > 0 && is(CharClass::kLetter, value[i - 1]);
    const bool hump = after_letter && is_upper(c) && !is_upper(value[i - 1]);
    if (!after_letter || hump) {
      ++all.words;
      consonants = 0;
    }
    ++all.letters;
    if (is_vowel(c)) {
      ++all.vowels;
      consonants = 0;
    } else {
      all.longest_consonants = std::max(all.longest_consonants, ++consonants);
    }
  }
  return all;
}

// Only what is clearly no secret is made of words: names in code, paths, other scripts.
bool is_made_of_words(std::string_view value) noexcept {
  if (has_digit(value)) return false;
  const LetterStatistics all = count(value);
  if (all.foreign == 0 && all.punctuation > all.letters) return false;
  return has_only_plain_words(value);
}

std::uint32_t crc32(std::string_view bytes) noexcept {
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ (0xedb88320U & (0U - (crc & 1U)));
  }
  return ~crc;
}

}  // namespace

std::size_t placeholder_at(std::string_view text, std::size_t at) noexcept {
  if (text.substr(at, kOpening.size()) != kOpening) return 0;
  std::size_t i = at + kOpening.size();
  const std::size_t name = i;
  while (i < text.size() && i - name <= kMaxNameBytes &&
         ((text[i] >= 'a' && text[i] <= 'z') || is(CharClass::kDigit, text[i]) || text[i] == '-'))
    ++i;
  if (i == name || i - name > kMaxNameBytes) return 0;
  if (i < text.size() && text[i] == '#') {
    const std::size_t digits = ++i;
    while (i < text.size() && i - digits <= kMaxOrdinalDigits && is(CharClass::kDigit, text[i]))
      ++i;
    if (i == digits || i - digits > kMaxOrdinalDigits) return 0;
  }
  return i < text.size() && text[i] == ']' ? i + 1 - at : 0;
}

bool is_in_placeholder(std::string_view text, std::size_t at) noexcept {
  constexpr std::size_t kLongest = kOpening.size() + kMaxNameBytes + kMaxOrdinalDigits + 2;
  const std::size_t from = at < kLongest ? 0 : at - kLongest + 1;
  const std::size_t open = text.substr(from, at - from + 1).rfind('[');
  return open != std::string_view::npos && placeholder_at(text, from + open) > at - from - open;
}

bool is_stand_in(std::string_view value) noexcept {
  if (value.empty() || placeholder_at(value, 0) == value.size()) return true;
  if (value.size() >= kLeastRepeated &&
      std::all_of(value.begin(), value.end(), [&](char c) { return c == value[0]; }))
    return true;
  return is_template(value, "${", "}") || is_template(value, "{{", "}}") ||
         is_template(value, "#{", "}") || is_template(value, "%(", ")s") ||
         is_template(value, "<", ">") || is_template(value, "{", "}") ||
         is_template(value, "%", "%") ||
         (value[0] == '$' && value.size() > 1 && is(CharClass::kLetter, value[1]) &&
          std::all_of(value.begin() + 1, value.end(),
                      [](char c) { return is_upper(c) || c == '_'; }));
}

bool looks_secret(std::string_view value) noexcept {
  if (is_stand_in(value)) return false;
  // What is left beside placeholders of ours: only what was not a secret before may stay.
  if (value.find(kOpening) != std::string_view::npos) {
    std::size_t from = 0;
    for (std::size_t i = 0; i <= value.size(); ++i) {
      const std::size_t skip = i < value.size() ? placeholder_at(value, i) : 1;
      if (skip == 0) continue;
      const std::string_view rest = value.substr(from, i - from);
      if (rest.size() >= kLeastSecret && !is_made_of_words(rest)) return true;
      from = i + skip;
      i = from - 1;
    }
    return false;
  }
  return !is_made_of_words(value);
}

bool looks_random(std::string_view text) noexcept {
  if (is_stand_in(text)) return false;
  if (has_digit(text)) return true;
  const LetterStatistics all = count(text);
  // Random letters of both cases make humps of 2 letters; random letters of one case have few
  // vowels (6 of 26) in long runs of consonants. Words of English and of code have neither.
  return all.letters < all.words * 5 / 2 || all.vowels * 7 < all.letters ||
         all.longest_consonants > 5 || all.punctuation > all.letters;
}

bool has_valid_checksum(SecretRule rule, std::string_view token) noexcept {
  constexpr std::size_t kPrefix = 4;
  constexpr std::size_t kRandom = 30;
  constexpr std::size_t kCheck = 6;
  if (rule != SecretRule::kGithubToken && rule != SecretRule::kNpm) return false;
  if (token.size() != kPrefix + kRandom + kCheck) return false;
  constexpr std::string_view kDigits =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::uint32_t crc = crc32(token.substr(kPrefix, kRandom));
  for (std::size_t i = 0; i < kCheck; ++i) {
    if (token[token.size() - 1 - i] != kDigits[crc % kDigits.size()]) return false;
    crc /= static_cast<std::uint32_t>(kDigits.size());
  }
  return true;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
