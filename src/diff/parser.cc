#include "coefficient/diff/parser.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "diff/bytes16.h"
#include "diff/hunk_header.h"
#include "diff/mail.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {
namespace {

const char* find_newline(const char* from, const char* end) noexcept {
  return static_cast<const char*>(std::memchr(from, '\n', static_cast<std::size_t>(end - from)));
}

std::string_view line_at(const char* from, const char* end) noexcept {
  const char* newline = from == end ? nullptr : find_newline(from, end);
  return {from, static_cast<std::size_t>((newline == nullptr ? end : newline) - from)};
}

// The sides that a line of a two-way hunk is on, by its first byte.
constexpr std::uint8_t kOther = 0;
constexpr std::uint8_t kOld = 1;
constexpr std::uint8_t kNew = 2;
constexpr std::uint8_t kBoth = kOld | kNew;
constexpr std::array<std::uint8_t, 256> kColumns = [] {
  std::array<std::uint8_t, 256> table{};
  table[' '] = kBoth;
  table['+'] = kNew;
  table['-'] = kOld;
  return table;
}();
constexpr std::array<LineKind, 4> kKinds{LineKind::kContext, LineKind::kRemoved, LineKind::kAdded,
                                         LineKind::kContext};

// What can only be a header: met inside a hunk, it says that the hunk was cut.
bool is_header_start(std::string_view line) noexcept {
  return line.starts_with("diff --") || line.starts_with("@@ -") || line.starts_with("From ");
}

}  // namespace

std::string_view to_string(ParseErrorCode code) noexcept {
  switch (code) {
    case ParseErrorCode::kTruncated:
      return "truncated: less follows than was announced";
    case ParseErrorCode::kUnexpectedLine:
      return "a line in a hunk starts with none of ' ', '+', '-', '\\'";
    case ParseErrorCode::kExtraLine:
      return "a hunk has more lines than its header says";
    case ParseErrorCode::kMisplacedMarker:
      return "misplaced or malformed '\\ No newline at end of file'";
    case ParseErrorCode::kMalformedHunkHeader:
      return "malformed hunk header";
    case ParseErrorCode::kNumberTooLarge:
      return "a line number or count is beyond 2^31";
    case ParseErrorCode::kHunkWithoutFile:
      return "a hunk without a file header";
    case ParseErrorCode::kMalformedHeader:
      return "malformed file header";
    case ParseErrorCode::kMalformedName:
      return "malformed file name";
    case ParseErrorCode::kAmbiguousNames:
      return "the file names of the header cannot be told apart";
    case ParseErrorCode::kInconsistentNames:
      return "the lines of the file header name different files";
    case ParseErrorCode::kMalformedBinary:
      return "malformed binary patch";
  }
  return "unknown";
}

Error to_error(const ParseError& error) {
  const ErrorCode code =
      error.code == ParseErrorCode::kTruncated ? ErrorCode::kDataLoss : ErrorCode::kInvalidArgument;
  std::string message =
      "diff line " + std::to_string(error.line) + " (byte " + std::to_string(error.offset) + "): ";
  message += to_string(error.code);
  return Error{code, std::move(message)};
}

Parser::Parser(std::span<const std::byte> diff) noexcept
    : p_(reinterpret_cast<const char*>(diff.data())),
      begin_(p_),
      end_(p_ + diff.size()),
      state_(State::kBetween) {}

Parser::Parser(std::span<const std::byte> patch, const FileHeader& file) noexcept : Parser(patch) {
  file_ = file;
  bare_patch_ = true;
  state_ = State::kPatchStart;
}

Event Parser::fail(ParseErrorCode code, const char* at) {
  state_ = State::kError;
  error_ = {code, static_cast<std::uint64_t>(at - begin_),
            detail::bytes16::count(std::string_view(begin_, static_cast<std::size_t>(at - begin_)),
                                   '\n') +
                1};
  return Event::kError;
}

// Counts the lines up to `to` as other than content.
void Parser::skip_to(const char* to) {
  if (to == p_) return;
  other_bytes_ += static_cast<std::uint64_t>(to - p_);
  other_lines_ +=
      detail::bytes16::count(std::string_view(p_, static_cast<std::size_t>(to - p_)), '\n');
  if (to[-1] != '\n') ++other_lines_;
  p_ = to;
}

// The same of one line, whose end is known.
void Parser::skip_line(const char* next) {
  other_bytes_ += static_cast<std::uint64_t>(next - p_);
  ++other_lines_;
  p_ = next;
}

Event Parser::next_slow() {
  switch (state_) {
    case State::kCombinedLines:
      return combined_line();
    case State::kPatchStart:
      state_ = p_ == end_ ? State::kEnd : State::kBeforeHunk;
      return Event::kFile;
    case State::kBetween:
      return between();
    case State::kBeforeHunk:
      return hunk_header();
    case State::kAfterHunk:
      return after_hunk();
    case State::kEnd:
      return Event::kEnd;
    case State::kHunkLines:  // next() has these
    case State::kError:
      break;
  }
  return Event::kError;
}

// The hot path, one line of a two-way hunk, is here and not in a function of its own: a shared
// library does not inline what it exports.
Event Parser::next() {
  if (state_ != State::kHunkLines) [[unlikely]]
    return next_slow();
  const char* const start = p_;
  if (start == end_) return fail(ParseErrorCode::kTruncated, start);
  const char* stop = find_newline(start, end_);
  if (stop == nullptr) [[unlikely]] {
    if (!bare_patch_) return fail(ParseErrorCode::kTruncated, start);
    stop = end_;
  }
  const char* const next = stop == end_ ? stop : stop + 1;
  const char* text = start + 1;
  std::uint8_t column = kColumns[static_cast<unsigned char>(*start)];
  if (column == kOther) [[unlikely]] {
    if (*start != '\n') return bad_hunk_line(start);
    column = kBoth;  // an empty context line: its blank was lost, or diff.suppressBlankEmpty
    text = start;
  }
  // Without branches on the column, which no processor predicts well.
  const std::uint64_t in_old = column & kOld;
  const std::uint64_t in_new = (column & kNew) >> 1U;
  if ((old_left_ < in_old) | (new_left_ < in_new)) [[unlikely]]
    return fail(ParseErrorCode::kExtraLine, start);
  old_left_ -= in_old;
  new_left_ -= in_new;
  line_.kind = kKinds[column];
  line_.old_line = old_next_ & (0 - in_old);
  line_.new_line = new_next_ & (0 - in_new);
  old_next_ += in_old;
  new_next_ += in_new;
  line_.text = {text, static_cast<std::size_t>(stop - text)};
  line_.size = static_cast<std::uint64_t>(next - start);
  line_.ends_with_newline = true;
  p_ = next;
  if (next != end_ && *next == '\\') [[unlikely]] {
    if (!take_marker()) return Event::kError;
  }
  if ((old_left_ | new_left_) == 0) state_ = State::kAfterHunk;
  return Event::kLine;
}

Event Parser::bad_hunk_line(const char* start) {
  if (*start == '\\') return fail(ParseErrorCode::kMisplacedMarker, start);
  return fail(is_header_start(line_at(start, end_)) ? ParseErrorCode::kTruncated
                                                    : ParseErrorCode::kUnexpectedLine,
              start);
}

// "\ No newline at end of file", in whatever language git spoke: it belongs to the line before.
// git takes 12 bytes and more, the LF included.
bool Parser::take_marker() {
  const std::string_view line = line_at(p_, end_);
  if (line.size() < 11 || !line.starts_with("\\ "))
    return refuse(ParseErrorCode::kMisplacedMarker, p_);
  const char* stop = line.data() + line.size();
  if (stop == end_ && !bare_patch_) return refuse(ParseErrorCode::kTruncated, p_);
  skip_line(stop == end_ ? stop : stop + 1);
  line_.ends_with_newline = false;
  return true;
}

// "diff --cc" counts, but does not write, lines that some parents had within the context before a
// change. Then the result's count is used up and a parent's is not. Lines removed at the end of the
// file may still follow.
bool Parser::counts_hidden_lines() const {
  if (!hides_removed_ || new_left_ != 0) return false;
  const std::string_view columns = line_at(p_, end_).substr(0, file_.parents);
  return columns.size() < file_.parents || columns.find('-') == std::string_view::npos ||
         columns.find_first_not_of(" -") != std::string_view::npos;
}

Event Parser::combined_line() {
  if (counts_hidden_lines()) return after_hunk();
  const char* const start = p_;
  if (start == end_) return fail(ParseErrorCode::kTruncated, start);
  const std::string_view line = line_at(start, end_);
  if (line.data() + line.size() == end_) return fail(ParseErrorCode::kTruncated, start);
  const std::size_t parents = file_.parents;
  const std::string_view columns = line.substr(0, std::min(parents, line.size()));
  if (columns.find_first_not_of(" +-") != std::string_view::npos) return bad_hunk_line(start);
  const bool removed = columns.find('-') != std::string_view::npos;
  const bool added = columns.find('+') != std::string_view::npos;
  // Blanks at the end of a line may be lost on the way: then it is an empty context line.
  if (removed && added) return fail(ParseErrorCode::kUnexpectedLine, start);
  if (columns.size() < parents && (removed || added))
    return fail(ParseErrorCode::kUnexpectedLine, start);
  // A removed line was in the parents marked '-'; any other is in the result and in the parents
  // marked ' '.
  if (!removed && new_left_-- == 0) return fail(ParseErrorCode::kExtraLine, start);
  std::uint64_t left = new_left_;
  for (std::size_t i = 0; i < parents; ++i) {
    const char column = i < columns.size() ? columns[i] : ' ';
    if (column == (removed ? '-' : ' ') && parent_left_[i]-- == 0)
      return fail(ParseErrorCode::kExtraLine, start);
    left |= parent_left_[i];
  }
  line_.kind = removed ? LineKind::kRemoved : added ? LineKind::kAdded : LineKind::kContext;
  line_.ends_with_newline = true;
  // Context may be new to a part of the parents, too: " +".
  const bool context = !removed && (!added || columns.find(' ') != std::string_view::npos);
  hides_removed_ = hides_removed_ || (dense_ && context);
  line_.columns = columns;
  line_.text = line.substr(columns.size());
  line_.old_line = 0;
  line_.new_line = removed ? 0 : new_next_++;
  line_.size = line.size() + 1;
  p_ = line.data() + line.size() + 1;
  if (p_ != end_ && *p_ == '\\' && !take_marker()) return Event::kError;
  if (left == 0) state_ = State::kAfterHunk;
  return Event::kLine;
}

Event Parser::hunk_header() {
  const std::string_view line = line_at(p_, end_);
  const char* const stop = line.data() + line.size();
  if (stop == end_ && !bare_patch_) return fail(ParseErrorCode::kTruncated, p_);
  const std::span<Range> old_ranges = std::span(ranges_).first(file_.parents);
  switch (detail::parse_hunk_header(line, old_ranges, hunk_.new_range, hunk_.heading)) {
    case detail::HunkHeaderFault::kMalformed:
      return fail(ParseErrorCode::kMalformedHunkHeader, p_);
    case detail::HunkHeaderFault::kNumberTooLarge:
      return fail(ParseErrorCode::kNumberTooLarge, p_);
    case detail::HunkHeaderFault::kNone:
      break;
  }
  hunk_.old_ranges = old_ranges;
  new_left_ = hunk_.new_range.count;
  new_next_ = hunk_.new_range.start;
  old_left_ = old_ranges[0].count;
  old_next_ = old_ranges[0].start;
  std::uint64_t left = new_left_;
  for (std::size_t i = 0; i < old_ranges.size(); ++i) {
    parent_left_[i] = old_ranges[i].count;
    left |= old_ranges[i].count;
  }
  state_ = left == 0                ? State::kAfterHunk
           : old_ranges.size() == 1 ? State::kHunkLines
                                    : State::kCombinedLines;
  line_.columns = {};
  skip_line(stop == end_ ? stop : stop + 1);
  hides_removed_ = false;
  return Event::kHunk;
}

// The counts are used up: what follows must not look like content.
Event Parser::after_hunk() {
  previous_end_ = p_;
  const std::string_view line = line_at(p_, end_);
  if (p_ == end_) return between();
  if (line.starts_with(file_.parents == 1 ? "@@ -" : "@@@")) return hunk_header();
  switch (*p_) {
    case '@':
      return fail(ParseErrorCode::kMalformedHunkHeader, p_);
    case '\\':
      return fail(ParseErrorCode::kMisplacedMarker, p_);
    case '-':
      if (!bare_patch_ && (starts_plain_file(p_) || starts_signature(p_))) break;
      [[fallthrough]];
    case '+':
    case ' ':
      return fail(ParseErrorCode::kExtraLine, p_);
    default:
      if (bare_patch_) return fail(ParseErrorCode::kUnexpectedLine, p_);
  }
  return between();
}

// The end of a mail: "-- " and git's version, or what the sender signs with.
bool Parser::starts_signature(const char* at) const {
  if (line_at(at, end_) != "-- ") return false;
  const std::string_view next = line_at(std::min(at + 4, end_), end_);
  return in_mail_ || next.empty() || (next[0] >= '0' && next[0] <= '9');
}

// What a mail's reader asks of a file in the message (detail::FileEnd). Reads one file and no text
// behind it, so that the time stays linear.
std::size_t Parser::file_end(std::string_view text) {
  Parser parser(std::as_bytes(std::span(text.data(), text.size())));
  const Event file = text.starts_with("diff --git ") ? parser.git_file()
                     : text.starts_with("diff --")   ? parser.combined_file()
                                                     : parser.plain_file();
  if (file == Event::kError) return 0;
  const char* end = parser.p_;
  while (parser.state_ != State::kBetween) {
    if (parser.state_ == State::kAfterHunk ||
        (parser.state_ == State::kCombinedLines && parser.counts_hidden_lines())) {
      end = parser.p_;
      if (!line_at(end, parser.end_).starts_with("@@")) break;
    }
    if (parser.next() == Event::kError) break;
  }
  return static_cast<std::size_t>(end - text.data());
}

// Skips text until a file starts.
Event Parser::between() {
  state_ = State::kBetween;
  const char* at = p_;
  while (at != end_) {
    const std::string_view line = line_at(at, end_);
    const bool is_git = line.starts_with("diff --git ");
    if (is_git || line.starts_with("diff --cc ") || line.starts_with("diff --combined ")) {
      skip_to(at);
      return is_git ? git_file() : combined_file();
    }
    if (starts_plain_file(at)) {
      // Without a mark of the patch it may be the message's. It is not for a reader to guess.
      if (in_unmarked_mail_) return fail(ParseErrorCode::kHunkWithoutFile, at);
      skip_to(at);
      return plain_file();
    }
    if (line.starts_with("@@ -")) {
      Range old_range;
      Range new_range;
      std::string_view heading;
      if (detail::parse_hunk_header(line, {&old_range, 1}, new_range, heading) ==
          detail::HunkHeaderFault::kNone)
        return fail(ParseErrorCode::kHunkWithoutFile, at);
    }
    const std::string_view rest{at, static_cast<std::size_t>(end_ - at)};
    if (detail::is_mail_start(rest)) {
      const detail::PatchStart patch = detail::patch_start(rest, at == begin_, &Parser::file_end);
      in_mail_ = true;
      in_unmarked_mail_ = !patch.marked;
      at += patch.at;
      continue;
    }
    at += line.size();
    if (at != end_) ++at;
  }
  skip_to(end_);
  state_ = State::kEnd;
  return Event::kEnd;
}

}  // namespace diff
COEFFICIENT_END_NAMESPACE
