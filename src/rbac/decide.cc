#include "rbac/decide.h"

#include <algorithm>
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
  out.considered.clear();
}

struct ByRequester {
  bool operator()(const std::shared_ptr<const Grant>& grant, std::string_view who) const {
    return grant->requester < who;
  }
  bool operator()(std::string_view who, const std::shared_ptr<const Grant>& grant) const {
    return who < grant->requester;
  }
};

}  // namespace

GrantSpan grants_of(const GrantList& active, std::string_view who) {
  const auto [first, last] = std::equal_range(active.begin(), active.end(), who, ByRequester{});
  return {first, last};
}

Decision decide_by_roles(const CompiledPolicy& policy, const Principal& who,
                         std::string_view permission, const Scope& scope) {
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
  if (out.allowed) return out;
  for_each_role(policy, who, scope, [&](const CompiledRole& role) {
    out.reason = Reason::kNotInRoles;
    out.considered.push_back(role.name);
    return false;
  });
  return out;
}

Decision decide_by_grants(const CompiledPolicy& policy, GrantSpan grants,
                          std::string_view permission, const Scope& scope, const Moment& moment,
                          Decision denied) {
  const auto wanted = policy.wanted(permission);
  if (!wanted) return denied;
  for (const auto& grant : grants) {
    const CompiledRole* role = policy.role(grant->role);
    if (grant->scope != scope || role == nullptr || role->scope != scope.kind()) continue;
    const Allowed* by = find(*role, *wanted);
    const bool ended = moment.latest >= grant->expires_at;
    const bool behind = moment.now < grant->approved_at;
    if (by != nullptr) {
      denied.grant = grant->id;
      denied.until = grant->expires_at;
      if (!ended && !behind) {
        allow(denied, Reason::kGrant, policy, *role, *by);
        return denied;
      }
      denied.reason = ended ? Reason::kGrantEnded : Reason::kClockBehind;
    } else if (!ended && !behind) {
      if (denied.reason == Reason::kNoRole) denied.reason = Reason::kNotInRoles;
      denied.considered.push_back(grant->role);
    }
  }
  return denied;
}

}  // namespace rbac::detail
COEFFICIENT_END_NAMESPACE
