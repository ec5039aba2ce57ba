#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "coefficient/payload/policy.h"
#include "core/json.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace payload {
namespace {

using Json = nlohmann::json;

Error fault(const std::string& where, const std::string& what) {
  return Error{ErrorCode::kInvalidArgument, "policy: " + where + " " + what};
}

Result<Rule> read_rule(const Json& object, const std::string& where) {
  if (!object.is_object()) return fault(where, "must be an object");
  Rule rule;
  for (const auto& [name, value] : object.items()) {
    const auto* string = value.get_ptr<const std::string*>();
    if (name == "pointer") {
      if (string == nullptr) return fault(where + ".pointer", "must be a string");
      rule.pointer = *string;
    } else if (name == "transform") {
      if (string != nullptr && *string == "hmac") {
        rule.transform = Transform::kHmac;
      } else if (string != nullptr && *string == "truncate") {
        rule.transform = Transform::kTruncate;
      } else {
        return fault(where + ".transform", "must be \"hmac\" or \"truncate\"");
      }
    } else if (name == "max") {
      const auto* number = value.get_ptr<const Json::number_unsigned_t*>();
      if (number == nullptr || *number == 0 || *number > 1'000'000)
        return fault(where + ".max", "must be an integer from 1 to 1000000");
      rule.max = static_cast<std::size_t>(*number);
    } else {
      return fault(where, "has a member that is not pointer, transform or max");
    }
  }
  if (!object.contains("pointer")) return fault(where, "has no pointer");
  return rule;
}

}  // namespace

Result<Policy> Policy::parse(std::string_view text) {
  constexpr json::Limits kLimits{.max_bytes = std::size_t{1} << 20U, .max_depth = 3};
  if (const auto strict = json::check(text, kLimits); !strict)
    return Error{strict.error().code, "policy: " + strict.error().message};
  const Json document = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return fault("it", "must be an object");
  std::string id;
  std::vector<Rule> rules;
  for (const auto& [name, value] : document.items()) {
    if (name == "id") {
      const auto* string = value.get_ptr<const std::string*>();
      if (string == nullptr) return fault("id", "must be a string");
      id = *string;
    } else if (name == "rules") {
      if (!value.is_array()) return fault("rules", "must be an array of objects");
      for (const Json& item : value) {
        auto rule = read_rule(item, "rules[" + std::to_string(rules.size()) + "]");
        if (!rule) return rule.error();
        rules.push_back(*std::move(rule));
      }
    } else {
      return fault("it", "has a member that is not id or rules");
    }
  }
  if (!document.contains("id")) return fault("id", "is missing");
  if (!document.contains("rules")) return fault("rules", "is missing");
  return create(id, std::move(rules));
}

}  // namespace payload
COEFFICIENT_END_NAMESPACE
