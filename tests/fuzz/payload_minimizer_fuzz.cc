// What is accepted is what the strict checker accepts, but for numbers beyond double precision; the
// output is strict JSON, is what the slow reference gives, and the books balance.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <string>
#include <string_view>

#include "coefficient/payload/minimizer.h"
#include "coefficient/payload/policy.h"
#include "core/json.h"
#include "payload/reference.h"

using namespace coefficient;

namespace {

const payload::Policy& policy() {
  static const payload::Policy kPolicy =
      payload::Policy::create(
          "fuzz", {{.pointer = "/a"},
                   {.pointer = "/b/*"},
                   {.pointer = "/c/*/a"},
                   {.pointer = "/c/*/b/1"},
                   {.pointer = "/c/*/b/0"},
                   {.pointer = "/~1/~0"},
                   {.pointer = "/t", .transform = payload::Transform::kTruncate, .max = 2},
                   {.pointer = "/*/*"}})
          .value();
  return kPolicy;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto out = payload::minimize(text, policy());
  const bool strict = json::check(text).has_value();
  if (strict && !out) std::abort();
  if (!out) return 0;
  const payload::MinimizeReport& report = out->report;
  if (report.input_leaves != report.kept_leaves + report.dropped_leaves ||
      report.kept_leaves != std::accumulate(report.kept_by_rule.begin(), report.kept_by_rule.end(),
                                            std::uint64_t{0}) ||
      report.output_bytes != out->json.size())
    std::abort();
  if (!strict) return 0;
  if (!json::check(out->json)) std::abort();
  const test::Tree document = test::Tree::parse(text, nullptr, false);
  if (test::Tree::parse(out->json, nullptr, false) != test::reference(document, policy()))
    std::abort();
  return 0;
}
