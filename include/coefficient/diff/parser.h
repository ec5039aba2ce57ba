#ifndef COEFFICIENT_DIFF_PARSER_H_
#define COEFFICIENT_DIFF_PARSER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/diff/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {
namespace detail {
struct NamePair;
}

/// What happened to a file; the values are git's letters.
enum class FileStatus : char {
  kAdded = 'A',
  kCopied = 'C',
  kDeleted = 'D',
  kModified = 'M',
  kRenamed = 'R',
  kTypeChanged = 'T',
};

/// One file of a diff. Paths are bytes, unquoted and without the `a/` and `b/` (docs/diff.md says
/// how prefixes are told from directories); an absent path or mode is one that the diff does not
/// have (the old side of an addition) or does not carry (the modes of a pure rename).
struct FileHeader {
  FileStatus status = FileStatus::kModified;
  std::optional<std::string_view> old_path = {};
  std::optional<std::string_view> new_path = {};
  std::optional<std::uint32_t> old_mode = {};  ///< E.g. 0100644; 0 on a side that has no file.
  std::optional<std::uint32_t> new_mode = {};
  bool binary = false;      ///< "Binary files ... differ" or a binary patch: no hunk follows.
  std::size_t parents = 1;  ///< 2 and more: a combined diff, whose old side has no single path.
  /// True on the second section of a type change: git writes a deletion and an addition of one
  /// path. This header, of status kTypeChanged, then replaces the one before, and the hunks that
  /// follow are further hunks of that file.
  bool replaces_previous = false;
};

/// `count` lines from line `start` on, as in a hunk header (where a count of 0 means: after it).
struct Range {
  std::uint64_t start = 0;
  std::uint64_t count = 0;
};

struct Hunk {
  std::span<const Range> old_ranges;  ///< One; in a combined diff one per parent.
  Range new_range;
  std::string_view heading;  ///< What git shows after the second `@@`: context, never a change.
};

enum class LineKind : std::uint8_t { kContext, kAdded, kRemoved };

/// One line of a hunk. Any byte but LF can be in `text`.
struct Line {
  LineKind kind = LineKind::kContext;
  bool ends_with_newline = true;
  std::string_view text;       ///< Without the column(s) before it and without the LF.
  std::uint64_t old_line = 0;  ///< From 1; 0 for an added line, and always in a combined diff.
  std::uint64_t new_line = 0;  ///< From 1; 0 for a removed line.
  std::string_view columns;    ///< Combined diff: one of ' ', '+', '-' per parent. Else empty.
  std::uint64_t size = 0;      ///< Bytes of the diff: columns, text and LF.
};

/// Why a diff was refused. After any of them the file concerned must not be used.
enum class ParseErrorCode : std::uint8_t {
  kTruncated,            ///< The input, or a hunk, ends before what was announced; or the last
                         ///< line has no LF, so that it may have been cut.
  kUnexpectedLine,       ///< A line within a hunk that starts with none of ' ', '+', '-', '\'.
  kExtraLine,            ///< A '+', '-' or ' ' line beyond the counts of its hunk.
  kMisplacedMarker,      ///< "\ No newline at end of file" after no line, or twice, or too short.
  kMalformedHunkHeader,  ///< Not "@@ -n[,n] +n[,n] @@", or not as many parents as the header.
  kNumberTooLarge,       ///< A line number or count beyond 2^31.
  kHunkWithoutFile,      ///< A hunk header before any file header; in a mail without diffstat
                         ///< also a file without "diff --git".
  kMalformedHeader,      ///< A bad mode, or a header line without its counterpart.
  kMalformedName,        ///< A bad C-quoted name, an empty one, or a bare control character.
  kAmbiguousNames,       ///< The two names of "diff --git" cannot be told apart.
  kInconsistentNames,    ///< "diff --git", "rename", "---" and "+++" do not name the same files.
  kMalformedBinary,      ///< A binary patch that git cannot have written.
};

/// Returns a short English text for `code`.
COEFFICIENT_DIFF_EXPORT std::string_view to_string(ParseErrorCode code) noexcept;

struct ParseError {
  ParseErrorCode code = ParseErrorCode::kTruncated;
  std::uint64_t offset = 0;  ///< Of the first byte of the offending line.
  std::uint64_t line = 0;    ///< Its number, from 1.
};

/// Returns `error` as the library's Error: kDataLoss for kTruncated, else kInvalidArgument. The
/// message has the reason and the place, and no byte of the diff.
COEFFICIENT_DIFF_EXPORT Error to_error(const ParseError& error);

enum class Event : std::uint8_t { kFile, kHunk, kLine, kEnd, kError };

/// A pull parser for what git writes: two-way, combined, mail (format-patch), show and log output,
/// and for plain unified diffs. Text around the diffs is skipped. Every line is looked at once and
/// nothing is copied, except that C-quoted names are decoded into the parser's own buffers; time
/// is linear in the input, and nothing is allocated per line.
///
///     Parser parser(bytes);
///     for (Event e = parser.next(); e != Event::kEnd; e = parser.next()) {
///       if (e == Event::kError) return to_error(parser.error());
///       ...
///     }
///
/// Counts in hunk headers decide what is content and what is header, so content that looks like a
/// header is content. Input that stops between two files (or two hunks) is a whole diff to any
/// parser: that, only the counts of whoever sent it can tell.
///
/// Thread safety: distinct objects only. The input must outlive the parser.
class COEFFICIENT_DIFF_EXPORT Parser {
 public:
  /// The most parents of a combined diff; more is kMalformedHeader.
  static constexpr std::size_t kMaxParents = 64;

  /// Parses a whole diff. Every line of it must end in LF, text after the last file excepted.
  explicit Parser(std::span<const std::byte> diff) noexcept;
  /// Parses the hunks of one file without header, as in the `patch` member of GitHub's list of
  /// pull request files. next() first answers kFile with `file` (which must be two-way, and whose
  /// paths must outlive the parser), and the LF of the last line may be missing.
  Parser(std::span<const std::byte> patch, const FileHeader& file) noexcept;
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() = default;

  /// Moves on. kEnd and kError are final: every later call answers the same.
  Event next();

  /// Valid after kFile until the next kFile; its views as long as that.
  [[nodiscard]] const FileHeader& file() const noexcept { return file_; }
  /// Valid after kHunk until the next kHunk.
  [[nodiscard]] const Hunk& hunk() const noexcept { return hunk_; }
  /// Valid after kLine until the next call of next(); its views as long as the input.
  [[nodiscard]] const Line& line() const noexcept { return line_; }
  /// Valid after kError.
  [[nodiscard]] const ParseError& error() const noexcept { return error_; }

  /// Lines and bytes so far that belong to no Line: headers, markers, mail text, binary payload.
  [[nodiscard]] std::uint64_t other_lines() const noexcept { return other_lines_; }
  [[nodiscard]] std::uint64_t other_bytes() const noexcept { return other_bytes_; }
  /// What is not read yet.
  [[nodiscard]] std::string_view rest() const noexcept {
    return {p_, static_cast<std::size_t>(end_ - p_)};
  }

 private:
  enum class State : std::uint8_t {
    kHunkLines,
    kCombinedLines,
    kPatchStart,
    kBetween,
    kBeforeHunk,
    kAfterHunk,
    kEnd,
    kError
  };
  struct GitHeader;

  Event next_slow();
  Event combined_line();
  [[nodiscard]] bool counts_hidden_lines() const;
  Event bad_hunk_line(const char* start);
  Event hunk_header();
  Event after_hunk();
  Event between();
  Event git_file();
  Event combined_file();
  Event plain_file();
  FileHeader start_file();
  Event finish_file(bool has_hunks);
  bool extended_header(std::string_view line, GitHeader& header, bool& known);
  bool extended_headers(GitHeader& header);
  bool content_start(GitHeader& header);
  bool name_lines(std::optional<std::string_view>& old_name,
                  std::optional<std::string_view>& new_name);
  bool combined_headers();
  bool combined_names(std::string_view path);
  bool read_quoted_pair(GitHeader& header);
  bool full_names(const GitHeader& header, detail::NamePair& full);
  bool resolve_names(const GitHeader& header);
  void merge_type_change(const FileHeader& before, const char* start);
  bool read_name(std::string_view text, std::string_view& name);
  bool read_file_name(std::string_view text, std::string_view& name);
  bool read_mode(std::string_view text, std::optional<std::uint32_t>& mode);
  bool read_moved(std::string_view text, bool renamed, std::optional<std::string_view>& to,
                  GitHeader& header);
  bool header_line(std::string_view& line);
  void take_line(std::string_view line);
  bool take_marker();
  static std::size_t file_end(std::string_view text);
  bool starts_plain_file(const char* at) const;
  bool starts_signature(const char* at) const;
  void skip_to(const char* to);
  void skip_line(const char* next);
  Event fail(ParseErrorCode code, const char* at);
  bool refuse(ParseErrorCode code, const char* at);

  const char* p_;
  const char* const begin_;
  const char* const end_;
  State state_;
  bool bare_patch_ = false;
  bool in_mail_ = false;
  bool in_unmarked_mail_ = false;  // whose message has no mark of its end
  bool dense_ = false;             // the file is of "diff --cc"
  bool hides_removed_ = false;     // the hunk may count removed lines that it does not have
  std::uint64_t old_left_ = 0;
  std::uint64_t new_left_ = 0;
  std::uint64_t old_next_ = 0;
  std::uint64_t new_next_ = 0;
  Line line_;
  Hunk hunk_;
  FileHeader file_;
  std::uint64_t other_lines_ = 0;
  std::uint64_t other_bytes_ = 0;
  const char* previous_end_ = nullptr;  // where the section before ended
  std::array<Range, kMaxParents> ranges_{};
  std::array<std::uint64_t, kMaxParents> parent_left_{};
  // Decoded names of this section and of the one before (a type change compares the two).
  std::array<std::array<std::string, 6>, 2> decoded_;
  std::size_t names_decoded_ = 0;
  std::size_t generation_ = 0;
  ParseError error_;
};

}  // namespace diff
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_DIFF_PARSER_H_
