#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "coefficient/payload/policy.h"
#include "core/json.h"
#include "core/json_members.h"
#include "payload/compiled_policy.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace payload {
namespace {

using detail::kMaxCharacters;
using json::Members;

Rule read_rule(Members& r) {
  static constexpr std::array<std::pair<const char*, Transform>, 2> kTransforms{
      {{"hmac", Transform::kHmac}, {"truncate", Transform::kTruncate}}};
  Rule rule;
  r.text("pointer", rule.pointer, true);
  r.choice("transform", kTransforms, rule.transform);
  constexpr std::uint64_t kAbsent = kMaxCharacters + 1;
  std::uint64_t max = kAbsent;
  r.number("max", kMaxCharacters, max);
  if (max == 0) r.fail("max", "must be an integer from 1 to 1000000");
  if (max != kAbsent) rule.max = static_cast<std::size_t>(max);
  return rule;
}

}  // namespace

Result<Policy> Policy::parse(std::string_view text) {
  constexpr json::Limits kLimits{.max_bytes = std::size_t{1} << 20U, .max_depth = 3};
  if (const auto strict = json::check(text, kLimits); !strict)
    return Error{strict.error().code, "policy: " + strict.error().message};
  const Members::Dom document = Members::Dom::parse(text, nullptr, /*allow_exceptions=*/false);
  Error fault{ErrorCode::kInvalidArgument, ""};
  Members members(document, "policy", fault);
  std::string id;
  std::vector<Rule> rules;
  members.text("id", id, true);
  members.objects("rules", true, [&](Members& one) { rules.push_back(read_rule(one)); });
  members.refuse_others();
  if (!fault.message.empty()) return fault;
  return create(id, std::move(rules));
}

}  // namespace payload
COEFFICIENT_END_NAMESPACE
