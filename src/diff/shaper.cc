#include "diff/shaper.h"

#include <algorithm>
#include <limits>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {
namespace {

// Cuts at `max_bytes`, or up to three bytes before it where that would split a UTF-8 sequence.
void cut(Shaped& shaped, std::uint64_t max_bytes) {
  const std::size_t size = shaped.text.size();
  std::size_t end = max_bytes;
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(shaped.text[at]) & 0xc0U) == 0x80U;
  };
  while (end > max_bytes - 3 && continues(end)) --end;
  if (continues(end)) end = max_bytes;  // not UTF-8
  shaped.text = shaped.text.substr(0, end);
  shaped.cut = size - end;
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
  return finish(redactor_.changed(kind, text, redacted_), max_line_bytes_);
}

const Shaped& Shaper::path(std::string_view path) {
  return text(path, std::numeric_limits<std::uint64_t>::max());  // half a path names no file
}

const Shaped& Shaper::text(std::string_view text, std::uint64_t max_bytes) {
  return finish(redactor_.text(text, redacted_), max_bytes);
}

const Shaped& Shaper::finish(std::string_view redacted, std::uint64_t max_bytes) {
  if (shaped_.found) shaped_.findings = {};
  shaped_.text = redacted;
  shaped_.redactions = redactor_.last();
  if (escape_) {
    shaped_.text = escape_invisible(redacted, escaped_, shaped_.findings);
    shaped_.escaped = shaped_.text.data() != redacted.data();
    shaped_.found = shaped_.escaped;
  }
  shaped_.cut = 0;
  if (shaped_.text.size() > max_bytes) cut(shaped_, max_bytes);
  return shaped_;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
