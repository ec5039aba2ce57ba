#include "diff/pem.h"

#include <algorithm>
#include <functional>

#include "diff/char_runs.h"
#include "diff/secret_shape.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

constexpr std::string_view kDashes = "-----";
constexpr std::string_view kBegin = "-----BEGIN";
constexpr std::string_view kEnd = "-----END";
constexpr std::size_t kLongestLabel = 64;
constexpr std::size_t kLongPiece = 40;   // of base64: nothing else is that long
constexpr std::size_t kShortPiece = 16;  // what a short last line may have
constexpr std::size_t kChecksum = 4;
constexpr int kMostIdleLines = 4;

bool is_base64(char c) noexcept {
  return is(CharClass::kBase64, c) || c == '=';
}

// Returns `line` without the space around it.
std::string_view trimmed(std::string_view line) noexcept {
  while (!line.empty() && is(CharClass::kSpace, line.front())) line.remove_prefix(1);
  while (!line.empty() && is(CharClass::kSpace, line.back())) line.remove_suffix(1);
  return line;
}

// Goes through the pieces of base64 in a text, those with a letter or digit. A literal "\n"
// separates; "\/" is how some write a slash in JSON.
class PieceReader {
 public:
  PieceReader(std::string_view text, std::size_t from) noexcept : text_(text), at_(from) {}

  bool next() noexcept {
    while (at_ < text_.size()) {
      if (const std::size_t skip = text_[at_] == '[' ? placeholder_at(text_, at_) : 0; skip != 0) {
        ++placeholders_;
        at_ += skip;
        continue;
      }
      const std::size_t from = at_;
      bool counts = false;
      for (std::size_t size = width(); size != 0; size = width()) {
        counts = counts || is(CharClass::kAlnum, text_[at_]);
        at_ += size;
      }
      if (counts) {
        at_ += padding();
        range_ = {from, at_};
        return true;
      }
      if (at_ == from) at_ += text_[at_] == '\\' ? 2U : 1U;
    }
    return false;
  }

  [[nodiscard]] TextRange range() const noexcept { return range_; }
  [[nodiscard]] std::string_view piece() const noexcept {
    return text_.substr(range_.begin, range_.end - range_.begin);
  }
  [[nodiscard]] std::size_t placeholders() const noexcept { return placeholders_; }

 private:
  // Of the base64 character at the cursor; 0 if there is none.
  [[nodiscard]] std::size_t width() const noexcept {
    if (at_ >= text_.size()) return 0;
    if (is(CharClass::kBase64, text_[at_])) return 1;
    return text_.substr(at_, 2) == "\\/" ? 2 : 0;
  }
  // In `name=value` it is none.
  [[nodiscard]] std::size_t padding() const noexcept {
    std::size_t end = at_;
    while (end < text_.size() && text_[end] == '=') ++end;
    const bool goes_on = end < text_.size() && is(CharClass::kBase64, text_[end]);
    return end - at_ <= 2 && !goes_on ? end - at_ : 0;
  }

  std::string_view text_;
  std::size_t at_;
  std::size_t placeholders_ = 0;
  TextRange range_;
};

struct Pieces {
  std::size_t count = 0;
  std::size_t placeholders = 0;
  bool checksum = false;  // "=aB3d": the CRC of RFC 9580 section 6.1
  std::string_view longest;
};

Pieces pieces(std::string_view line) noexcept {
  Pieces all;
  PieceReader reader(line, 0);
  while (reader.next()) {
    const std::string_view piece = reader.piece();
    ++all.count;
    const std::size_t begin = reader.range().begin;
    if (piece.size() == kChecksum && begin > 0 && line[begin - 1] == '=') all.checksum = true;
    if (piece.size() > all.longest.size()) all.longest = piece;
  }
  all.placeholders = reader.placeholders();
  return all;
}

// As base64 of random bytes nearly always is, and words of one case are not.
bool is_mixed(std::string_view piece) noexcept {
  bool lower = false;
  bool upper = false;
  for (const char c : piece) {
    if (is(CharClass::kDigit, c)) return true;
    lower = lower || (c >= 'a' && c <= 'z');
    upper = upper || (c >= 'A' && c <= 'Z');
  }
  return lower && upper;
}

bool is_long_piece(std::string_view piece) noexcept {
  return piece.size() >= kLongPiece || (piece.size() >= kShortPiece && looks_random(piece));
}

// Ends as base64 does whose bytes are no multiple of three.
bool is_padded(std::string_view piece) noexcept {
  return piece.size() % 4 == 0 && piece.ends_with('=') && is_mixed(piece);
}

// Whether `gap` has none but escapes, and of other characters those in `others`.
bool is_gap(std::string_view gap, std::string_view others) noexcept {
  for (std::size_t i = 0; i < gap.size(); ++i) {
    if (gap[i] == '\\') {
      ++i;  // and at the end of a line one that continues it
    } else if (others.find(gap[i]) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

// Whether nothing stands around a piece but how it is quoted, listed or commented out. Brackets
// would make it a call.
bool stands_alone(std::string_view line, TextRange piece) noexcept {
  constexpr std::string_view kAround = " \t\r\v\f\"'`,;:.+-*/#>|=";
  return is_gap(line.substr(0, piece.begin), kAround) && is_gap(line.substr(piece.end), kAround);
}

// RFC 1421 section 4.6 and RFC 9580 section 6.2.2: what may stand before the body.
bool is_armor_header(std::string_view line) noexcept {
  constexpr std::array<std::string_view, 6> kNames = {
      "Proc-Type:", "DEK-Info:", "Version:", "Comment:", "Hash:", "Charset:"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view name) { return line.find(name) < kShortPiece; });
}

}  // namespace

std::size_t private_key_marker(std::string_view text, std::size_t at) noexcept {
  if (text.substr(at, kBegin.size()) != kBegin) return 0;
  const std::size_t label = at + kBegin.size();
  std::size_t i = label;
  while (i < text.size() && i - label <= kLongestLabel &&
         (text[i] == ' ' || is(CharClass::kUpperNum, text[i])))
    ++i;
  std::string_view words = text.substr(label, i - label);
  constexpr std::string_view kBlock = " BLOCK";
  if (words.ends_with(kBlock)) words.remove_suffix(kBlock.size());
  if (!words.ends_with("PRIVATE KEY") || text.substr(i, kDashes.size()) != kDashes) return 0;
  return i + kDashes.size();
}

std::optional<TextRange> end_marker(std::string_view text, std::size_t from) noexcept {
  const std::size_t begin = text.find(kEnd, from);
  if (begin == std::string_view::npos) return std::nullopt;
  std::size_t i = begin + kEnd.size();
  while (i < text.size() && i - begin <= kLongestLabel &&
         (text[i] == ' ' || is(CharClass::kUpperNum, text[i])))
    ++i;
  if (text.substr(i, kDashes.size()) == kDashes) i += kDashes.size();
  return TextRange{begin, i};
}

bool has_base64_run(std::string_view line, std::size_t least) noexcept {
  // A run of `least` covers one of every `least` places.
  for (std::size_t probe = least - 1; probe < line.size(); probe += least) {
    if (!is_base64(line[probe])) continue;
    std::size_t begin = probe;
    while (begin > 0 && probe - begin < least && is_base64(line[begin - 1])) --begin;
    std::size_t end = probe + 1;
    while (end < line.size() && end - begin < least && is_base64(line[end])) ++end;
    if (end - begin >= least) return true;
  }
  return false;
}

bool is_key_body(std::string_view line) noexcept {
  const Pieces found = pieces(line);
  return found.placeholders == 0 && found.longest.size() * 2 > trimmed(line).size();
}

void add_key_range(std::string_view text, TextRange range, std::vector<TextRange>& keys) {
  if (!keys.empty()) {
    TextRange& last = keys.back();
    if (is_gap(text.substr(last.end, range.begin - last.end), " \t\"'`,+")) {
      last.end = range.end;
      return;
    }
  }
  if (keys.size() == kMostKeyRanges) {
    keys.back().end = text.size();
  } else {
    keys.push_back(range);
  }
}

bool add_key_pieces(std::string_view text, std::size_t from, std::size_t to, KeyPieces which,
                    std::vector<TextRange>& keys) {
  const std::string_view part = text.substr(0, to);
  const std::string_view between = which.between_marks ? " " : "";
  bool any = false;
  std::size_t end = 0;  // of the last one taken
  PieceReader reader(part, from);
  while (reader.next()) {
    const std::string_view piece = reader.piece();
    const TextRange range = reader.range();
    // A short one is taken behind another one on the line.
    const bool follows =
        any && is_mixed(piece) && is_gap(part.substr(end, range.begin - end), between);
    if (!follows && !is_long_piece(piece) && !(which.body_seen && is_padded(piece))) continue;
    any = true;
    end = range.end;
    add_key_range(text, range, keys);
    if (keys.back().end == text.size()) break;
  }
  return any;
}

void PemSide::line(std::string_view text, std::vector<TextRange>& keys) {
  const std::size_t next_key = text.find(kBegin);
  const auto end = end_marker(text, 0);
  if (next_key != std::string_view::npos && (!end || next_key < end->begin)) {
    close();
    return;
  }
  if (end) {
    if (body_seen_ || has_base64_run(text.substr(0, end->begin), kShortPiece))
      (void)add_key_pieces(text, 0, end->begin, {}, keys);
    close();
    if (keys.empty() || keys.back().end < end->begin) add_key_range(text, *end, keys);
    return;
  }
  const Pieces found = pieces(text);
  if (found.count == 0 && found.placeholders != 0) {
    body_seen_ = true;
    return;
  }
  bool body = false;
  // A line with a placeholder in it was no body before, or nothing else would be left of it.
  if (found.count == 1 && found.placeholders == 0) {
    const auto begin = static_cast<std::size_t>(found.longest.data() - text.data());
    const TextRange piece{begin, begin + found.longest.size()};
    const bool long_enough = found.longest.size() >= kShortPiece && idle_ == 0;
    if ((body_seen_ || long_enough) && is_mixed(found.longest) && stands_alone(text, piece)) {
      add_key_range(text, piece, keys);
      body = true;
    }
  }
  const bool body_seen = body_seen_ && found.placeholders == 0;
  body = body || add_key_pieces(text, 0, text.size(), {.body_seen = body_seen}, keys);
  if (body) {
    idle_ = 0;
    body_seen_ = true;
  } else if (found.placeholders == 0 && is_armor_header(text)) {
    idle_ = 0;
  } else if (++idle_ > kMostIdleLines) {
    // Comments may stand between the lines of a key, in a program `sb.append("\n")` before them.
    close();
  }
}

void PemLookAhead::set_input(std::string_view raw) noexcept {
  raw_ = raw;
  columns_ = 1;
  answers_ = {};
}

bool PemLookAhead::is_private(LineKind side, std::string_view line) noexcept {
  const std::less_equal<> not_after;
  if (raw_.empty() || !not_after(raw_.data(), line.data()) ||
      !not_after(line.data() + line.size(), raw_.data() + raw_.size()))
    return false;
  const auto from = static_cast<std::size_t>(line.data() - raw_.data());
  Answer& answer = answers_[side == LineKind::kRemoved ? 0 : 1];
  if (from < answer.from || from >= answer.until) answer = read(side, from + line.size());
  answer.from = std::min(answer.from, from);
  return answer.is_private;
}

PemLookAhead::Answer PemLookAhead::read(LineKind side, std::size_t from) const noexcept {
  constexpr std::size_t kLongestLine = 1024;
  const char other = side == LineKind::kRemoved ? '+' : '-';
  Answer answer{from, from, false};
  std::size_t at = from;  // at the LF of the line that asked
  int idle = 0;
  while (at < raw_.size()) {
    const std::size_t begin = at + 1;
    at = std::min(raw_.find('\n', begin), raw_.size());
    std::string_view line = raw_.substr(std::min(begin, raw_.size()), at - std::min(begin, at));
    answer.until = at;
    if (columns_ == 1 && line.starts_with(other)) continue;
    const std::string_view columns = line.substr(0, columns_);
    if (columns.find_first_not_of(" +-\\") != std::string_view::npos || line.starts_with("@@"))
      break;
    line.remove_prefix(columns.size());
    if (line.size() > kLongestLine) break;
    if (const auto end = end_marker(line, 0)) {
      answer.is_private =
          line.substr(end->begin, end->end - end->begin).find("PRIVATE KEY") != line.npos;
      break;
    }
    const Pieces found = pieces(line);
    if (is_long_piece(found.longest) || found.checksum ||
        (found.count == 1 && is_mixed(found.longest))) {
      idle = 0;
    } else if (found.count > 1 && ++idle > kMostIdleLines) {
      break;
    }
    if (found.placeholders != 0) break;
  }
  return answer;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
