#include "rbac/decide.h"

#include <utility>

#include "rbac/compiled_policy.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac::detail {
namespace {

// Calls use(role) for each role held in `scope`, until it returns true.
template <class Use>
void for_each_role(const CompiledPolicy& policy, const Principal& who, const Scope& scope,
                   Use use) {
  for (const Assignment& assignment : who.roles) {
    if (assignment.scope != scope) continue;
    const CompiledRole* role = policy.role(assignment.role);
    if (role != nullptr && role->scope == scope.kind() && use(*role)) return;
  }
  const auto assigned = policy.assignments.find(who.id);
  if (assigned == policy.assignments.end()) return;
  for (const Held& held : assigned->second)
    if (held.scope == scope && use(policy.roles[held.role])) return;
}

void allow(Decision& out, Reason reason, const CompiledPolicy& policy, const CompiledRole& role,
           const Allowed& by) {
  out.allowed = true;
  out.reason = reason;
  out.role = role.name;
  out.from = policy.roles[by.from].name;
  out.pattern = policy.patterns[by.pattern];
}

// The role that a grant gives in `scope`, in force or not.
const CompiledRole* role_of(const Grant& grant, const CompiledPolicy& policy, const Scope& scope) {
  if (grant.scope != scope) return nullptr;
  const CompiledRole* role = policy.role(grant.role);
  return role != nullptr && role->scope == scope.kind() ? role : nullptr;
}

bool has_ended(const Grant& grant, const Moment& moment) {
  return moment.latest >= grant.expires_at;
}
bool is_ahead(const Grant& grant, const Moment& moment) {
  return moment.now < grant.approved_at;
}

void by_grants(Decision& out, const CompiledPolicy& policy, const Wanted& wanted,
               const Scope& scope, const GrantList& grants, const Moment& moment) {
  for (const auto& grant : grants) {
    const CompiledRole* role = role_of(*grant, policy, scope);
    const Allowed* by = role == nullptr ? nullptr : find(*role, wanted);
    if (by == nullptr) continue;
    out.grant = grant->id;
    out.until = grant->expires_at;
    out.reason = has_ended(*grant, moment) ? Reason::kGrantEnded : Reason::kClockBehind;
    if (has_ended(*grant, moment) || is_ahead(*grant, moment)) continue;
    return allow(out, Reason::kGrant, policy, *role, *by);
  }
}

// What a denial says: the roles that are held, none of which has the permission.
void consider(Decision& out, const CompiledPolicy& policy, const Principal& who, const Scope& scope,
              const GrantList& grants, const Moment& moment) {
  out.considered.reserve(who.roles.size());
  for_each_role(policy, who, scope, [&](const CompiledRole& role) {
    out.considered.push_back(role.name);
    return false;
  });
  for (const auto& grant : grants)
    if (role_of(*grant, policy, scope) != nullptr && !has_ended(*grant, moment) &&
        !is_ahead(*grant, moment))
      out.considered.push_back(grant->role);
  if (out.reason == Reason::kNoRole && !out.considered.empty()) out.reason = Reason::kNotInRoles;
}

}  // namespace

Decision decide(const CompiledPolicy& policy, const Principal& who, std::string_view permission,
                const Scope& scope, const GrantList& grants, const Moment& moment) {
  Decision out;
  const auto wanted = policy.wanted(permission);
  if (!wanted) {
    out.reason = Reason::kNotAPermission;
    return out;
  }
  for_each_role(policy, who, scope, [&](const CompiledRole& role) {
    if (const Allowed* by = find(role, *wanted)) allow(out, Reason::kRole, policy, role, *by);
    return out.allowed;
  });
  if (!out.allowed && !grants.empty()) by_grants(out, policy, *wanted, scope, grants, moment);
  if (!out.allowed) consider(out, policy, who, scope, grants, moment);
  return out;
}

}  // namespace rbac::detail
COEFFICIENT_END_NAMESPACE
