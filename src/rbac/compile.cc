#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "rbac/names.h"
#include "rbac/policy_document.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac::detail {
namespace {

constexpr std::size_t kMaxRoles = 256;
constexpr std::size_t kMaxPermissions = 1024;  // of a role, inherited ones included
constexpr std::size_t kMaxParents = 32;
constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kMaxAssignments = 16384;
constexpr std::size_t kMaxRolesOfOne = 64;

Error too_many(const std::string& path, const std::string& what) {
  return Error{ErrorCode::kResourceExhausted, "policy: " + path + " " + what};
}

std::string element(const std::string& list, std::size_t index) {
  return list + "[" + std::to_string(index) + "]";
}

bool by_pattern(const Allowed& a, const Allowed& b) {
  return a.pattern < b.pattern;
}

Index intern(CompiledPolicy& policy, const std::string& text, const Permission& parts) {
  const bool any = parts.action == "*";
  const auto next = static_cast<Index>(policy.patterns.size());
  const auto [it, is_new] =
      any ? policy.any_action.emplace(parts.resource, next) : policy.exact.emplace(text, next);
  if (is_new) policy.patterns.push_back(text);
  return it->second;
}

Result<> add_permissions(CompiledPolicy& policy, Index role, const RoleText& text) {
  const std::string list = element("roles", role) + ".permissions";
  if (text.permissions.size() > kMaxPermissions) return too_many(list, "has more than 1024");
  std::set<Index> seen;
  for (std::size_t i = 0; i < text.permissions.size(); ++i) {
    const auto parts = split_permission(text.permissions[i], /*allow_any_action=*/true);
    if (!parts)
      return invalid_policy(element(list, i),
                            "must be resource:action or resource:*, each 1 to 64 "
                            "characters of a-z 0-9 . _ -");
    const Index pattern = intern(policy, text.permissions[i], *parts);
    if (!seen.insert(pattern).second) return invalid_policy(element(list, i), "stands twice");
    policy.roles[role].allowed.push_back({pattern, role});
  }
  std::sort(policy.roles[role].allowed.begin(), policy.roles[role].allowed.end(), by_pattern);
  return {};
}

Result<> add_roles(CompiledPolicy& policy, const std::vector<RoleText>& texts) {
  if (texts.size() > kMaxRoles) return too_many("roles", "has more than 256");
  for (Index i = 0; i < texts.size(); ++i) {
    const std::string path = element("roles", i) + ".name";
    if (!is_word(texts[i].name))
      return invalid_policy(path, "must be 1 to 64 characters of a-z 0-9 . _ -");
    if (!policy.role_names.emplace(texts[i].name, i).second)
      return invalid_policy(path, "stands twice");
    policy.roles.push_back({texts[i].name, texts[i].scope, {}, texts[i].grant});
    if (auto added = add_permissions(policy, i, texts[i]); !added) return added;
  }
  return {};
}

using Parents = std::vector<std::vector<Index>>;

Result<Parents> resolve_parents(const CompiledPolicy& policy, const std::vector<RoleText>& texts) {
  Parents out(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string list = element("roles", i) + ".inherits";
    if (texts[i].inherits.size() > kMaxParents) return too_many(list, "has more than 32");
    for (std::size_t j = 0; j < texts[i].inherits.size(); ++j) {
      const auto parent = policy.role_names.find(texts[i].inherits[j]);
      if (parent == policy.role_names.end())
        return invalid_policy(element(list, j), "is not the name of a role");
      if (policy.roles[parent->second].scope != texts[i].scope)
        return invalid_policy(element(list, j), "is a role for the other kind of scope");
      if (std::find(out[i].begin(), out[i].end(), parent->second) != out[i].end())
        return invalid_policy(element(list, j), "stands twice");
      out[i].push_back(parent->second);
    }
  }
  return out;
}

// `waiting` are the roles that inherit, in the end, from themselves.
Error cycle(const CompiledPolicy& policy, const Parents& parents, const std::set<Index>& waiting) {
  std::vector<Index> path{*waiting.begin()};
  for (;;) {
    const auto& next = parents[path.back()];
    path.push_back(*std::find_if(next.begin(), next.end(),
                                 [&](Index role) { return waiting.contains(role); }));
    const auto first = std::find(path.begin(), path.end(), path.back());
    if (first == std::prev(path.end())) continue;
    std::string names;
    for (auto it = first; it != path.end(); ++it)
      names += (names.empty() ? "" : ", ") + policy.roles[*it].name;
    return invalid_policy(element("roles", *first) + ".inherits", "is a cycle: " + names);
  }
}

// Level by level, so that each role is merged once and after all it inherits.
Result<> inherit(CompiledPolicy& policy, const Parents& parents) {
  std::set<Index> waiting;
  for (Index i = 0; i < parents.size(); ++i) waiting.insert(i);
  for (std::size_t depth = 0; !waiting.empty(); ++depth) {
    std::vector<Index> ready;
    for (const Index role : waiting)
      if (std::none_of(parents[role].begin(), parents[role].end(),
                       [&](Index parent) { return waiting.contains(parent); }))
        ready.push_back(role);
    if (ready.empty()) return cycle(policy, parents, waiting);
    for (const Index role : ready) {
      const std::string path = element("roles", role);
      if (depth > kMaxDepth) return too_many(path + ".inherits", "goes more than 8 roles deep");
      std::vector<Allowed>& allowed = policy.roles[role].allowed;
      for (const Index parent : parents[role]) {
        const std::vector<Allowed>& more = policy.roles[parent].allowed;
        std::vector<Allowed> both;
        std::set_union(allowed.begin(), allowed.end(), more.begin(), more.end(),
                       std::back_inserter(both), by_pattern);
        if (both.size() > kMaxPermissions)
          return too_many(path, "has more than 1024 permissions with those it inherits");
        allowed = std::move(both);
      }
      waiting.erase(role);
    }
  }
  return {};
}

bool can_be_held(const CompiledPolicy& policy, const Wanted& wanted, ScopeKind kind) {
  return std::any_of(policy.roles.begin(), policy.roles.end(), [&](const CompiledRole& role) {
    return role.scope == kind && find(role, wanted) != nullptr;
  });
}

Result<> check_terms(const CompiledPolicy& policy, const CompiledRole& role,
                     const std::string& path) {
  if (role.grant->max < std::chrono::seconds(1))
    return invalid_policy(path + ".max_seconds", "must be an integer from 1 to 604800");
  const auto request = policy.wanted(role.grant->request);
  if (!request) return invalid_policy(path + ".request", "must be resource:action");
  if (!can_be_held(policy, *request, role.scope) &&
      !can_be_held(policy, *request, ScopeKind::kGlobal))
    return invalid_policy(path + ".request", "is a permission that no role has");
  const auto approve = policy.wanted(role.grant->approve);
  if (!approve) return invalid_policy(path + ".approve", "must be resource:action");
  if (!can_be_held(policy, *approve, role.scope))
    return invalid_policy(path + ".approve",
                          "is a permission that no role for this kind of scope has");
  return {};
}

Result<> assign(CompiledPolicy& policy, const AssignmentText& text, const std::string& path) {
  if (!is_name(text.principal))
    return invalid_policy(path + ".principal", "must be a name of 1 to 255 bytes");
  const auto role = policy.role_names.find(text.role);
  if (role == policy.role_names.end())
    return invalid_policy(path + ".role", "is not the name of a role");
  const bool global = policy.roles[role->second].scope == ScopeKind::kGlobal;
  if (global && !text.tenant.empty())
    return invalid_policy(path + ".tenant", "goes with a tenant role, and this one is global");
  if (!global && !is_name(text.tenant))
    return invalid_policy(path + ".tenant", "must be a name of 1 to 255 bytes for a tenant role");
  Held held{role->second, global ? Scope::global() : Scope::tenant(text.tenant)};
  std::vector<Held>& all = policy.assignments[text.principal];
  if (std::any_of(all.begin(), all.end(), [&](const Held& other) {
        return other.role == held.role && other.scope == held.scope;
      }))
    return invalid_policy(path, "stands twice");
  if (all.size() == kMaxRolesOfOne) return too_many(path, "is the principal's 65th");
  all.push_back(std::move(held));
  return {};
}

}  // namespace

const CompiledRole* CompiledPolicy::role(std::string_view name) const {
  const auto it = role_names.find(name);
  return it == role_names.end() ? nullptr : &roles[it->second];
}

std::optional<Wanted> CompiledPolicy::wanted(std::string_view permission) const {
  const auto parts = split_permission(permission, /*allow_any_action=*/false);
  if (!parts) return std::nullopt;
  Wanted out;
  if (const auto it = exact.find(permission); it != exact.end()) out.exact = it->second;
  if (const auto it = any_action.find(parts->resource); it != any_action.end())
    out.any_action = it->second;
  return out;
}

const Allowed* find(const CompiledRole& role, const Wanted& wanted) noexcept {
  for (const Index pattern : {wanted.exact, wanted.any_action}) {
    if (pattern == kNone) continue;
    const auto it = std::lower_bound(role.allowed.begin(), role.allowed.end(),
                                     Allowed{pattern, kNone}, by_pattern);
    if (it != role.allowed.end() && it->pattern == pattern) return &*it;
  }
  return nullptr;
}

Result<std::shared_ptr<CompiledPolicy>> compile(const PolicyDocument& document) {
  auto policy = std::make_shared<CompiledPolicy>();
  if (!is_name(document.id)) return invalid_policy("id", "must be a name of 1 to 255 bytes");
  policy->id = document.id;
  if (const auto added = add_roles(*policy, document.roles); !added) return added.error();
  const auto parents = resolve_parents(*policy, document.roles);
  if (!parents) return parents.error();
  if (const auto done = inherit(*policy, *parents); !done) return done.error();
  for (std::size_t i = 0; i < policy->roles.size(); ++i)
    if (policy->roles[i].grant)
      if (const auto done = check_terms(*policy, policy->roles[i], element("roles", i) + ".grant");
          !done)
        return done.error();
  if (document.assignments.size() > kMaxAssignments)
    return too_many("assignments", "has more than 16384");
  for (std::size_t i = 0; i < document.assignments.size(); ++i)
    if (const auto done = assign(*policy, document.assignments[i], element("assignments", i));
        !done)
      return done.error();
  auto claims = compile_claims(document.claims, *policy);
  if (!claims) return claims.error();
  policy->claims = *std::move(claims);
  return policy;
}

}  // namespace rbac::detail
COEFFICIENT_END_NAMESPACE
