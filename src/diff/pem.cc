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
constexpr std::size_t kChecksum = 5;
constexpr int kMostIdleLines = 4;

bool is_base64(char c) noexcept {
  return is(CharClass::kBase64, c) || c == '=';
}

// The pieces of base64 in a line, of those with a letter or digit. A literal "\n" separates.
struct Pieces {
  std::size_t count = 0;
  std::size_t placeholders = 0;
  bool checksum = false;  // "=aB3d": the CRC of RFC 9580 section 6.1
  std::string_view longest;
};

Pieces pieces(std::string_view line) noexcept {
  Pieces all;
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == '\\') {
      i += 2;
      continue;
    }
    if (const std::size_t skip = line[i] == '[' ? placeholder_at(line, i) : 0; skip != 0) {
      ++all.placeholders;
      i += skip;
      continue;
    }
    const std::size_t from = i;
    bool counts = false;
    for (; i < line.size() && is_base64(line[i]); ++i)
      counts = counts || is(CharClass::kAlnum, line[i]);
    if (counts) ++all.count;
    if (counts && line[from] == '=' && i - from == kChecksum) all.checksum = true;
    if (counts && i - from > all.longest.size()) all.longest = line.substr(from, i - from);
    if (i == from) ++i;
  }
  return all;
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
  const TextRange text = trimmed(line);
  return found.placeholders == 0 && found.longest.size() * 2 > text.end - text.begin;
}

TextRange trimmed(std::string_view line) noexcept {
  TextRange range{0, line.size()};
  while (range.begin < range.end && is(CharClass::kSpace, line[range.begin])) ++range.begin;
  while (range.end > range.begin && is(CharClass::kSpace, line[range.end - 1])) --range.end;
  return range;
}

TextRange PemSide::line(std::string_view text) noexcept {
  const TextRange whole = trimmed(text);
  const std::string_view line = text.substr(whole.begin, whole.end - whole.begin);
  const std::size_t next_key = line.find(kBegin);
  const auto end = end_marker(text, 0);
  if (next_key != std::string_view::npos && (!end || next_key + whole.begin < end->begin)) {
    close();
    return {};
  }
  if (end) {
    const bool body = body_seen_ || has_base64_run(text.substr(0, end->begin), kShortPiece);
    close();
    return {body ? whole.begin : end->begin, end->end};
  }
  if (!line.empty() && placeholder_at(line, 0) == line.size()) {
    body_seen_ = true;
    return {};
  }
  const Pieces found = pieces(line);
  if (found.count == 0 && found.placeholders == 0) {
    if (++idle_ > kMostIdleLines) close();
    return {};
  }
  // A line with a placeholder in it was no body before, or nothing else would be left of it.
  const bool random = found.longest.size() >= kShortPiece && looks_random(found.longest);
  const bool header = found.placeholders == 0 && is_armor_header(line);
  bool body = found.longest.size() >= kLongPiece;
  if (found.placeholders == 0) {
    const bool long_enough = found.longest.size() >= kShortPiece && idle_ == 0;
    body = body || random || (found.count == 1 && (body_seen_ || long_enough));
  }
  if (!body && !header) {
    // In a program, the blank line before the body may have words in it: `sb.append("\n")`.
    if (body_seen_ || ++idle_ > kMostIdleLines) close();
    return {};
  }
  idle_ = 0;
  body_seen_ = body_seen_ || !header;
  return whole;
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
    const bool body = found.longest.size() >= kLongPiece || found.count <= 1 || found.checksum ||
                      (found.longest.size() >= kShortPiece && looks_random(found.longest));
    if (!body || found.placeholders != 0) break;
  }
  return answer;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
