#include "coefficient/rbac/authorizer.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <utility>

#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"
#include "rbac/compiled_policy.h"
#include "rbac/decide.h"
#include "rbac/grants_json.h"
#include "rbac/names.h"
#include "rbac/published.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac {
namespace {

using detail::CompiledRole;
using detail::Grants;
using detail::is_live;
using detail::Snapshot;

constexpr std::size_t kMostGrants = 16384;
constexpr std::size_t kMostOfOne = 16;

using GrantPtr = std::shared_ptr<const Grant>;

Error invalid(std::string message) {
  return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

// The role's terms, if the policy grants it in scopes of that kind.
const detail::GrantTerms* terms_of(const Policy& policy, std::string_view role,
                                   const Scope& scope) {
  const CompiledRole* found = policy.compiled().role(role);
  return found != nullptr && found->scope == scope.kind() && found->grant ? &*found->grant
                                                                          : nullptr;
}

bool holds(const Policy& policy, const Principal& who, std::string_view permission,
           const Scope& scope) {
  return decide(policy.compiled(), who, permission, scope).allowed;
}

bool may_approve(const Policy& policy, const Principal& who, const Grant& grant) {
  const detail::GrantTerms* terms = terms_of(policy, grant.role, grant.scope);
  return detail::is_name(who.id) && who.id != grant.requester && terms != nullptr &&
         holds(policy, who, terms->approve, grant.scope);
}

Event event_of(const Grant& grant, const Policy& policy) {
  Event out;
  out.grant = &grant;
  out.policy_id = policy.id();
  out.policy_sha256 = policy.sha256();
  out.at = grant.ended_at;
  out.actor = grant.ended_by;
  switch (grant.state) {
    case GrantState::kRequested:
      out.kind = EventKind::kRequested;
      out.at = grant.requested_at;
      out.actor = grant.requester;
      break;
    case GrantState::kActive:
      out.kind = EventKind::kApproved;
      out.at = grant.approved_at;
      out.actor = grant.approver;
      break;
    case GrantState::kDenied:
      out.kind = EventKind::kDenied;
      break;
    case GrantState::kRevoked:
      out.kind = EventKind::kRevoked;
      break;
    case GrantState::kExpired:
      out.kind = EventKind::kExpired;
      break;
  }
  return out;
}

GrantPtr ended(const Grant& grant, GrantState state, std::string_view by, Time at) {
  Grant out = grant;
  out.state = state;
  out.ended_by = by;
  out.ended_at = at;
  return std::make_shared<const Grant>(std::move(out));
}

// Returns whether there were any.
bool end_expired(Grants& grants, Time at) {
  bool any = false;
  for (auto& [id, grant] : grants) {
    if (!is_live(*grant) || grant->expires_at > at) continue;
    grant = ended(*grant, GrantState::kExpired, {}, at);
    any = true;
  }
  return any;
}

void end_unfit(Grants& grants, const Policy& policy, std::string_view actor, Time at) {
  for (auto& [id, grant] : grants) {
    const detail::GrantTerms* terms = terms_of(policy, grant->role, grant->scope);
    if (is_live(*grant) && (terms == nullptr || grant->duration > terms->max))
      grant = ended(*grant, GrantState::kRevoked, actor, at);
  }
}

std::shared_ptr<const Snapshot> snapshot_of(const Policy& policy, const Grants& grants) {
  Snapshot out{policy, {}};
  for (const auto& [id, grant] : grants)
    if (grant->state == GrantState::kActive) out.active[grant->requester].push_back(grant);
  return std::make_shared<const Snapshot>(std::move(out));
}

}  // namespace

struct Authorizer::State {
  State(Policy first, Observer& observer_, std::size_t max_grants_, const Clock& clock_)
      : observer(observer_),
        clock(clock_),
        max_grants(max_grants_),
        policy(std::move(first)),
        published(snapshot_of(policy, {})) {}

  // Reads the clock, and remembers the latest time that was ever read.
  detail::Moment moment() const {
    const Time now = std::max(Time{}, std::chrono::floor<std::chrono::seconds>(clock.now()));
    const Time::rep read = now.time_since_epoch().count();
    Time::rep known = latest.load();
    while (known < read && !latest.compare_exchange_weak(known, read)) {
    }
    return {now, Time(std::chrono::seconds(std::max(known, read)))};
  }

  // Delivers the events of grants that have ended, and then forgets them.
  Result<> deliver() {
    for (auto it = grants.begin(); it != grants.end();) {
      if (is_live(*it->second)) {
        ++it;
        continue;
      }
      if (auto done = observer.record(event_of(*it->second, policy)); !done) return done;
      it = grants.erase(it);
    }
    return {};
  }

  // Brings everything up to `at`: the first step of each change.
  Result<> settle(Time at) {
    if (end_expired(grants, at)) published.publish(snapshot_of(policy, grants));
    return deliver();
  }

  // Records `event`, then puts both in force: nothing fails in between, not even for memory.
  Result<> give(const Event& event, const Policy& next_policy, Grants next_grants) {
    auto snapshot = snapshot_of(next_policy, next_grants);
    if (auto done = observer.record(event); !done) return done;
    policy = next_policy;
    grants.swap(next_grants);
    published.publish(std::move(snapshot));
    return {};
  }

  Result<> change_policy(const Policy& next, std::string_view actor, Time at) {
    Event event;
    event.at = at;
    event.actor = actor;
    event.policy_id = next.id();
    event.policy_sha256 = next.sha256();
    Grants left = grants;
    end_unfit(left, next, actor, at);
    return give(event, next, std::move(left));
  }

  // The grant of that id; kNotFound if there is none or it has ended.
  Result<GrantPtr> find(std::string_view id) const {
    const auto it = grants.find(id);
    if (it == grants.end() || !is_live(*it->second))
      return Error{ErrorCode::kNotFound, "there is no request or grant of this id"};
    return it->second;
  }
  void end(const Grant& grant, GrantState state, std::string_view by, Time at) {
    Grants left = grants;
    left.insert_or_assign(grant.id, ended(grant, state, by, at));
    auto snapshot = snapshot_of(policy, left);
    grants.swap(left);
    published.publish(std::move(snapshot));
    deliver_or_owe();
  }
  // The change has happened, and the observer knows what it refused: its event stays in `grants`
  // and is the first one of the next change.
  void deliver_or_owe() { (void)deliver(); }

  Observer& observer;
  const Clock& clock;
  const std::size_t max_grants;
  mutable std::atomic<Time::rep> latest{0};
  mutable std::mutex changing;  // guards `policy` and `grants`
  Policy policy;
  Grants grants;
  detail::Published<Snapshot> published;
};

Authorizer::Authorizer(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Authorizer::~Authorizer() = default;

Result<std::unique_ptr<Authorizer>> Authorizer::create(const Policy& policy, std::string_view actor,
                                                       Observer& observer,
                                                       AuthorizerOptions options,
                                                       const Clock& clock) {
  if (!detail::is_name(actor)) return invalid("the actor must be a name of 1 to 255 bytes");
  if (options.max_grants == 0 || options.max_grants > kMostGrants)
    return invalid("max_grants must be 1 to 16384");
  auto state = std::make_unique<State>(policy, observer, options.max_grants, clock);
  if (!options.grants.empty()) {
    auto document = detail::parse_grants(options.grants, options.max_grants);
    if (!document) return document.error();
    state->latest = document->as_of.time_since_epoch().count();
    state->grants = std::move(document->grants);
  }
  const Time at = state->moment().latest;
  end_expired(state->grants, at);
  if (const auto done = state->change_policy(policy, actor, at); !done) return done.error();
  state->deliver_or_owe();
  return std::unique_ptr<Authorizer>(new Authorizer(std::move(state)));
}

Decision Authorizer::authorize(const Principal& who, std::string_view permission,
                               const Scope& scope) const {
  return state_->published.read([&](const Snapshot& snapshot) {
    const detail::CompiledPolicy& policy = snapshot.policy.compiled();
    const auto grants = snapshot.active.find(who.id);
    if (grants == snapshot.active.end()) return decide(policy, who, permission, scope);
    return decide(policy, who, permission, scope, grants->second, state_->moment());
  });
}

Result<Grant> Authorizer::request(const Principal& who, GrantRequest request) {
  State& s = *state_;
  if (!detail::is_name(who.id)) return invalid("the principal must be a name of 1 to 255 bytes");
  if (!detail::is_name(request.reason, detail::kMaxReasonBytes))
    return invalid("the reason must be 1 to 512 bytes of text");
  if (request.scope.kind() == ScopeKind::kTenant && !detail::is_name(request.scope.tenant_name()))
    return invalid("the tenant must be a name of 1 to 255 bytes");
  std::array<std::byte, 16> id{};
  if (const auto drawn = random_bytes(id); !drawn) return drawn.error();
  const std::lock_guard lock(s.changing);
  const Time at = s.moment().latest;
  if (const auto settled = s.settle(at); !settled) return settled.error();
  const detail::GrantTerms* terms = terms_of(s.policy, request.role, request.scope);
  if (terms == nullptr)
    return Error{ErrorCode::kNotFound, "the policy grants no such role in such a scope"};
  if (!holds(s.policy, who, terms->request, request.scope) &&
      !holds(s.policy, who, terms->request, Scope::global()))
    return Error{ErrorCode::kPermissionDenied, "the principal may not ask for this role"};
  if (request.duration < std::chrono::seconds(1) || request.duration > terms->max)
    return invalid("the duration must be 1 to " + std::to_string(terms->max.count()) + " seconds");
  const auto of_who = std::count_if(s.grants.begin(), s.grants.end(), [&](const auto& entry) {
    return entry.second->requester == who.id;
  });
  if (s.grants.size() >= s.max_grants || static_cast<std::size_t>(of_who) >= kMostOfOne)
    return Error{ErrorCode::kResourceExhausted, "there are too many requests and grants"};
  Grant grant{.id = hex_encode(id),
              .requester = who.id,
              .role = std::move(request.role),
              .scope = std::move(request.scope),
              .reason = std::move(request.reason),
              .duration = request.duration,
              .state = GrantState::kRequested,
              .requested_at = at,
              .expires_at = at + detail::kRequestLapses};
  Grants next = s.grants;
  if (!next.emplace(grant.id, std::make_shared<const Grant>(grant)).second)
    return Error{ErrorCode::kInternal, "random bytes repeat"};
  if (const auto given = s.give(event_of(grant, s.policy), s.policy, std::move(next)); !given)
    return given.error();
  return grant;
}

Result<Grant> Authorizer::approve(const Principal& who, std::string_view id) {
  State& s = *state_;
  const std::lock_guard lock(s.changing);
  const Time at = s.moment().latest;
  if (const auto settled = s.settle(at); !settled) return settled.error();
  const auto found = s.find(id);
  if (!found) return found.error();
  Grant grant = **found;
  if (grant.requester == who.id)
    return Error{ErrorCode::kPermissionDenied, "nobody approves their own request"};
  if (!may_approve(s.policy, who, grant))
    return Error{ErrorCode::kPermissionDenied, "the principal may not approve this grant"};
  if (grant.state != GrantState::kRequested)
    return Error{ErrorCode::kFailedPrecondition, "the grant is active already"};
  grant.state = GrantState::kActive;
  grant.approver = who.id;
  grant.approved_at = at;
  grant.expires_at = at + grant.duration;
  Grants next = s.grants;
  next.insert_or_assign(grant.id, std::make_shared<const Grant>(grant));
  if (const auto given = s.give(event_of(grant, s.policy), s.policy, std::move(next)); !given)
    return given.error();
  return grant;
}

Result<> Authorizer::deny(const Principal& who, std::string_view id) {
  State& s = *state_;
  const std::lock_guard lock(s.changing);
  const Time at = s.moment().latest;
  end_expired(s.grants, at);
  const auto found = s.find(id);
  if (!found) return found.error();
  const Grant& grant = **found;
  if (!may_approve(s.policy, who, grant))
    return Error{ErrorCode::kPermissionDenied, "the principal may not deny this request"};
  if (grant.state != GrantState::kRequested)
    return Error{ErrorCode::kFailedPrecondition, "the grant is active already"};
  s.end(grant, GrantState::kDenied, who.id, at);
  return {};
}

Result<> Authorizer::revoke(const Principal& who, std::string_view id) {
  State& s = *state_;
  const std::lock_guard lock(s.changing);
  const Time at = s.moment().latest;
  end_expired(s.grants, at);
  const auto found = s.find(id);
  if (!found) return found.error();
  const Grant& grant = **found;
  if (who.id != grant.requester && !may_approve(s.policy, who, grant))
    return Error{ErrorCode::kPermissionDenied, "the principal may not revoke this grant"};
  s.end(grant, GrantState::kRevoked, who.id, at);
  return {};
}

Result<> Authorizer::expire() {
  State& s = *state_;
  const std::lock_guard lock(s.changing);
  return s.settle(s.moment().latest);
}

Result<> Authorizer::set_policy(std::string_view actor, const Policy& policy) {
  if (!detail::is_name(actor)) return invalid("the actor must be a name of 1 to 255 bytes");
  State& s = *state_;
  const std::lock_guard lock(s.changing);
  const Time at = s.moment().latest;
  if (auto settled = s.settle(at); !settled) return settled;
  if (auto done = s.change_policy(policy, actor, at); !done) return done;
  s.deliver_or_owe();
  return {};
}

std::vector<Grant> Authorizer::grants(const Scope& scope) const {
  const std::lock_guard lock(state_->changing);
  const Time at = state_->moment().latest;
  std::vector<Grant> out;
  for (const auto& [id, grant] : state_->grants)
    if (is_live(*grant) && grant->expires_at > at && grant->scope == scope) out.push_back(*grant);
  return out;
}

std::string Authorizer::export_grants() const {
  const std::lock_guard lock(state_->changing);
  return detail::to_json({state_->moment().latest, state_->grants});
}

}  // namespace rbac
COEFFICIENT_END_NAMESPACE
