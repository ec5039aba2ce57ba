#include "coefficient/diff/exclusions.h"

#include <utility>
#include <vector>

#include "diff/attributes.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {
namespace {

// As linguist reads an attribute: there, and not "false".
bool is_true(detail::AttributeState state) noexcept {
  return state == detail::AttributeState::kSet || state == detail::AttributeState::kValue;
}

}  // namespace

Exclusions::Exclusions(std::shared_ptr<const detail::Attributes> attributes) noexcept
    : attributes_(std::move(attributes)) {}

Result<Exclusions> Exclusions::create(std::span<const AttributesFile> files, bool defaults) {
  std::vector<AttributesFile> all;
  if (defaults) all.push_back({"", default_exclusions()});
  all.insert(all.end(), files.begin(), files.end());
  auto attributes = detail::Attributes::parse(all);
  if (!attributes) return attributes.error();
  return Exclusions(std::make_shared<const detail::Attributes>(*std::move(attributes)));
}

Exclusions::Reason Exclusions::of(std::string_view path) const {
  const detail::LinguistStates states = attributes_->of(path);
  if (is_true(states.generated)) return Reason::kGenerated;
  return is_true(states.vendored) ? Reason::kVendored : Reason::kNone;
}

}  // namespace diff
COEFFICIENT_END_NAMESPACE
