#include "diff/shaper.h"

#include <algorithm>
#include <limits>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

constexpr std::size_t kKeptBytes = 16384;  // of a buffer, for the next line
constexpr std::size_t kPieceBytes = 2048;

bool continues(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

// Returns `at`, or up to three bytes before it where that would split a UTF-8 sequence.
std::size_t whole_characters(std::string_view text, std::size_t at) noexcept {
  std::size_t end = at;
  while (end > 0 && end + 3 > at && continues(text[end])) --end;
  return continues(text[end]) ? at : end;  // not UTF-8
}

// Returns where a piece of about `size` bytes ends, which is escaped like the same within the
// whole.
std::size_t piece_end(std::string_view text, std::size_t begin, std::size_t size) noexcept {
  if (text.size() - begin <= size) return text.size();
  std::size_t end = whole_characters(text, begin + size);
  // What follows a CR decides on it.
  while (end < text.size() && text[end - 1] == '\r') ++end;
  for (int i = 0; i < 3 && end < text.size() && continues(text[end]); ++i) ++end;
  return end;
}

// Cuts at `max_bytes`, or up to three bytes before it where that would split a UTF-8 sequence.
void cut(Shaped& shaped, std::uint64_t max_bytes) {
  const std::size_t size = shaped.text.size();
  const std::size_t end = whole_characters(shaped.text, max_bytes);
  shaped.text = shaped.text.substr(0, end);
  shaped.cut += size - end;
}

}  // namespace

Result<Shaper> Shaper::create(const RedactionRules& rules, const Policy& policy) {
  Result<Redactor> redactor = Redactor::create(rules);
  if (!redactor) return redactor.error();
  return Shaper(*std::move(redactor), policy);
}

Shaper::Shaper(Redactor redactor, const Policy& policy) noexcept
    : redactor_(std::move(redactor)),
      escape_(policy.escape_invisible),
      max_line_bytes_(policy.max_line_bytes) {}

const Shaped& Shaper::line(LineKind kind, std::string_view text) {
  if (redacted_.capacity() > kKeptBytes) std::string().swap(redacted_);
  return finish(redactor_.changed(kind, text, redacted_), max_line_bytes_);
}

// Half a path names no file, so it is not cut.
const Shaped& Shaper::path(std::string_view path) {
  const Shaped& shaped =
      finish(redactor_.text(path, redacted_), std::numeric_limits<std::uint64_t>::max());
  // Of these a text may have many, and a path none: it would forge a line in what shows it.
  if (escape_ && shaped.text.find_first_of("\r\n") != std::string_view::npos) {
    const std::string once(shaped.text);
    shaped_.text = escape_invisible(once, escaped_, shaped_.findings, LineEnds::kEscaped);
    shaped_.escaped = shaped_.found = true;
  }
  return shaped_;
}

const Shaped& Shaper::text(std::string_view text, std::uint64_t max_bytes) {
  return finish(redactor_.text(text, redacted_), max_bytes);
}

const Shaped& Shaper::finish(std::string_view redacted, std::uint64_t max_bytes) {
  if (shaped_.found) shaped_.findings = {};
  shaped_.text = redacted;
  shaped_.redactions = redactor_.last();
  shaped_.cut = 0;
  // Escapes only lengthen a text: what will be left of a long one is in its first bytes.
  if (escape_ && redacted.size() > max_bytes) {
    escape_long(redacted, max_bytes);
  } else if (escape_) {
    shaped_.text = escape_invisible(redacted, escaped_, shaped_.findings);
    shaped_.escaped = shaped_.text.data() != redacted.data();
    shaped_.found = shaped_.escaped;
  }
  if (shaped_.text.size() > max_bytes) cut(shaped_, max_bytes);
  return shaped_;
}

// Escapes the first `head` bytes and counts in the rest, a piece at a time, what escapes would make
// of it.
void Shaper::escape_long(std::string_view redacted, std::size_t head) {
  std::string piece_buffer;
  std::size_t begin = 0;
  bool escaped = false;
  for (std::size_t size = head + 3; begin < redacted.size(); size = kPieceBytes) {
    const std::size_t end = piece_end(redacted, begin, size);
    const std::string_view piece = redacted.substr(begin, end - begin);
    std::string& buffer = begin == 0 ? escaped_ : piece_buffer;
    const std::string_view out = escape_invisible(piece, buffer, shaped_.findings);
    escaped = escaped || out.data() != piece.data();
    if (begin == 0) {
      shaped_.text = out;
    } else {
      shaped_.cut += out.size();
    }
    begin = end;
  }
  shaped_.escaped = shaped_.found = escaped;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
