#ifndef COEFFICIENT_SRC_DIFF_SECRET_MATCHER_H_
#define COEFFICIENT_SRC_DIFF_SECRET_MATCHER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "coefficient/version.h"
#include "diff/char_runs.h"
#include "diff/prefilter.h"
#include "diff/secret_rules.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// What is to be replaced in a line, and why.
struct SecretMatch {
  std::size_t rule = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool validated = false;
};

/// Decides at the candidates of one line which of them are secrets. The work over a line is linear
/// in its length whatever it holds (CharRuns).
///
/// Thread safety: distinct objects only.
class SecretMatcher {
 public:
  void start(std::string_view line) noexcept {
    line_ = line;
    runs_.reset(line);
    key_from_ = 1;
    key_at_ = 0;
  }
  /// Returns whether the word of `anchor` stands in `line` where its four bytes start at `at`.
  static bool has_word(std::string_view line, const Anchor& anchor, std::size_t at) noexcept;
  /// Returns the secret that `anchor`, whose word stands at `word`, is part of. Not for kPem.
  std::optional<SecretMatch> match(const Anchor& anchor, std::size_t word) noexcept;
  /// Bytes looked at so far, besides those of anchors.
  [[nodiscard]] std::uint64_t steps() const noexcept { return runs_.steps(); }

 private:
  using Found = std::optional<SecretMatch>;
  Found token(const SecretPattern& pattern, std::size_t word, std::size_t after) noexcept;
  Found url(std::size_t colon) noexcept;
  Found bearer(std::size_t after) noexcept;
  Found aws(std::size_t after) noexcept;
  Found generic(std::size_t after) noexcept;
  Found quoted(std::size_t at, bool escaped) noexcept;
  std::size_t unbroken(CharClass cls, std::size_t from) noexcept;

  [[nodiscard]] char at(std::size_t i) const noexcept { return i < line_.size() ? line_[i] : '\0'; }
  [[nodiscard]] bool says(std::size_t i, std::string_view word) const noexcept {
    return says(line_, i, word);
  }
  static bool says(std::string_view line, std::size_t i, std::string_view word) noexcept;
  [[nodiscard]] std::string_view slice(std::size_t begin, std::size_t end) const noexcept {
    return line_.substr(begin, end - begin);
  }

  std::string_view line_;
  CharRuns runs_;
  std::size_t key_from_ = 1;  // no placeholder of a private key in [key_from_, key_at_)
  std::size_t key_at_ = 0;
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_SECRET_MATCHER_H_
