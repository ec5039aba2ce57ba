// Any bytes as a text and as changed lines: the redactor ends, reads only its input, keeps the
// number of lines and every byte that it does not replace, in a second run too; and the prefilter
// of this processor finds what the portable one finds.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "coefficient/diff/redaction.h"
#include "diff/prefilter.h"

namespace {

namespace diff = coefficient::diff;
using diff::detail::Prefilter;

void require(bool holds) {
  if (!holds) std::abort();
}

void prefilters_agree(std::string_view text) {
  const std::string_view block = text.substr(0, Prefilter::kBlock);
  Prefilter::Bits portable{};
  Prefilter::Bits best{};
  const std::size_t beyond = text.size() - block.size();
  const bool any = Prefilter::instance().scan(block, beyond, portable, Prefilter::Isa::kPortable);
  require(any == Prefilter::instance().scan(block, beyond, best));
  require(portable == best);
}

void invariants(const diff::RedactionRules& rules, std::string_view text) {
  auto redactor = diff::Redactor::create(rules);
  require(redactor.has_value());
  std::string buffer;
  const std::string once(redactor->text(text, buffer));
  require(std::count(text.begin(), text.end(), '\n') == std::count(once.begin(), once.end(), '\n'));
  if (redactor->last().size() < diff::Redactor::kMaxReported) {
    std::string rebuilt;
    std::size_t from = 0;
    for (const diff::Redaction& redaction : redactor->last()) {
      require(redaction.offset >= from && redaction.length > 0 &&
              redaction.length <= text.size() - redaction.offset);
      rebuilt.append(text.substr(from, redaction.offset - from)).append("[REDACTED:");
      rebuilt.append(rules.name(redaction.rule));
      if (redaction.ordinal != 0) rebuilt.append("#").append(std::to_string(redaction.ordinal));
      rebuilt.append("]");
      from = redaction.offset + redaction.length;
    }
    require(rebuilt.append(text.substr(from)) == once);
  }
  const std::string_view twice = redactor->text(once, buffer);
  require(std::count(once.begin(), once.end(), '\n') ==
          std::count(twice.begin(), twice.end(), '\n'));
}

void lines(const diff::RedactionRules& rules, std::string_view text) {
  auto redactor = diff::Redactor::create(rules);
  require(redactor.has_value());
  redactor->begin_input(text);
  std::string buffer;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at + 1, end > at ? end - at - 1 : 0);
    if (text[at] == '@') redactor->begin_hunk();
    if (text[at] == 'd') redactor->begin_file();
    if (text[at] == ' ') redactor->context(line);
    const auto kind = text[at] == '-' ? diff::LineKind::kRemoved : diff::LineKind::kAdded;
    if (end > at) require(redactor->changed(kind, line, buffer).find('\n') == std::string::npos);
    at = end + 1;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto rules = diff::RedactionRules::create();
  static const auto with_host = diff::RedactionRules::create(
      {.rules = {{"ticket", "T[0-9]{3,}"}, {"rest", "begin.*end"}, {"letter", "z"}}});
  require(rules.has_value() && with_host.has_value());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  prefilters_agree(text);
  invariants(*rules, text);
  lines(*rules, text);
  lines(*with_host, text);
  return 0;
}
