#include "coefficient/diff/policy.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/json.h"
#include "core/json_members.h"
#include "core/utf8.h"
#include "diff/json_writer.h"
#include "diff/policy_check.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {
namespace {

using json::Members;

constexpr std::size_t kMaxIdBytes = 128;
constexpr std::uint64_t kMinTextBytes = 16;
constexpr std::uint64_t kMaxBytesPerToken = 16;
// What a double holds exactly, as RFC 8785 wants of numbers.
constexpr std::uint64_t kMaxNumber = (std::uint64_t{1} << 53U) - 1;

Error fault(const std::string& what) {
  return Error{ErrorCode::kInvalidArgument, "policy: " + what};
}

void read_policy(Members& r, Policy& policy) {
  r.text("id", policy.id, true);
  r.object("exclude", [&](Members& exclude) {
    exclude.boolean("defaults", policy.default_exclusions);
    exclude.text("attributes", policy.exclusions);
  });
  r.object("redact", [&](Members& redact) {
    redact.boolean("builtin", policy.redaction.builtin);
    redact.texts("disabled", policy.redaction.disabled);
    redact.objects("rules", false, [&](Members& rule) {
      RedactionRule& read = policy.redaction.rules.emplace_back();
      rule.text("name", read.name, true);
      rule.text("pattern", read.pattern, true);
    });
  });
  r.boolean("escape_invisible", policy.escape_invisible);
  r.boolean("collapse_whitespace", policy.collapse_whitespace);
  r.object("limits", [&](Members& limits) {
    limits.number("title_bytes", kMaxNumber, policy.max_title_bytes);
    limits.number("description_bytes", kMaxNumber, policy.max_description_bytes);
    limits.number("line_bytes", kMaxNumber, policy.max_line_bytes);
  });
  r.object("budget", [&](Members& budget) {
    budget.number("bytes", kMaxNumber, policy.budget_bytes);
    budget.number("tokens", kMaxNumber, policy.budget_tokens);
    budget.number("bytes_per_token", kMaxBytesPerToken, policy.bytes_per_token);
  });
  r.refuse_others();
}

// The texts of a policy, in the order in which they are written.
bool all_utf8(const Policy& policy) {
  const RedactionOptions& redaction = policy.redaction;
  return utf8::is_valid(policy.exclusions) &&
         std::all_of(redaction.disabled.begin(), redaction.disabled.end(), utf8::is_valid) &&
         std::all_of(redaction.rules.begin(), redaction.rules.end(), [](const RedactionRule& rule) {
           return utf8::is_valid(rule.name) && utf8::is_valid(rule.pattern);
         });
}

void write_number(detail::JsonWriter& json, const char* name, std::uint64_t value) {
  json.key(name);
  json.value(value);
}

void write_redaction(detail::JsonWriter& json, const RedactionOptions& redaction) {
  json.begin_object();
  json.key("builtin");
  json.value(redaction.builtin);
  json.key("disabled");
  json.begin_array();
  for (const std::string& name : redaction.disabled) json.quoted(name);
  json.end_array();
  json.key("rules");
  json.begin_array();
  for (const RedactionRule& rule : redaction.rules) {
    json.begin_object();
    json.key("name");
    json.quoted(rule.name);
    json.key("pattern");
    json.quoted(rule.pattern);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace

Result<> detail::check_policy(const Policy& policy) {
  const auto printable = [](char c) { return c > ' ' && c < 0x7f; };
  if (policy.id.empty() || policy.id.size() > kMaxIdBytes ||
      !std::all_of(policy.id.begin(), policy.id.end(), printable))
    return fault("id must be 1 to 128 characters of printable ASCII without blanks");
  struct Bound {
    const char* name;
    std::uint64_t value;
    std::uint64_t min;
    std::uint64_t max;
  };
  const std::array<Bound, 6> bounds{
      {{"limits.title_bytes", policy.max_title_bytes, kMinTextBytes, kMaxNumber},
       {"limits.description_bytes", policy.max_description_bytes, kMinTextBytes, kMaxNumber},
       {"limits.line_bytes", policy.max_line_bytes, kMinTextBytes, kMaxNumber},
       {"budget.bytes", policy.budget_bytes, 0, kMaxNumber},
       {"budget.tokens", policy.budget_tokens, 0, kMaxNumber},
       {"budget.bytes_per_token", policy.bytes_per_token, 1, kMaxBytesPerToken}}};
  for (const Bound& bound : bounds)
    if (bound.value < bound.min || bound.value > bound.max)
      return fault(std::string(bound.name) + " must be from " + std::to_string(bound.min) + " to " +
                   std::to_string(bound.max));
  return {};
}

Result<Policy> parse_policy(std::string_view text) {
  constexpr json::Limits kLimits{.max_bytes = std::size_t{1} << 20U, .max_depth = 5};
  if (const auto strict = json::check(text, kLimits); !strict)
    return Error{strict.error().code, "policy: " + strict.error().message};
  const Members::Dom document = Members::Dom::parse(text, nullptr, /*allow_exceptions=*/false);
  Error fault{ErrorCode::kInvalidArgument, ""};
  Policy policy;
  Members members(document, "policy", fault);
  read_policy(members, policy);
  if (!fault.message.empty()) return fault;
  if (Result<> sound = detail::check_policy(policy); !sound) return sound.error();
  return policy;
}

Result<std::string> canonical_json(const Policy& policy) {
  if (Result<> sound = detail::check_policy(policy); !sound) return sound.error();
  if (!all_utf8(policy)) return fault("a name, a pattern or the attributes are not UTF-8");
  detail::JsonWriter json;
  json.begin_object();
  json.key("budget");
  json.begin_object();
  write_number(json, "bytes", policy.budget_bytes);
  write_number(json, "bytes_per_token", policy.bytes_per_token);
  write_number(json, "tokens", policy.budget_tokens);
  json.end_object();
  json.key("collapse_whitespace");
  json.value(policy.collapse_whitespace);
  json.key("escape_invisible");
  json.value(policy.escape_invisible);
  json.key("exclude");
  json.begin_object();
  json.key("attributes");
  json.quoted(policy.exclusions);
  json.key("defaults");
  json.value(policy.default_exclusions);
  json.end_object();
  json.key("id");
  json.quoted(policy.id);
  json.key("limits");
  json.begin_object();
  write_number(json, "description_bytes", policy.max_description_bytes);
  write_number(json, "line_bytes", policy.max_line_bytes);
  write_number(json, "title_bytes", policy.max_title_bytes);
  json.end_object();
  json.key("redact");
  write_redaction(json, policy.redaction);
  json.end_object();
  return json.take();
}

}  // namespace diff
COEFFICIENT_END_NAMESPACE
