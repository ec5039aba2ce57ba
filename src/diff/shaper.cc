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
  if (size <= max_bytes) return;
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

Shaped Shaper::line(LineKind kind, std::string_view text) {
  return finish({.text = redactor_.changed(kind, text, redacted_)}, max_line_bytes_);
}

Shaped Shaper::path(std::string_view path) {
  return text(path, std::numeric_limits<std::uint64_t>::max());  // half a path names no file
}

Shaped Shaper::text(std::string_view text, std::uint64_t max_bytes) {
  return finish({.text = redactor_.text(text, redacted_)}, max_bytes);
}

Shaped Shaper::finish(Shaped shaped, std::uint64_t max_bytes) {
  shaped.redactions = redactor_.last();
  if (escape_) {
    const std::string_view before = shaped.text;
    shaped.text = escape_invisible(before, escaped_, shaped.findings);
    shaped.escaped = shaped.text.data() != before.data();
  }
  cut(shaped, max_bytes);
  return shaped;
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
