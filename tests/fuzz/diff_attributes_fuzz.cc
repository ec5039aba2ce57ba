// Any bytes as gitattributes, and any path (what follows the last NUL): the parser ends with an
// answer or a limit, the answer is stable, the last line has the last word, and a file means the
// same in a directory as at the top.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/diff/exclusions.h"
#include "diff/attributes.h"

namespace {

using coefficient::ErrorCode;
using coefficient::diff::AttributesFile;
using coefficient::diff::Exclusions;
using coefficient::diff::detail::Attributes;
using coefficient::diff::detail::AttributeState;
using coefficient::diff::detail::LinguistStates;

void require(bool holds) {
  if (!holds) std::abort();
}

bool equal(const LinguistStates& a, const LinguistStates& b) {
  return a.generated == b.generated && a.vendored == b.vendored;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t nul = input.rfind('\0');
  if (nul == std::string_view::npos) return 0;
  const std::string_view text = input.substr(0, nul);
  const std::string path(input.substr(nul + 1));

  const AttributesFile top{"", text};
  const auto attributes = Attributes::parse({&top, 1});
  if (!attributes) {
    require(attributes.error().code == ErrorCode::kResourceExhausted);
    return 0;
  }
  const LinguistStates states = attributes->of(path);
  require(equal(states, attributes->of(path)));
  require(Exclusions::create({&top, 1}, false).has_value());
  if (path.empty() || path.size() > 4000) return 0;

  const std::string reset = std::string(text) + "\n* !linguist-generated !linguist-vendored";
  const AttributesFile last{"", reset};
  if (const auto changed = Attributes::parse({&last, 1}))
    require(equal(changed->of(path), LinguistStates{}));

  if (text.find('"') == std::string_view::npos && text.find("[attr]") == std::string_view::npos) {
    const AttributesFile below{"some/directory", text};
    const auto moved = Attributes::parse({&below, 1});
    require(moved.has_value() && equal(moved->of("some/directory/" + path), states));
    require(equal(moved->of("other/" + path), LinguistStates{}));
  }
  return 0;
}
