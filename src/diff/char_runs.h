#ifndef COEFFICIENT_SRC_DIFF_CHAR_RUNS_H_
#define COEFFICIENT_SRC_DIFF_CHAR_RUNS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// Sets of bytes of which tokens are made.
enum class CharClass : std::uint8_t {
  kDigit,
  kLetter,
  kHexLower,   // 0-9 a-f
  kHex,        // 0-9 a-f A-F
  kUpperNum,   // A-Z 0-9
  kAlnum,      // A-Z a-z 0-9
  kWord,       // alnum _
  kAlnumDash,  // alnum -
  kUrl64,      // alnum _ -
  kDotted,     // alnum _ - .
  kTilde,      // alnum _ ~ .
  kTildeDash,  // alnum _ ~ . -
  kBase64,     // alnum + /
  kToken68,    // alnum - . _ ~ + / =  (RFC 9110 section 11.2)
  kScheme,     // alnum + . -  (RFC 3986 section 3.1)
  kSpace,      // what \s means to a byte-wise regular expression
  kHeaderGap,  // what stands between a header's name and its value, in any language
  kQuoted,     // all but space, ' and "
  kTicked,     // all but space and `
  kAuthority,  // all but space, quotes, < > and /
  kUrl,        // all but space, quotes and < >
  kCount
};

namespace char_class {

constexpr bool any_of(std::string_view set, char c) noexcept {
  return set.find(c) != std::string_view::npos;
}

constexpr bool contains(CharClass cls, char c) noexcept {
  const bool digit = c >= '0' && c <= '9';
  const bool upper = c >= 'A' && c <= 'Z';
  const bool lower = c >= 'a' && c <= 'z';
  const bool alnum = digit || upper || lower;
  const bool space = any_of(" \t\n\v\f\r", c);
  switch (cls) {
    case CharClass::kDigit:
      return digit;
    case CharClass::kLetter:
      return upper || lower;
    case CharClass::kHexLower:
      return digit || (c >= 'a' && c <= 'f');
    case CharClass::kHex:
      return digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    case CharClass::kUpperNum:
      return upper || digit;
    case CharClass::kAlnum:
      return alnum;
    case CharClass::kWord:
      return alnum || c == '_';
    case CharClass::kAlnumDash:
      return alnum || c == '-';
    case CharClass::kUrl64:
      return alnum || any_of("_-", c);
    case CharClass::kDotted:
      return alnum || any_of("_-.", c);
    case CharClass::kTilde:
      return alnum || any_of("_~.", c);
    case CharClass::kTildeDash:
      return alnum || any_of("_~.-", c);
    case CharClass::kBase64:
      return alnum || any_of("+/", c);
    case CharClass::kToken68:
      return alnum || any_of("-._~+/=", c);
    case CharClass::kScheme:
      return alnum || any_of("+.-", c);
    case CharClass::kSpace:
      return space;
    case CharClass::kHeaderGap:
      return space || any_of("\"'`[](){}:=,>+\\", c);
    case CharClass::kQuoted:
      return !space && !any_of("\"'", c);
    case CharClass::kTicked:
      return !space && c != '`';
    case CharClass::kAuthority:
      return !space && !any_of("\"'<>/", c);
    case CharClass::kUrl:
      return !space && !any_of("\"'<>", c);
    case CharClass::kCount:
      break;
  }
  return false;
}

constexpr std::array<std::uint32_t, 256> make_table() noexcept {
  std::array<std::uint32_t, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c)
    for (std::uint32_t cls = 0; cls < static_cast<std::uint32_t>(CharClass::kCount); ++cls)
      if (contains(static_cast<CharClass>(cls), static_cast<char>(c))) table[c] |= 1U << cls;
  return table;
}
inline constexpr std::array<std::uint32_t, 256> kTable = make_table();

}  // namespace char_class

inline bool is(CharClass cls, char c) noexcept {
  return (char_class::kTable[static_cast<unsigned char>(c)] >> static_cast<unsigned>(cls) & 1U) !=
         0;
}

/// The lower case of an ASCII letter, else the byte itself.
constexpr char fold(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Where runs of a class end and begin in one line. Asked again about a run that it knows, it does
/// not look at it again: that is what keeps a line of a thousand half tokens linear. One attempt at
/// a match touches at most three runs of a class, so four are remembered.
class CharRuns {
 public:
  void reset(std::string_view text) noexcept {
    text_ = text;
    known_ = 0;
  }
  /// Returns the end of the run of `cls` that starts at or covers `at`; `at` where there is none.
  std::size_t end(CharClass cls, std::size_t at) noexcept;
  /// Returns the beginning of the run of `cls` that ends before `at`; `at` where there is none.
  std::size_t begin(CharClass cls, std::size_t at) noexcept;
  /// Returns the last '@' in [at, end), where `end` is the end of a run; `at` if there is none.
  std::size_t last_at_sign(CharClass cls, std::size_t at, std::size_t end) noexcept;
  /// Bytes looked at so far.
  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }

 private:
  struct Run {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  struct AtSign {  // [from, end) has no '@' after `last`
    std::size_t from = 0;
    std::size_t last = 0;
    std::size_t end = 0;
  };
  static constexpr std::size_t kRemembered = 4;
  using Recent = std::array<Run, kRemembered>;  // the last used first
  static constexpr std::size_t kClasses = static_cast<std::size_t>(CharClass::kCount);

  Recent& recent(CharClass cls) noexcept;
  static void use(Recent& runs, std::size_t index, Run run) noexcept;

  std::string_view text_;
  std::uint32_t known_ = 0;  // classes whose runs are of this text
  std::uint64_t steps_ = 0;
  std::array<Recent, kClasses> runs_{};
  std::array<AtSign, kClasses> at_sign_{};
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_CHAR_RUNS_H_
