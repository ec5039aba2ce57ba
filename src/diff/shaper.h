#ifndef COEFFICIENT_SRC_DIFF_SHAPER_H_
#define COEFFICIENT_SRC_DIFF_SHAPER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "coefficient/diff/parser.h"
#include "coefficient/diff/policy.h"
#include "coefficient/diff/redaction.h"
#include "diff/unicode.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// A text as it may leave, and what was done to it. The views are valid until the shaper's next
/// call.
struct Shaped {
  std::string_view text;
  std::uint64_t cut = 0;  ///< Bytes left out at the end.
  bool escaped = false;   ///< Invisible characters are shown.
  bool found = false;     ///< Only then `findings` are not all zero.
  std::span<const Redaction> redactions = {};
  UnicodeFindings findings = {};
};

/// The stages that change text: redact, then show what is invisible, then cut - in this order,
/// since half a token is not recognized. One for each pass over a change.
class Shaper {
 public:
  /// kInternal if OpenSSL failed.
  static Result<Shaper> create(const RedactionRules& rules, const Policy& policy);

  /// The lines that follow are views of `raw`.
  void begin_input(std::string_view raw) { redactor_.begin_input(raw); }
  void begin_file() { redactor_.begin_file(); }
  void begin_hunk(std::size_t columns) { redactor_.begin_hunk(columns); }
  /// A context line: never emitted, but the frame of a key may be in it.
  void context(std::string_view text) { redactor_.context(text); }
  const Shaped& line(LineKind kind, std::string_view text);
  const Shaped& path(std::string_view path);
  /// A title or description, which may have many lines.
  const Shaped& text(std::string_view text, std::uint64_t max_bytes);

 private:
  Shaper(Redactor redactor, const Policy& policy) noexcept;
  const Shaped& finish(std::string_view redacted, std::uint64_t max_bytes);
  void escape_long(std::string_view redacted, std::size_t head);

  Redactor redactor_;
  bool escape_;
  std::uint64_t max_line_bytes_;
  Shaped shaped_;
  std::string redacted_;
  std::string escaped_;
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_SHAPER_H_
