#ifndef COEFFICIENT_SRC_DIFF_GLOB_H_
#define COEFFICIENT_SRC_DIFF_GLOB_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// A pattern of gitignore(5), as git's wildmatch reads it with WM_PATHNAME: `*`, `?` and `[...]`
/// never match a '/'; `**` does where it stands for whole directories. Immutable.
///
/// git's quirks are kept: what stands before the first special byte is compared first and the rest
/// is a pattern of its own, so that `a/b**` is `a/b` and then anything; a set that is not closed,
/// an unknown `[:class:]` and a backslash at the end match nothing at all.
///
/// Time to match is at most (pattern / 64) * text, whatever the pattern: all positions that the
/// pattern can be in are one bit each and move together (Baeza-Yates and Gonnet, "A new approach to
/// text searching", 1992), so nothing is ever tried twice.
///
/// Thread safety: const members may be called concurrently.
class Glob {
 public:
  /// What a pattern comes down to, for those who look it up instead of matching it.
  enum class Shape : std::uint8_t {
    kLiteral,    ///< The text is literal().
    kEndsWith,   ///< `*literal`
    kAnyDepth,   ///< `**/literal`: the text is literal(), or ends in '/' and literal().
    kDirectory,  ///< `**/literal/**`: below a directory of that name; literal() has no '/'.
    kNever,      ///< Nothing matches.
    kOther,
  };

  static constexpr std::size_t kMaxPattern = 2047;

  /// Precondition: at most kMaxPattern bytes.
  explicit Glob(std::string_view pattern);

  [[nodiscard]] Shape shape() const noexcept { return shape_; }
  /// The literal of the shapes that have one; else what any match ends with.
  [[nodiscard]] const std::string& literal() const noexcept { return suffix_; }
  /// Bytes of the pattern.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool matches(std::string_view text) const noexcept;

 private:
  struct Token;
  class Compiler;

  static constexpr std::size_t kMaxWords = kMaxPattern / 64 + 1;
  using Words = std::array<std::uint64_t, kMaxWords>;

  void build_automaton(const std::vector<Token>& tokens);
  [[nodiscard]] bool run(std::string_view text) const noexcept;
  void follow_empty_moves(Words& active) const noexcept;

  Shape shape_ = Shape::kOther;
  std::size_t size_;
  std::string prefix_;
  std::string suffix_;
  std::string needle_;  // stands in every match, between the two
  // What is between the two: none, one star, or the automaton.
  enum class Middle : std::uint8_t { kNothing, kStar, kDeepStar, kAutomaton };
  Middle middle_ = Middle::kNothing;
  // Of the automaton: bit i is the position before token i, bit length_ the end. Each mask has
  // words_ words.
  std::size_t length_ = 0;
  std::size_t words_ = 0;
  std::vector<std::uint8_t> class_of_byte_;  // 256 of them, or none
  std::vector<std::uint64_t> advance_;       // per class: tokens that take such a byte
  std::vector<std::uint64_t> stars_;         // stay on any byte but '/'
  std::vector<std::uint64_t> deep_stars_;    // stay on any byte
  std::vector<std::uint64_t> optional_;      // may be left out together with the next two
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_GLOB_H_
