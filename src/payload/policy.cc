#include "coefficient/payload/policy.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "core/crypto/digest.h"
#include "core/json.h"
#include "core/utf8.h"
#include "payload/compiled_policy.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace payload {
namespace {

using detail::CompiledPolicy;
using detail::kMaxCharacters;
using detail::Node;

constexpr std::size_t kMaxRules = 256;
constexpr std::size_t kMaxPointerBytes = 512;
constexpr std::size_t kMaxTokens = 16;
constexpr std::size_t kMaxIdBytes = 128;

Error invalid(std::string message) {
  return Error{ErrorCode::kInvalidArgument, "policy: " + std::move(message)};
}

// As RFC 8785 writes a string. The text is UTF-8, which is checked before.
std::string json_string(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Error at_rule(std::size_t index, const Rule& rule, const std::string& what) {
  const bool shown = utf8::is_valid(rule.pointer) && rule.pointer.size() <= kMaxPointerBytes;
  return invalid("rules[" + std::to_string(index) + "] " +
                 (shown ? json_string(rule.pointer) + " " : "") + what);
}

bool is_id(std::string_view id) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-";
  return !id.empty() && id.size() <= kMaxIdBytes &&
         id.find_first_not_of(kAllowed) == std::string_view::npos;
}

// RFC 6901 section 4: no leading zeros.
bool is_index(std::string_view token) {
  return !token.empty() && token.find_first_not_of("0123456789") == std::string_view::npos &&
         (token.size() == 1 || token[0] != '0');
}

bool before(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

// What is wrong with a rule by itself, or its tokens.
Result<std::vector<std::string>> tokens_of(const Rule& rule, std::size_t index) {
  if (rule.pointer.size() > kMaxPointerBytes)
    return at_rule(index, rule, "has a pointer of more than 512 bytes");
  if (!utf8::is_valid(rule.pointer)) return at_rule(index, rule, "has a pointer that is not UTF-8");
  auto tokens = json::split_pointer(rule.pointer);
  if (!tokens) return at_rule(index, rule, "is not a JSON Pointer");
  if (tokens->empty()) return at_rule(index, rule, "would keep the whole payload");
  if (tokens->size() > kMaxTokens) return at_rule(index, rule, "has more than 16 tokens");
  if (rule.transform == Transform::kTruncate) {
    if (rule.max == 0 || rule.max > kMaxCharacters)
      return at_rule(index, rule, "needs a max from 1 to 1000000");
  } else if (rule.max != 0) {
    return at_rule(index, rule, "has a max but does not truncate");
  }
  return *std::move(tokens);
}

// Adds one rule to the trie; what is wrong with it beside the others, if anything.
std::optional<std::string> insert(CompiledPolicy& policy, std::vector<std::string> tokens,
                                  std::size_t rule) {
  std::size_t at = 0;
  for (std::string& token : tokens) {
    if (policy.nodes[at].rule != Node::kNone) return "is below another rule";
    std::size_t next = policy.member(at, token);
    if (next == Node::kNone) {
      next = policy.nodes.size();
      std::string name = json_string(token) + ':';
      policy.nodes.push_back({.token = std::move(token), .name = std::move(name)});
      Node& parent = policy.nodes[at];
      const std::string& added = policy.nodes[next].token;
      const auto place = std::lower_bound(parent.children.begin(), parent.children.end(), added,
                                          [&](std::size_t child, const std::string& t) {
                                            return before(policy.nodes[child].token, t);
                                          });
      parent.children.insert(place, next);
      if (added == "*") parent.each = next;
      parent.has_index = parent.has_index || is_index(added);
      if (parent.each != Node::kNone && parent.has_index) return "has * beside an array index";
    }
    at = next;
  }
  if (policy.nodes[at].rule != Node::kNone) return "stands twice";
  if (!policy.nodes[at].children.empty()) return "is above another rule";
  policy.nodes[at].rule = rule;
  return std::nullopt;
}

std::string canonical(const CompiledPolicy& policy) {
  std::string out = "{\"id\":" + json_string(policy.id) + ",\"rules\":[";
  for (const Rule& rule : policy.rules) {
    if (&rule != &policy.rules.front()) out += ',';
    out += '{';
    if (rule.transform == Transform::kTruncate) out += "\"max\":" + std::to_string(rule.max) + ',';
    out += "\"pointer\":" + json_string(rule.pointer);
    if (rule.transform == Transform::kHmac) out += ",\"transform\":\"hmac\"";
    if (rule.transform == Transform::kTruncate) out += ",\"transform\":\"truncate\"";
    out += '}';
  }
  return out + "]}";
}

}  // namespace

namespace detail {

std::size_t CompiledPolicy::member(std::size_t node, std::string_view name) const {
  const std::vector<std::size_t>& children = nodes[node].children;
  const auto found = std::lower_bound(
      children.begin(), children.end(), name,
      [&](std::size_t child, std::string_view n) { return before(nodes[child].token, n); });
  return found != children.end() && nodes[*found].token == name ? *found : Node::kNone;
}

std::size_t CompiledPolicy::element(std::size_t node, std::size_t index) const {
  if (nodes[node].each != Node::kNone || !nodes[node].has_index) return nodes[node].each;
  return member(node, std::to_string(index));
}

}  // namespace detail

Policy::Policy(std::shared_ptr<const CompiledPolicy> compiled) noexcept
    : compiled_(std::move(compiled)) {}

Result<Policy> Policy::create(std::string_view id, std::vector<Rule> rules) {
  if (!is_id(id)) return invalid("id must be 1 to 128 characters of A-Z a-z 0-9 . _ @ -");
  if (rules.empty()) return invalid("there is no rule");
  if (rules.size() > kMaxRules)
    return Error{ErrorCode::kResourceExhausted, "policy: there are more than 256 rules"};
  auto policy = std::make_shared<CompiledPolicy>();
  policy->id = id;
  policy->nodes.emplace_back();
  std::vector<std::size_t> order(rules.size());
  for (std::size_t i = 0; i < rules.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return rules[a].pointer != rules[b].pointer ? rules[a].pointer < rules[b].pointer : a < b;
  });
  std::vector<std::size_t> rank(rules.size());
  for (std::size_t i = 0; i < order.size(); ++i) rank[order[i]] = i;
  // In the order of the author, so that the rule that is named is the later of two.
  for (std::size_t i = 0; i < rules.size(); ++i) {
    auto tokens = tokens_of(rules[i], i);
    if (!tokens) return tokens.error();
    if (const auto fault = insert(*policy, *std::move(tokens), rank[i]))
      return at_rule(i, rules[i], *fault);
    policy->needs_hmac_key = policy->needs_hmac_key || rules[i].transform == Transform::kHmac;
  }
  for (const std::size_t i : order) policy->rules.push_back(std::move(rules[i]));
  policy->canonical_json = canonical(*policy);
  const auto hash = crypto::sha256({std::as_bytes(std::span(policy->canonical_json))});
  if (!hash) return hash.error();
  policy->sha256 = *hash;
  return Policy(std::move(policy));
}

std::string_view Policy::id() const noexcept {
  return compiled_->id;
}
const std::vector<Rule>& Policy::rules() const noexcept {
  return compiled_->rules;
}
std::string_view Policy::canonical_json() const noexcept {
  return compiled_->canonical_json;
}
const std::array<std::byte, 32>& Policy::sha256() const noexcept {
  return compiled_->sha256;
}
bool Policy::needs_hmac_key() const noexcept {
  return compiled_->needs_hmac_key;
}

}  // namespace payload
COEFFICIENT_END_NAMESPACE
