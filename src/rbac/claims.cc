// From the claims of a token to a principal.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "coefficient/rbac/policy.h"
#include "core/json.h"
#include "rbac/names.h"
#include "rbac/policy_document.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac {
namespace {

using Dom = nlohmann::json;
using detail::ClaimMapping;
using detail::invalid_policy;

constexpr std::size_t kMaxIssuers = 16;
constexpr std::size_t kMaxRules = 256;
constexpr std::size_t kMaxPointerBytes = 256;
constexpr std::size_t kMaxValueBytes = 255;

Result<std::vector<std::string>> pointer(const std::string& text, const std::string& path) {
  auto tokens = json::split_pointer(text);
  if (!tokens || tokens->empty() || text.size() > kMaxPointerBytes)
    return invalid_policy(path, "must be a JSON Pointer of 1 to 256 bytes");
  return *std::move(tokens);
}

Result<ClaimMapping> compile_mapping(const detail::ClaimsText& text, const std::string& path,
                                     const detail::CompiledPolicy& policy) {
  ClaimMapping out{text.issuer, text.prefix, {}, {}, {}};
  if (!detail::is_name(text.issuer))
    return invalid_policy(path + ".issuer", "must be a name of 1 to 255 bytes");
  if (!detail::is_name(text.prefix))
    return invalid_policy(path + ".prefix", "must be a name of 1 to 255 bytes");
  auto principal = pointer(text.principal, path + ".principal");
  if (!principal) return principal.error();
  out.principal = *std::move(principal);
  if (!text.tenant.empty()) {
    auto tenant = pointer(text.tenant, path + ".tenant");
    if (!tenant) return tenant.error();
    out.tenant = *std::move(tenant);
  }
  if (text.roles.size() > kMaxRules)
    return Error{ErrorCode::kResourceExhausted, "policy: " + path + ".roles has more than 256"};
  for (std::size_t i = 0; i < text.roles.size(); ++i) {
    const std::string rule = path + ".roles[" + std::to_string(i) + "]";
    auto claim = pointer(text.roles[i].claim, rule + ".claim");
    if (!claim) return claim.error();
    if (!detail::is_name(text.roles[i].value, kMaxValueBytes))
      return invalid_policy(rule + ".value", "must be a name of 1 to 255 bytes");
    const auto role = policy.role_names.find(text.roles[i].role);
    if (role == policy.role_names.end())
      return invalid_policy(rule + ".role", "is not the name of a role");
    if (policy.roles[role->second].scope == ScopeKind::kTenant && out.tenant.empty())
      return invalid_policy(rule + ".role", "is a tenant role, and no claim names the tenant");
    out.roles.push_back({*std::move(claim), text.roles[i].value, role->second});
  }
  return out;
}

const Dom* at(const Dom& claims, std::span<const std::string> path) {
  const Dom* value = &claims;
  for (const std::string& token : path) {
    if (!value->is_object()) return nullptr;
    const auto member = value->find(token);
    if (member == value->end()) return nullptr;
    value = &*member;
  }
  return value;
}

const std::string* text_at(const Dom& claims, std::span<const std::string> path) {
  const Dom* value = at(claims, path);
  return value == nullptr ? nullptr : value->get_ptr<const std::string*>();
}

// Equal to the claim, or to an element of it: never a part of a text.
bool has_value(const Dom& claims, const detail::ClaimRole& rule) {
  const Dom* value = at(claims, rule.claim);
  if (value == nullptr) return false;
  const auto equal = [&](const Dom& one) {
    const auto* text = one.get_ptr<const std::string*>();
    return text != nullptr && *text == rule.value;
  };
  return value->is_array() ? std::any_of(value->begin(), value->end(), equal) : equal(*value);
}

Error invalid_claims(const std::string& what) {
  return Error{ErrorCode::kInvalidArgument, "claims: " + what};
}

}  // namespace

namespace detail {

Result<std::vector<ClaimMapping>> compile_claims(const std::vector<ClaimsText>& texts,
                                                 const CompiledPolicy& policy) {
  if (texts.size() > kMaxIssuers)
    return Error{ErrorCode::kResourceExhausted, "policy: claims has more than 16"};
  std::vector<ClaimMapping> out;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string path = "claims[" + std::to_string(i) + "]";
    auto mapping = compile_mapping(texts[i], path, policy);
    if (!mapping) return mapping.error();
    for (const ClaimMapping& other : out) {
      if (other.issuer == mapping->issuer) return invalid_policy(path + ".issuer", "stands twice");
      // Else two issuers could make one id of two people.
      if (other.prefix.starts_with(mapping->prefix) || mapping->prefix.starts_with(other.prefix))
        return invalid_policy(path + ".prefix", "must not begin another issuer's, nor it this one");
    }
    out.push_back(*std::move(mapping));
  }
  return out;
}

}  // namespace detail

Result<Principal> Policy::principal_from_claims(std::string_view text) const {
  constexpr json::Limits kLimits{.max_bytes = std::size_t{64} * 1024, .max_depth = 16};
  if (const auto strict = json::check(text, kLimits); !strict)
    return Error{strict.error().code, "claims: " + strict.error().message};
  const Dom claims = Dom::parse(text, nullptr, /*allow_exceptions=*/false);
  const std::string iss = "iss";
  const std::string* issuer = text_at(claims, {&iss, 1});
  if (issuer == nullptr) return invalid_claims("iss must be a string");
  const auto mapping = std::find_if(compiled_->claims.begin(), compiled_->claims.end(),
                                    [&](const ClaimMapping& one) { return one.issuer == *issuer; });
  if (mapping == compiled_->claims.end())
    return Error{ErrorCode::kNotFound, "claims: the policy has no mapping for this issuer"};
  const std::string* subject = text_at(claims, mapping->principal);
  Principal out;
  if (subject != nullptr) out.id = mapping->prefix + *subject;
  if (subject == nullptr || subject->empty() || !detail::is_name(out.id))
    return invalid_claims("the principal must be a name of 1 to 255 bytes");
  const Dom* tenant = mapping->tenant.empty() ? nullptr : at(claims, mapping->tenant);
  const std::string* name = tenant == nullptr ? nullptr : tenant->get_ptr<const std::string*>();
  if (tenant != nullptr && (name == nullptr || !detail::is_name(*name)))
    return invalid_claims("the tenant must be a name of 1 to 255 bytes");
  std::vector<bool> given(compiled_->roles.size());
  for (const detail::ClaimRole& rule : mapping->roles) {
    const detail::CompiledRole& role = compiled_->roles[rule.role];
    const bool global = role.scope == ScopeKind::kGlobal;
    if (given[rule.role] || (!global && name == nullptr) || !has_value(claims, rule)) continue;
    given[rule.role] = true;
    out.roles.push_back({role.name, global ? Scope::global() : Scope::tenant(*name)});
  }
  return out;
}

}  // namespace rbac
COEFFICIENT_END_NAMESPACE
