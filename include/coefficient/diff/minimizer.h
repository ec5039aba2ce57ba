#ifndef COEFFICIENT_DIFF_MINIMIZER_H_
#define COEFFICIENT_DIFF_MINIMIZER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/diff/announced_counts.h"
#include "coefficient/diff/export.h"
#include "coefficient/diff/policy.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {

/// How the lines of a change come.
enum class InputFormat : std::uint8_t {
  kGit,          ///< What git diff, show and log write, and GitHub's `.diff`; see parser.h.
  kMbox,         ///< What git format-patch writes, and GitHub's `.patch`: starts with "From ".
  kGithubFiles,  ///< The JSON of GitHub's list of pull request files; see github_files.h.
};

/// What the host knows of a change, before minimization. Title and description may be any bytes.
struct Change {
  std::string_view title;
  std::string_view description;
  std::span<const std::byte> diff;
  InputFormat format = InputFormat::kGit;
  /// What the sender said that the change has. Where the diff has another number, output and
  /// manifest say `"truncated":true`; nothing is refused for it.
  AnnouncedCounts announced = {};
};

/// What left and what stayed, for people and metrics. Lines and bytes are those of the diff as it
/// came in, a line's bytes being its column(s), its text and its LF. The books balance:
///
///     input_lines = added_lines + removed_lines + withheld_*_lines
///     input_bytes = kept_bytes + withheld_bytes
///
/// (For kGithubFiles the input is the `patch` texts; the JSON around them is not counted.)
struct MinimizeReport {
  std::uint64_t files = 0;
  std::uint64_t hunks = 0;          ///< In the output: those with a line.
  std::uint64_t added_lines = 0;    ///< In the output.
  std::uint64_t removed_lines = 0;  ///< In the output.
  std::uint64_t withheld_context_lines = 0;
  /// Headers, noise, mail text, binary payload, markers of a missing newline, submodule commits.
  std::uint64_t withheld_other_lines = 0;
  std::uint64_t withheld_excluded_lines = 0;    ///< Changed lines of excluded files.
  std::uint64_t withheld_whitespace_lines = 0;  ///< Policy::collapse_whitespace.
  std::uint64_t withheld_budget_lines = 0;      ///< For which the budget had no room.
  std::uint64_t redactions = 0;                 ///< Placeholders in the output.
  std::uint64_t escaped_characters = 0;         ///< Invisible ones in kept lines and texts.
  std::uint64_t cut_lines = 0;                  ///< Kept lines that lost their end.
  std::uint64_t omitted_files = 0;              ///< Not even listed: the budget had no room.
  bool truncated = false;                       ///< The input lacks lines that were announced.
  std::uint64_t input_bytes = 0;
  std::uint64_t input_lines = 0;     ///< A last line without LF counts.
  std::uint64_t kept_bytes = 0;      ///< Of the added and removed lines that are in the output.
  std::uint64_t withheld_bytes = 0;  ///< Of the lines that are not.
  std::uint64_t output_bytes = 0;    ///< Of the JSON.
};

struct Minimized {
  std::string json;
  std::string manifest;  ///< The receipt, see manifest.h; empty from minimize().
  MinimizeReport report;
};

/// Says how many tokens a piece of the output is; the sum over the pieces is what is compared with
/// Policy::budget_tokens. Must answer the same for the same text, be quick and not throw.
using TokenEstimator = std::function<std::uint64_t(std::string_view piece)>;

/// Turns a change into the JSON that may leave the host: parse, leave out excluded files, replace
/// secrets, show invisible characters, cut long lines, pack into the budget, write, hash - in this
/// order, so that no stage sees what an earlier one took away.
///
///     {"version":1,"title":"...","description":"...","files":[
///       {"status":"M","old":{"path":"src/a.c"},"new":{"path":"src/a.c"},"binary":false,
///        "mode_changed":false,"submodule":false,"combined":false,
///        "hunks":[[{"op":"-","line":7,"text":"int x"},
///                  {"op":"+","line":7,"text":"int x;","no_newline":true}]],
///        "added":1,"removed":1}]}
///
/// `status` is git's letter (A C D M R T); `old` is null for an added, `new` for a deleted file.
/// `line` counts from 1 in the old file for "-", in the new file for "+". `no_newline` stands only
/// where the line is the last of its file and ends without one. In a combined diff a line has
/// `columns` too, one of ' ', '+', '-' per parent, and a removed one no `line`. `added` and
/// `removed` count the lines of the diff, shown or not. Further members stand only where they are
/// true or not zero:
///
///     of a line  "escaped":true      invisible characters are shown as \u{202E}
///                "cut":N             N bytes at its end are left out
///     of a file  "excluded":"generated" or "vendored": its lines stay in the host
///                "whitespace":N      lines left out as changes of whitespace
///                "partial":true      lines left out for the budget
///                "truncated":true    the input has not all lines that the sender counted
///     of all     "title_cut":N, "description_cut":N, "truncated":true,
///                "files_omitted":N   for the budget
///
/// The JSON is valid UTF-8 whatever the bytes. Bytes that are not UTF-8 stand under another name:
/// `text_base64`, `title_base64`, `description_base64` (RFC 4648 section 4), `path_hex` instead of
/// `text`, `title`, `description`, `path`. Either name is used for exactly the strings that the
/// other cannot hold.
///
/// A secret is replaced by `[REDACTED:rule#k]`, in lines, texts and paths; equal secrets of one
/// output have equal k.
///
/// Never in it: context lines, the text after the second `@@`, object ids (those of submodules
/// included), `index` lines, mail headers and messages, binary payload, anything between files.
/// Changing any of these does not change one byte of the output, with one exception: a private key.
/// Its frame in a context line makes the changed lines within it secret, and context lines within
/// it have a say in where it ends.
///
/// Packing: every file is listed, then whole hunks are taken one per file and round, files in the
/// order source, test, configuration, documentation, generated, and by path within these; a hunk
/// that has no room is passed over. Only a hunk larger than all the room there is is cut, at a
/// line. The output keeps the order of the diff. A budget needs a second pass and 24 bytes of
/// memory a hunk; without one, memory beyond input and output is at most 64 KiB, apart from: a
/// block of changed lines where whitespace is collapsed; 16 times Policy::max_line_bytes, if that
/// is more; while a line of more than 16 KiB with a secret in it is read, a copy of it, or three if
/// the placeholders make it longer; and for kGithubFiles all patches of the list, unescaped. While
/// an output of more than 2 MiB is being written its last page may be a huge one, usually of 2 MiB;
/// what is not written of that is given back.
///
/// Thread safety: immutable; may be used by several threads at once. Copies are cheap.
class COEFFICIENT_DIFF_EXPORT Minimizer {
 public:
  /// Errors: kInvalidArgument for a policy out of its limits (the message names the member, rule
  /// or pattern); kResourceExhausted for too many rules.
  static Result<Minimizer> create(const Policy& policy, TokenEstimator estimate_tokens = {});

  /// Errors: those of the parser (see to_error in parser.h) and of GithubFiles, at the first
  /// fault: kDataLoss for a diff that was cut, kInvalidArgument for one that is malformed, both
  /// with the place. There is no partial output: a part must never be taken for the whole.
  /// kResourceExhausted if the budget does not even hold title and description.
  [[nodiscard]] Result<Minimized> minimize(const Change& change) const;
  /// The same with the receipt: hashing input and output may take longer than all the rest.
  /// kInternal if a hash could not be computed.
  [[nodiscard]] Result<Minimized> minimize_with_manifest(const Change& change) const;

  /// SHA-256 of canonical_json(policy), in hex.
  [[nodiscard]] const std::string& policy_sha256() const noexcept;

 private:
  struct Compiled;
  [[nodiscard]] Result<Minimized> run(const Change& change, bool with_manifest) const;
  explicit Minimizer(std::shared_ptr<const Compiled> compiled) noexcept;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace diff
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_DIFF_MINIMIZER_H_
