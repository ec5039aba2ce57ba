#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "core/json.h"
#include "core/json_members.h"
#include "rbac/policy_document.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac::detail {
namespace {

using json::Members;

void read_role(Members& r, RoleText& role) {
  static constexpr std::array<std::pair<const char*, ScopeKind>, 2> kScopes{
      {{"global", ScopeKind::kGlobal}, {"tenant", ScopeKind::kTenant}}};
  r.text("name", role.name, true);
  r.choice("scope", kScopes, role.scope, true);
  r.texts("inherits", role.inherits);
  r.texts("permissions", role.permissions);
  r.object("grant", [&](Members& g) {
    GrantTerms& terms = role.grant.emplace();
    std::uint64_t seconds = 0;
    g.number("max_seconds", static_cast<std::uint64_t>(kMaxGrant.count()), seconds, true);
    terms.max = std::chrono::seconds(static_cast<std::int64_t>(seconds));
    g.text("request", terms.request, true);
    g.text("approve", terms.approve, true);
  });
}

void read_assignment(Members& r, AssignmentText& assignment) {
  r.text("principal", assignment.principal, true);
  r.text("role", assignment.role, true);
  r.text("tenant", assignment.tenant);
}

void read_claims(Members& r, ClaimsText& claims) {
  r.text("issuer", claims.issuer, true);
  r.text("prefix", claims.prefix, true);
  r.text("principal", claims.principal);
  r.text("tenant", claims.tenant);
  r.objects("roles", true, [&](Members& one) {
    ClaimRoleText& role = claims.roles.emplace_back();
    one.text("claim", role.claim, true);
    one.text("value", role.value, true);
    one.text("role", role.role, true);
  });
}

}  // namespace

Error invalid_policy(const std::string& path, const std::string& what) {
  return Error{ErrorCode::kInvalidArgument, "policy: " + path + " " + what};
}

Result<PolicyDocument> read_policy(std::string_view text) {
  constexpr json::Limits kLimits{.max_bytes = std::size_t{1} << 20U, .max_depth = 5};
  if (const auto strict = json::check(text, kLimits); !strict)
    return Error{strict.error().code, "policy: " + strict.error().message};
  const Members::Dom dom = Members::Dom::parse(text, nullptr, /*allow_exceptions=*/false);
  Error fault{ErrorCode::kInvalidArgument, ""};
  PolicyDocument out;
  Members members(dom, "policy", fault);
  members.text("id", out.id, true);
  members.objects("roles", true, [&](Members& r) { read_role(r, out.roles.emplace_back()); });
  members.objects("assignments", false,
                  [&](Members& r) { read_assignment(r, out.assignments.emplace_back()); });
  members.objects("claims", false, [&](Members& r) { read_claims(r, out.claims.emplace_back()); });
  members.refuse_others();
  if (!fault.message.empty()) return fault;
  return out;
}

}  // namespace rbac::detail
COEFFICIENT_END_NAMESPACE
