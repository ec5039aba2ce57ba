#ifndef COEFFICIENT_SRC_DIFF_PEM_H_
#define COEFFICIENT_SRC_DIFF_PEM_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "coefficient/diff/parser.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// How the placeholders of private keys start.
inline constexpr std::string_view kKeyPlaceholder = "[REDACTED:pem";

struct TextRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Returns the end of the marker "-----BEGIN ... PRIVATE KEY-----" (or "... BLOCK-----") that
/// starts at `at`, 0 if none does. Certificates and public keys are not private.
std::size_t private_key_marker(std::string_view text, std::size_t at) noexcept;

/// Returns where the first "-----END ...-----" at or after `from` stands.
std::optional<TextRange> end_marker(std::string_view text, std::size_t from) noexcept;

/// Returns whether `line` has at least `least` bytes of base64 in one piece.
bool has_base64_run(std::string_view line, std::size_t least) noexcept;

/// Returns whether more than half of `line` is one piece of base64, and no placeholder is in it.
bool is_key_body(std::string_view line) noexcept;

/// Which pieces of base64 are of a key.
struct KeyPieces {
  bool body_seen = true;       ///< Short ones may be its last line.
  bool between_marks = false;  ///< Both markers are on this line.
};

/// Appends the pieces of a key in `text` from `from` up to `to`, ascending. What only escapes,
/// quotes, blanks and the like part from the range before is one range with it. Of more than
/// kMostKeyRanges the rest of the text is the last, which bounds the memory. Returns whether there
/// was one.
inline constexpr std::size_t kMostKeyRanges = 256;
bool add_key_pieces(std::string_view text, std::size_t from, std::size_t to, KeyPieces which,
                    std::vector<TextRange>& keys);

/// Appends `range`, which is not before the end of the last, in the same way.
void add_key_range(std::string_view text, TextRange range, std::vector<TextRange>& keys);

/// What one side of a file (its old or its new lines) is known to be within.
class PemSide {
 public:
  [[nodiscard]] bool inside() const noexcept { return inside_; }
  /// A private key began; `body_seen` if some of its body has been too.
  void open(bool body_seen) noexcept {
    *this = PemSide{};
    inside_ = true;
    body_seen_ = body_seen;
  }
  void close() noexcept { *this = PemSide{}; }
  /// Precondition: inside(). Reads a line and appends to `keys` what of it belongs to the key: its
  /// pieces of base64 and the end marker, never the text around them, or a marker could hide code.
  void line(std::string_view text, std::vector<TextRange>& keys);

 private:
  bool inside_ = false;
  bool body_seen_ = false;
  int idle_ = 0;  // lines with nothing of a key, one after the other
};

/// Looks ahead in the text of a diff: is a line of base64 followed by the end of a private key,
/// with few other lines of the same side between? An answer holds for all lines up to
/// the one that decided it, and is remembered, so no line is read twice for one side.
class PemLookAhead {
 public:
  /// An empty `raw`: the answer is always no.
  void set_input(std::string_view raw) noexcept;
  void set_columns(std::size_t columns) noexcept { columns_ = columns; }
  /// Returns whether `line`, a view of `raw`, is of a private key.
  bool is_private(LineKind side, std::string_view line) noexcept;

 private:
  struct Answer {
    std::size_t from = 0;
    std::size_t until = 0;
    bool is_private = false;
  };
  [[nodiscard]] Answer read(LineKind side, std::size_t from) const noexcept;

  std::string_view raw_;
  std::size_t columns_ = 1;
  std::array<Answer, 2> answers_{};
};

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_PEM_H_
