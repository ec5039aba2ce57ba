// Any bytes as a diff: the parser ends, reads only its input, counts every byte once; and what the
// minimizer answers is JSON with the same lines, or an error exactly where the parser has one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "coefficient/diff/minimizer.h"
#include "coefficient/diff/parser.h"
#include "coefficient/diff/summary.h"

namespace {

namespace diff = coefficient::diff;

void require(bool holds) {
  if (!holds) std::abort();
}

// Runs a parser to its end; true if it accepts the input.
bool run(diff::Parser& parser, std::span<const std::byte> input) {
  const char* const begin = reinterpret_cast<const char*>(input.data());
  std::uint64_t bytes = 0;
  std::size_t touched = 0;  // reads every view: the sanitizer sees one that dangles
  while (true) {
    switch (parser.next()) {
      case diff::Event::kFile:
        if (parser.file().old_path) touched += std::string(*parser.file().old_path).size();
        if (parser.file().new_path) touched += std::string(*parser.file().new_path).size();
        require(parser.file().parents >= 1 && parser.file().parents <= diff::Parser::kMaxParents);
        break;
      case diff::Event::kHunk:
        require(!parser.hunk().old_ranges.empty());
        touched += std::string(parser.hunk().heading).size();
        break;
      case diff::Event::kLine: {
        const diff::Line& line = parser.line();
        bytes += line.size;
        require(line.text.data() >= begin &&
                line.text.data() + line.text.size() <= begin + input.size());
        require(line.text.find('\n') == std::string_view::npos);
        break;
      }
      case diff::Event::kEnd:
        require(bytes + parser.other_bytes() == input.size());
        require(parser.next() == diff::Event::kEnd);
        return touched != SIZE_MAX;
      case diff::Event::kError:
        require(parser.error().offset <= input.size() && parser.error().line >= 1);
        require(parser.next() == diff::Event::kError);
        return false;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  diff::Parser parser(input);
  const bool accepted = run(parser, input);
  diff::Parser bare(input, diff::FileHeader{.old_path = "p", .new_path = "p"});
  (void)run(bare, input);

  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const diff::Minimizer verbatim = [] {
    diff::Policy policy;
    policy.default_exclusions = false;
    policy.redaction.builtin = false;
    return *diff::Minimizer::create(policy);
  }();
  const auto out = verbatim.minimize(
      {.title = text.substr(0, 20), .description = text.substr(size / 2), .diff = input});
  require(out.has_value() == accepted);
  const auto summary = diff::summarize(input);
  require(summary.has_value() == accepted);
  if (!accepted) return 0;

  const auto json = nlohmann::json::parse(out->json, nullptr, false);
  require(!json.is_discarded() && json["files"].size() == summary->size());
  std::size_t lines = 0;
  for (const auto& file : json["files"])
    for (const auto& hunk : file["hunks"]) lines += hunk.size();
  require(lines == out->report.added_lines + out->report.removed_lines);
  require(out->report.input_bytes == size);
  return 0;
}
