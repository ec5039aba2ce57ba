#ifndef COEFFICIENT_SRC_DIFF_UNICODE_H_
#define COEFFICIENT_SRC_DIFF_UNICODE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// How many characters were made visible, by what they can do to a reader.
struct UnicodeFindings {
  std::uint64_t bidi = 0;                ///< Reorder what is shown (CVE-2021-42574, Trojan Source).
  std::uint64_t zero_width = 0;          ///< Not shown at all.
  std::uint64_t tag = 0;                 ///< U+E0000 to U+E007F: hidden ASCII.
  std::uint64_t variation_selector = 0;  ///< 256 of them: hidden bytes.
  std::uint64_t control = 0;             ///< C0, DEL, C1, line and paragraph separator.

  [[nodiscard]] std::uint64_t total() const noexcept {
    return bidi + zero_width + tag + variation_selector + control;
  }
  UnicodeFindings& operator+=(const UnicodeFindings& more) noexcept {
    bidi += more.bidi;
    zero_width += more.zero_width;
    tag += more.tag;
    variation_selector += more.variation_selector;
    control += more.control;
    return *this;
  }
};

/// Returns `line` with every invisible or deceptive character written as `\u{202E}` (upper-case
/// hex, at least 4 digits) and adds them to `findings`; the result is `line` itself if there is
/// none, else a view of `buffer`, whose content is replaced and whose memory can be used again.
///
/// These are: Default_Ignorable_Code_Point of Unicode (DerivedCoreProperties.txt), unassigned ones
/// included; Cc but for TAB, LF, and CR before a LF or the end; Cf but for the prepended
/// concatenation marks (Arabic number signs and the like), which have a glyph; Zl and Zp. Blanks
/// that take room (Zs, U+2800) stay.
///
/// A line that has a malformed byte (RFC 3629) is treated alike: the byte stays, the well-formed
/// characters around it are judged. It stays malformed, so it leaves as base64, and whoever decodes
/// that sees no live control either. What was written `\u{202E}` before cannot be told from what is
/// so now, except by the findings: a false alarm is possible, a missed one is not.
///
/// With LineEnds::kEscaped, for what is no text but a name, LF and CR are escaped, too.
///
/// Time is linear; several GB/s for printable ASCII.
enum class LineEnds : std::uint8_t { kKept, kEscaped };
std::string_view escape_invisible(std::string_view line, std::string& buffer,
                                  UnicodeFindings& findings, LineEnds line_ends = LineEnds::kKept);

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_UNICODE_H_
