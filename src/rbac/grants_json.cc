#include "rbac/grants_json.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/json.h"
#include "core/json_members.h"
#include "rbac/compiled_policy.h"
#include "rbac/names.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac::detail {
namespace {

using json::Members;

constexpr std::uint64_t kLastSecond = 253'402'300'799;  // 9999-12-31T23:59:59Z
constexpr std::size_t kIdDigits = 32;

nlohmann::json to_dom(const Grant& grant) {
  nlohmann::json out{{"id", grant.id},
                     {"requester", grant.requester},
                     {"role", grant.role},
                     {"reason", grant.reason},
                     {"duration_seconds", grant.duration.count()},
                     {"state", to_string(grant.state)},
                     {"requested_at", grant.requested_at.time_since_epoch().count()},
                     {"expires_at", grant.expires_at.time_since_epoch().count()}};
  if (grant.scope.kind() == ScopeKind::kTenant) {
    out["scope"] = "tenant";
    out["tenant"] = grant.scope.tenant_name();
  } else {
    out["scope"] = "global";
  }
  if (!grant.approver.empty()) {
    out["approver"] = grant.approver;
    out["approved_at"] = grant.approved_at.time_since_epoch().count();
  }
  if (!is_live(grant)) {
    out["ended_by"] = grant.ended_by;
    out["ended_at"] = grant.ended_at.time_since_epoch().count();
  }
  return out;
}

Time read_time(Members& r, const char* name, bool required) {
  std::uint64_t seconds = 0;
  r.number(name, kLastSecond, seconds, required);
  return Time(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

Scope read_scope(Members& r) {
  static constexpr std::array<std::pair<const char*, ScopeKind>, 2> kScopes{
      {{"global", ScopeKind::kGlobal}, {"tenant", ScopeKind::kTenant}}};
  ScopeKind kind = ScopeKind::kGlobal;
  std::string tenant;
  r.choice("scope", kScopes, kind, true);
  r.text("tenant", tenant);
  if (kind == ScopeKind::kTenant && !is_name(tenant)) r.fail("tenant", "must be a name");
  if (kind == ScopeKind::kGlobal && !tenant.empty()) r.fail("tenant", "goes with the scope tenant");
  return kind == ScopeKind::kTenant ? Scope::tenant(tenant) : Scope::global();
}

Grant read_grant(Members& r) {
  static constexpr std::array<std::pair<const char*, GrantState>, 5> kStates{
      {{"requested", GrantState::kRequested},
       {"active", GrantState::kActive},
       {"denied", GrantState::kDenied},
       {"revoked", GrantState::kRevoked},
       {"expired", GrantState::kExpired}}};
  Grant out;
  r.text("id", out.id, true);
  r.text("requester", out.requester, true);
  r.text("role", out.role, true);
  out.scope = read_scope(r);
  r.text("reason", out.reason, true);
  std::uint64_t seconds = 0;
  r.number("duration_seconds", static_cast<std::uint64_t>(kMaxGrant.count()), seconds, true);
  out.duration = std::chrono::seconds(static_cast<std::int64_t>(seconds));
  r.choice("state", kStates, out.state, true);
  out.requested_at = read_time(r, "requested_at", true);
  out.expires_at = read_time(r, "expires_at", true);
  r.text("approver", out.approver);
  out.approved_at = read_time(r, "approved_at", !out.approver.empty());
  r.text("ended_by", out.ended_by);
  out.ended_at = read_time(r, "ended_at", !is_live(out));
  return out;
}

bool is_id(std::string_view text) {
  return text.size() == kIdDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// What a grant that this module made would never have: (member, fault).
std::optional<std::pair<const char*, const char*>> fault_of(const Grant& g, Time as_of) {
  const bool approved = !g.approver.empty();
  if (!is_id(g.id)) return {{"id", "must be 32 hex digits"}};
  if (!is_name(g.requester)) return {{"requester", "must be a name"}};
  if (!is_word(g.role)) return {{"role", "must be the name of a role"}};
  if (!is_name(g.reason, kMaxReasonBytes)) return {{"reason", "must be a text"}};
  if (g.duration < std::chrono::seconds(1)) return {{"duration_seconds", "must be positive"}};
  if (g.requested_at > as_of) return {{"requested_at", "is later than as_of"}};
  if (approved && !is_name(g.approver)) return {{"approver", "must be a name"}};
  if (g.approver == g.requester) return {{"approver", "is the requester"}};
  if (!approved && g.approved_at != Time{}) return {{"approved_at", "goes with an approver"}};
  if (g.state == GrantState::kRequested && approved) return {{"approver", "goes with an approval"}};
  if (g.state == GrantState::kDenied && approved) return {{"approver", "goes with an approval"}};
  if (g.state == GrantState::kActive && !approved) return {{"approver", "is missing"}};
  if (approved && (g.approved_at < g.requested_at || g.approved_at > as_of))
    return {{"approved_at", "is not between requested_at and as_of"}};
  const Time expires = approved ? g.approved_at + g.duration : g.requested_at + kRequestLapses;
  if (g.expires_at != expires) return {{"expires_at", "does not fit the other times"}};
  const bool by_somebody = g.state == GrantState::kDenied || g.state == GrantState::kRevoked;
  if (by_somebody ? !is_name(g.ended_by) : !g.ended_by.empty())
    return {{"ended_by", "does not fit the state"}};
  if (is_live(g) ? g.ended_at != Time{} : g.ended_at < g.requested_at || g.ended_at > as_of)
    return {{"ended_at", "does not fit the other times"}};
  return std::nullopt;
}

}  // namespace

std::string to_json(const GrantsDocument& document) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& [id, grant] : document.grants) list.push_back(to_dom(*grant));
  const nlohmann::json out{{"as_of", document.as_of.time_since_epoch().count()},
                           {"grants", std::move(list)}};
  // All texts are UTF-8, which was checked when they came in.
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<GrantsDocument> parse_grants(std::string_view text, std::size_t max) {
  constexpr json::Limits kLimits{.max_bytes = std::size_t{64} << 20U, .max_depth = 3};
  if (const auto strict = json::check(text, kLimits); !strict)
    return Error{strict.error().code, "grants: " + strict.error().message};
  const Members::Dom dom = Members::Dom::parse(text, nullptr, /*allow_exceptions=*/false);
  Error fault{ErrorCode::kInvalidArgument, ""};
  GrantsDocument out;
  Members members(dom, "document of grants", fault);
  out.as_of = read_time(members, "as_of", true);
  members.objects("grants", true, [&](Members& r) {
    Grant grant = read_grant(r);
    if (const auto wrong = fault_of(grant, out.as_of)) r.fail(wrong->first, wrong->second);
    std::string id = grant.id;
    if (!out.grants.emplace(std::move(id), std::make_shared<const Grant>(std::move(grant))).second)
      r.fail("id", "stands twice");
  });
  members.refuse_others();
  if (!fault.message.empty()) return fault;
  if (out.grants.size() > max)
    return Error{ErrorCode::kResourceExhausted, "there are more grants than max_grants"};
  return out;
}

}  // namespace rbac::detail
COEFFICIENT_END_NAMESPACE
