#include <algorithm>
#include <cstring>

#include "coefficient/diff/parser.h"
#include "diff/binary_patch.h"
#include "diff/mail.h"
#include "diff/names.h"

// The file headers of Parser: from "diff --git" (or "diff --cc", or "---") to the first hunk.
COEFFICIENT_BEGIN_NAMESPACE
namespace diff {
namespace {

constexpr std::uint32_t kTypeMask = 0170000;

bool take_prefix(std::string_view& text, std::string_view prefix) noexcept {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// "87%"
bool is_percentage(std::string_view text) noexcept {
  return text.size() >= 2 && text.size() <= 4 && text.ends_with('%') &&
         text.find_first_not_of("0123456789") == text.size() - 1;
}

bool is_binary_notice(std::string_view line) noexcept {
  return (line.starts_with("Binary files ") || line.starts_with("Files ")) &&
         line.ends_with(" differ");
}

}  // namespace

// What the lines of one header say, before it is known to make sense. Names still have their
// prefixes here.
struct Parser::GitHeader {
  const char* start = nullptr;
  std::string_view names;                // of "diff --git", as written
  std::optional<detail::NamePair> pair;  // the same, decoded, if either is quoted
  std::optional<std::string_view> from;  // "rename from", "copy from"
  std::optional<std::string_view> to;
  std::optional<std::string_view> old_name;  // "---"
  std::optional<std::string_view> new_name;  // "+++"
  std::optional<std::uint32_t> old_mode;
  std::optional<std::uint32_t> new_mode;
  std::optional<std::uint32_t> index_mode;
  bool added = false;
  bool deleted = false;
  bool renamed = false;
  bool copied = false;
  bool similar = false;
  bool binary = false;
};

bool Parser::refuse(ParseErrorCode code, const char* at) {
  (void)fail(code, at);
  return false;
}

// The line at the cursor. Headers are whole lines: one without LF was cut.
bool Parser::header_line(std::string_view& line) {
  const auto left = static_cast<std::size_t>(end_ - p_);
  line = {p_, left};
  if (left == 0) return true;
  const std::size_t newline = line.find('\n');
  if (newline == std::string_view::npos) return refuse(ParseErrorCode::kTruncated, p_);
  line = line.substr(0, newline);
  return true;
}

void Parser::take_line(std::string_view line) {
  skip_to(line.data() + line.size() + 1);
}

// Takes over the name in `text`: a view of the input, or of a decoded copy.
bool Parser::read_name(std::string_view text, std::string_view& name) {
  name = text;
  if (text.starts_with('"')) {
    std::string& decoded = decoded_[generation_][names_decoded_++ % decoded_[0].size()];
    if (detail::unquote(text, decoded) != text.size())
      return refuse(ParseErrorCode::kMalformedName, p_);
    name = decoded;
    return !name.empty() || refuse(ParseErrorCode::kMalformedName, p_);
  }
  return detail::is_plain_name(name) || refuse(ParseErrorCode::kMalformedName, p_);
}

// After "--- " and "+++ ": a TAB ends a name with blanks (git), or stands before a time (diff).
bool Parser::read_file_name(std::string_view text, std::string_view& name) {
  if (text.starts_with('"')) {
    const std::size_t close = text.rfind('"');
    const std::string_view rest = text.substr(close + 1);
    if (rest.empty() || rest.starts_with('\t')) return read_name(text.substr(0, close + 1), name);
  }
  return read_name(text.substr(0, text.find('\t')), name);
}

bool Parser::read_mode(std::string_view text, std::optional<std::uint32_t>& mode) {
  if (mode || text.size() != 6) return refuse(ParseErrorCode::kMalformedHeader, p_);
  std::uint32_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') return refuse(ParseErrorCode::kMalformedHeader, p_);
    value = value * 8 + static_cast<std::uint32_t>(c - '0');
  }
  mode = value;
  return true;
}

bool Parser::read_moved(std::string_view text, bool renamed, std::optional<std::string_view>& to,
                        GitHeader& header) {
  (renamed ? header.renamed : header.copied) = true;
  std::string_view name;
  if (to) return refuse(ParseErrorCode::kMalformedHeader, p_);
  if (!read_name(text, name)) return false;
  to = name;
  return true;
}

// One extended header line; `known` tells whether it is one.
bool Parser::extended_header(std::string_view line, GitHeader& header, bool& known) {
  known = true;
  if (take_prefix(line, "old mode ")) return read_mode(line, header.old_mode);
  if (take_prefix(line, "new mode ")) return read_mode(line, header.new_mode);
  if (take_prefix(line, "deleted file mode ")) {
    header.deleted = true;
    return read_mode(line, header.old_mode);
  }
  if (take_prefix(line, "new file mode ")) {
    header.added = true;
    return read_mode(line, header.new_mode);
  }
  if (take_prefix(line, "rename from ") || take_prefix(line, "rename old "))
    return read_moved(line, true, header.from, header);
  if (take_prefix(line, "rename to ") || take_prefix(line, "rename new "))
    return read_moved(line, true, header.to, header);
  if (take_prefix(line, "copy from ")) return read_moved(line, false, header.from, header);
  if (take_prefix(line, "copy to ")) return read_moved(line, false, header.to, header);
  const bool similar = take_prefix(line, "similarity index ");
  if (similar || take_prefix(line, "dissimilarity index ")) {
    header.similar = header.similar || similar;
    return is_percentage(line) || refuse(ParseErrorCode::kMalformedHeader, p_);
  }
  if (take_prefix(line, "index ")) {
    const std::size_t blank = line.find(' ');
    return blank == std::string_view::npos || read_mode(line.substr(blank + 1), header.index_mode);
  }
  known = false;
  return true;
}

bool Parser::extended_headers(GitHeader& header) {
  while (true) {
    std::string_view line;
    bool known = false;
    if (!header_line(line) || !extended_header(line, header, known)) return false;
    if (!known) break;
    take_line(line);
  }
  const int kinds =
      int{header.added} + int{header.deleted} + int{header.renamed} + int{header.copied};
  if (kinds > 1) return refuse(ParseErrorCode::kMalformedHeader, header.start);
  const bool paired = (kinds == 1 || !header.similar) &&
                      header.from.has_value() == header.to.has_value() &&
                      (header.added || header.deleted ||
                       header.old_mode.has_value() == header.new_mode.has_value());
  return paired ||
         refuse(p_ == end_ ? ParseErrorCode::kTruncated : ParseErrorCode::kMalformedHeader, p_);
}

// What can follow the extended headers: the names and a hunk, binary content, or nothing.
bool Parser::content_start(GitHeader& header) {
  std::string_view line;
  if (!header_line(line)) return false;
  if (line.starts_with("--- ")) return name_lines(header.old_name, header.new_name);
  if (line.starts_with("@@ -")) return refuse(ParseErrorCode::kMalformedHeader, p_);
  if (is_binary_notice(line)) {
    header.binary = true;
    take_line(line);
  } else if (line == "GIT binary patch") {
    header.binary = true;
    take_line(line);
    const auto patch = detail::read_binary_patch({p_, static_cast<std::size_t>(end_ - p_)});
    if (patch.fault == detail::BinaryFault::kTruncated)
      return refuse(ParseErrorCode::kTruncated, p_ + patch.size);
    if (patch.fault == detail::BinaryFault::kMalformed)
      return refuse(ParseErrorCode::kMalformedBinary, p_ + patch.size);
    skip_to(p_ + patch.size);
  }
  return true;
}

// "--- N", "+++ N" and a look at the hunk that must follow.
bool Parser::name_lines(std::optional<std::string_view>& old_name,
                        std::optional<std::string_view>& new_name) {
  std::string_view line;
  std::string_view name;
  if (!header_line(line)) return false;
  if (!read_file_name(line.substr(4), name)) return false;
  old_name = name;
  take_line(line);
  if (!header_line(line)) return false;
  if (p_ == end_) return refuse(ParseErrorCode::kTruncated, p_);
  if (!take_prefix(line, "+++ ")) return refuse(ParseErrorCode::kMalformedHeader, p_);
  if (!read_file_name(line, name)) return false;
  new_name = name;
  take_line(line);
  if (!header_line(line)) return false;
  if (p_ == end_) return refuse(ParseErrorCode::kTruncated, p_);
  return line.starts_with("@@ -") || refuse(ParseErrorCode::kMalformedHeader, p_);
}

// The names of "diff --git" if either is quoted; then there is one way to split them.
bool Parser::read_quoted_pair(GitHeader& header) {
  const std::string_view text = header.names;
  const std::size_t quote = text.find('"');
  if (quote == std::string_view::npos) return true;
  std::size_t blank = quote - 1;  // an unquoted first name has no quote: the second starts at it
  if (quote == 0) {
    std::string first;
    blank = detail::unquote(text, first);
    if (blank == 0) return refuse(ParseErrorCode::kMalformedName, p_);
  }
  if (blank >= text.size() || text[blank] != ' ') return refuse(ParseErrorCode::kMalformedName, p_);
  detail::NamePair pair;
  if (!read_name(text.substr(0, blank), pair.old_name) ||
      !read_name(text.substr(blank + 1), pair.new_name))
    return false;
  header.pair = pair;
  return true;
}

// The names of "diff --git" with their prefixes. If unquoted, "+++" and "---" tell where one ends.
bool Parser::full_names(const GitHeader& header, detail::NamePair& full) {
  const std::string_view text = header.names;
  const auto is_named = [](const std::optional<std::string_view>& name) {
    return name && *name != detail::kDevNull;
  };
  const bool has_old = is_named(header.old_name);
  const bool has_new = is_named(header.new_name);
  bool consistent = !header.old_name || has_old || has_new;
  consistent = consistent && !(header.added && has_old) && !(header.deleted && has_new);
  std::optional<detail::NamePair> split = header.pair;
  if (!split && has_new) split = detail::split_before(text, *header.new_name);
  if (!split && has_old) split = detail::split_after(text, *header.old_name);
  if (!split) split = detail::split_header_names(text);
  if (!split) return refuse(ParseErrorCode::kAmbiguousNames, header.start);
  full = *split;
  // The prefix alone may differ: hand-made diffs have "--- b/x".
  const auto same = [](std::string_view a, std::string_view b) {
    return a == b || detail::strip_prefix(a) == detail::strip_prefix(b);
  };
  consistent = consistent && (!has_old || same(*header.old_name, full.old_name)) &&
               (!has_new || same(*header.new_name, full.new_name));
  return consistent || refuse(ParseErrorCode::kInconsistentNames, header.start);
}

// Sets the paths of file_. A rename or copy names them itself; the other lines must not disagree.
bool Parser::resolve_names(const GitHeader& header) {
  if (header.from) {
    const std::string_view last = header.pair ? header.pair->new_name : header.names;
    if (!last.ends_with(*header.to) ||
        (header.pair && !header.pair->old_name.ends_with(*header.from)) ||
        (header.old_name && !header.old_name->ends_with(*header.from)) ||
        (header.new_name && !header.new_name->ends_with(*header.to)))
      return refuse(ParseErrorCode::kInconsistentNames, header.start);
    file_.old_path = header.from;
    file_.new_path = header.to;
    file_.status = header.renamed ? FileStatus::kRenamed : FileStatus::kCopied;
    return true;
  }
  detail::NamePair full;
  if (!full_names(header, full)) return false;
  const detail::NamePair names = detail::strip_prefixes(full);
  if (header.added || header.old_name == detail::kDevNull) {
    file_.status = FileStatus::kAdded;
    file_.new_path = names.new_name;
    file_.old_mode = 0;
  } else if (header.deleted || header.new_name == detail::kDevNull) {
    file_.status = FileStatus::kDeleted;
    file_.old_path = names.old_name;
    file_.new_mode = 0;
  } else {
    file_.old_path = names.old_name;
    file_.new_path = names.new_name;
  }
  return true;
}

// git writes a type change as a deletion and an addition, one right after the other.
void Parser::merge_type_change(const FileHeader& before, const char* start) {
  if (previous_end_ != start || before.status != FileStatus::kDeleted || before.parents != 1 ||
      file_.status != FileStatus::kAdded || before.old_path != file_.new_path || !before.old_mode ||
      !file_.new_mode || (*before.old_mode & kTypeMask) == (*file_.new_mode & kTypeMask))
    return;
  file_.status = FileStatus::kTypeChanged;
  file_.old_path = file_.new_path;
  file_.old_mode = before.old_mode;
  file_.replaces_previous = true;
}

FileHeader Parser::start_file() {
  const FileHeader before = file_;
  file_ = FileHeader{};
  generation_ ^= 1U;  // the names of the file before stay alive for merge_type_change()
  names_decoded_ = 0;
  return before;
}

Event Parser::finish_file(bool has_hunks) {
  state_ = has_hunks ? State::kBeforeHunk : State::kBetween;
  previous_end_ = p_;
  return Event::kFile;
}

Event Parser::git_file() {
  GitHeader header;
  header.start = p_;
  const FileHeader before = start_file();
  std::string_view line;
  if (!header_line(line)) return Event::kError;
  header.names = line.substr(std::string_view("diff --git ").size());
  if (!read_quoted_pair(header)) return Event::kError;
  if (!header.pair && !detail::is_plain_name(header.names))
    return fail(ParseErrorCode::kMalformedName, p_);
  take_line(line);
  const char* const second_line = p_;
  if (!extended_headers(header) || !content_start(header)) return Event::kError;
  if (p_ == second_line && p_ == end_) return fail(ParseErrorCode::kTruncated, p_);
  file_.binary = header.binary;
  file_.old_mode = header.old_mode ? header.old_mode : header.index_mode;
  file_.new_mode = header.new_mode ? header.new_mode : header.index_mode;
  if (!resolve_names(header)) return Event::kError;
  // Two names without "rename" lines, or hunks between them: the rest of the header is missing.
  const bool moved = file_.old_path && file_.new_path && file_.old_path != file_.new_path;
  if (p_ == end_ && moved && !header.from) return fail(ParseErrorCode::kTruncated, p_);
  merge_type_change(before, header.start);
  return finish_file(header.old_name.has_value());
}

bool Parser::starts_plain_file(const char* at) const {
  return detail::is_plain_file_start({at, static_cast<std::size_t>(end_ - at)});
}

Event Parser::plain_file() {
  const char* const start = p_;
  (void)start_file();
  std::optional<std::string_view> old_name;
  std::optional<std::string_view> new_name;
  if (!name_lines(old_name, new_name)) return Event::kError;
  const bool added = old_name == detail::kDevNull;
  const bool deleted = new_name == detail::kDevNull;
  if (added && deleted) return fail(ParseErrorCode::kInconsistentNames, start);
  if (added) {
    file_.status = FileStatus::kAdded;
    file_.new_path = detail::strip_prefix(*new_name);
    file_.old_mode = 0;
  } else if (deleted) {
    file_.status = FileStatus::kDeleted;
    file_.old_path = detail::strip_prefix(*old_name);
    file_.new_mode = 0;
  } else {
    const detail::NamePair names = detail::strip_prefixes({*old_name, *new_name});
    file_.old_path = names.old_name;
    file_.new_path = names.new_name;
  }
  return finish_file(true);
}

}  // namespace diff
COEFFICIENT_END_NAMESPACE
