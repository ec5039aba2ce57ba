#ifndef COEFFICIENT_DIFF_MINIMIZER_H_
#define COEFFICIENT_DIFF_MINIMIZER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/diff/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {

/// What the host knows of a change, before minimization. Title and description may be any bytes.
struct MinimizeInput {
  std::string_view title;
  std::string_view description;
  std::span<const std::byte> diff;  ///< As git wrote it; see parser.h for the forms.
};

struct MinimizeOptions {};

/// What left and what stayed, for people and receipts. Lines and bytes are those of the diff as it
/// came in, a line's bytes being its column(s), its text and its LF. The books balance:
///
///     input_lines = added_lines + removed_lines + withheld_context_lines + withheld_other_lines
///     input_bytes = kept_bytes + withheld_bytes
struct MinimizeReport {
  std::uint64_t files = 0;
  std::uint64_t hunks = 0;  ///< In the output: those with a changed line.
  std::uint64_t added_lines = 0;
  std::uint64_t removed_lines = 0;
  std::uint64_t withheld_context_lines = 0;
  /// Headers, noise, mail text, binary payload, markers of a missing newline, submodule commits.
  std::uint64_t withheld_other_lines = 0;
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0;    ///< Of the JSON.
  std::uint64_t withheld_bytes = 0;  ///< Of the lines that are not in the output.
  std::uint64_t input_lines = 0;     ///< A last line without LF counts.
  std::uint64_t kept_bytes = 0;      ///< Of the added and removed lines that are in the output.
};

struct Minimized {
  std::string json;
  MinimizeReport report;
};

/// Returns JSON (RFC 8259) with exactly the title, the description, and per file its status, its
/// paths, four booleans and its changed lines with their numbers:
///
///     {"version":1,"title":"...","description":"...","files":[
///       {"status":"M","old":{"path":"src/a.c"},"new":{"path":"src/a.c"},"binary":false,
///        "mode_changed":false,"submodule":false,"combined":false,
///        "hunks":[[{"op":"-","line":7,"text":"int x"},
///                  {"op":"+","line":7,"text":"int x;","no_newline":true}]]}]}
///
/// `status` is git's letter (A C D M R T); `old` is null for an added, `new` for a deleted file.
/// `line` counts from 1 in the old file for "-", in the new file for "+". `no_newline` stands only
/// where the line is the last of its file and ends without one. In a combined diff a line has
/// `columns` too, one of ' ', '+', '-' per parent, and a removed one no `line`.
///
/// The JSON is valid UTF-8 whatever the bytes. Bytes that are not UTF-8 stand under another name:
/// `text_base64`, `title_base64`, `description_base64` (RFC 4648 section 4), `path_hex` instead of
/// `text`, `title`, `description`, `path`. Either name is used for exactly the strings that the
/// other cannot hold, so that two different inputs never give one output.
///
/// Never in it: context lines, the text after the second `@@`, object ids (those of submodules
/// included), `index` lines, mail headers and messages, binary payload, anything between files.
/// Changing any of these does not change one byte of the output.
///
/// Errors: those of the parser (see to_error in parser.h), at the first fault: kDataLoss for a
/// diff that was cut, kInvalidArgument for one that is malformed, both with line and byte. There
/// is no partial output: a part must never be taken for the whole.
///
/// Thread safety: a pure function.
COEFFICIENT_DIFF_EXPORT Result<Minimized> minimize(const MinimizeInput& input,
                                                   const MinimizeOptions& options = {});

}  // namespace diff
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_DIFF_MINIMIZER_H_
