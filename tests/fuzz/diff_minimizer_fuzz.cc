// The whole pipeline: the first bytes choose policy and format, the rest is the change.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "coefficient/diff/manifest.h"
#include "coefficient/diff/minimizer.h"

namespace {

namespace diff = coefficient::diff;
using nlohmann::json;

void require(bool condition) {
  if (!condition) std::abort();
}

std::vector<diff::Minimizer> make_minimizers() {
  std::vector<diff::Minimizer> made;
  for (const std::uint64_t budget : {0U, 300U, 1000U, 5000U}) {
    for (const bool collapse : {false, true}) {
      diff::Policy policy;
      policy.budget_bytes = budget;
      policy.collapse_whitespace = collapse;
      policy.max_line_bytes = collapse ? 16 : 4096;
      policy.redaction.rules = {{"host", "ho+st[0-9]"}};
      made.push_back(*diff::Minimizer::create(policy));
    }
  }
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<diff::Minimizer> minimizers = make_minimizers();
  if (size < 2) return 0;
  const std::size_t chosen = data[0] % minimizers.size();
  const std::string_view text(reinterpret_cast<const char*>(data + 2), size - 2);
  const diff::Change change{.title = text.substr(0, 20),
                            .description = text.substr(text.size() / 2),
                            .diff = std::as_bytes(std::span(text)),
                            .format = static_cast<diff::InputFormat>(data[1] % 3)};
  const auto out = minimizers[chosen].minimize_with_manifest(change);
  if (!out) return 0;

  const diff::MinimizeReport& report = out->report;
  require(report.input_bytes == report.kept_bytes + report.withheld_bytes);
  require(report.input_lines ==
          report.added_lines + report.removed_lines + report.withheld_context_lines +
              report.withheld_other_lines + report.withheld_excluded_lines +
              report.withheld_whitespace_lines + report.withheld_budget_lines);
  constexpr std::uint64_t kBudgets[] = {SIZE_MAX, 300, 1000, 5000};
  require(out->json.size() <= kBudgets[chosen / 2]);
  const json document = json::parse(out->json, nullptr, false);
  require(!document.is_discarded());
  require(document["files"].size() + report.omitted_files == report.files);
  const json manifest = json::parse(out->manifest, nullptr, false);
  require(!manifest.is_discarded() && manifest.dump() == out->manifest);
  const auto again = diff::verify_manifest(out->manifest, minimizers[chosen], change, out->json);
  require(again && *again == diff::ManifestMismatch::kNone);
  return 0;
}
