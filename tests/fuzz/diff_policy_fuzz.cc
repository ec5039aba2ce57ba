// Policies, and manifests for verify_manifest(), are JSON from outside.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "coefficient/diff/manifest.h"
#include "coefficient/diff/minimizer.h"
#include "coefficient/diff/policy.h"

namespace {

namespace diff = coefficient::diff;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const diff::Minimizer minimizer = *diff::Minimizer::create({});
  static const std::string_view change = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";
  const auto found = diff::verify_manifest(
      text, minimizer,
      {.title = "t", .description = "d", .diff = std::as_bytes(std::span(change))});
  (void)found;

  const auto policy = diff::parse_policy(text);
  if (!policy) {
    require(!policy.error().message.empty());
    return 0;
  }
  const auto canonical = diff::canonical_json(*policy);
  require(canonical.has_value());
  const auto again = diff::parse_policy(*canonical);
  require(again && *diff::canonical_json(*again) == *canonical);
  const auto made = diff::Minimizer::create(*policy);
  if (made)
    (void)made->minimize(
        {.title = "t", .description = "d", .diff = std::as_bytes(std::span(change))});
  return 0;
}
