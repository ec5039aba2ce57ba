#ifndef COEFFICIENT_RBAC_AUTHORIZER_H_
#define COEFFICIENT_RBAC_AUTHORIZER_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/rbac/decision.h"
#include "coefficient/rbac/export.h"
#include "coefficient/rbac/grant.h"
#include "coefficient/rbac/policy.h"
#include "coefficient/rbac/principal.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac {

struct AuthorizerOptions {
  /// Requests and grants that are kept at one time, 1 to 16,384, at about 1 KiB each; further
  /// requests are refused. One principal may have 16 of them.
  std::size_t max_grants = 1024;
  /// What export_grants() once returned, at most 64 MiB; empty for none.
  std::string_view grants = {};
};

struct GrantRequest {
  std::string role;
  Scope scope;
  std::string reason;                ///< 1 to 512 bytes of UTF-8 without control characters.
  std::chrono::seconds duration{0};  ///< At most what the role's `max_seconds` says.
};

/// Decides who may do what, and keeps the roles that are granted for a time. Denies by default.
///
/// **Recording.** A change that gives something (request, approve, another policy) is recorded by
/// the observer first; if that refuses, the change does not happen and the call returns its error.
/// A change that takes something away (deny, revoke, expiry) happens in any case, since a full disk
/// must not keep anybody in power: an event that is refused is owed, and until the observer has
/// taken all that is owed, every change that gives fails with its error.
///
/// **Time.** A grant is active while the clock is in [approved_at, expires_at) and never again once
/// a clock beyond has been read: a clock that is set back gives no time back, and one that is set
/// to before the approval suspends the grant.
///
/// **Restarts.** Grants are in memory. A host that wants them to outlast the process stores
/// export_grants() after each change, before it answers whoever made it.
///
/// Thread safety: all members may be called concurrently. A decision that starts after a change has
/// returned sees it.
class COEFFICIENT_RBAC_EXPORT Authorizer {
 public:
  /// `actor` loads the policy, which is recorded as kPolicyChanged. The observer and the clock must
  /// outlive it. Errors: kInvalidArgument for an actor that is no name, options that cannot work,
  /// and grants that are not what export_grants() writes, with the member's path;
  /// kResourceExhausted for too many of them; those of the observer.
  static Result<std::unique_ptr<Authorizer>> create(const Policy& policy, std::string_view actor,
                                                    Observer& observer,
                                                    AuthorizerOptions options = {},
                                                    const Clock& clock = system_clock());
  Authorizer(const Authorizer&) = delete;
  Authorizer& operator=(const Authorizer&) = delete;
  ~Authorizer();

  /// Returns whether `who` may do `permission` (no wildcard) in `scope`, and why. Never waits for
  /// an observer. Cost: linear in the roles and grants of `who`.
  Decision authorize(const Principal& who, std::string_view permission, const Scope& scope) const;

  /// Asks for a role. It lapses after 24 hours if nobody approves it. Errors: kInvalidArgument for
  /// a name, reason or duration that is none or too long; kNotFound if the policy has no such role
  /// to grant in such a scope; kPermissionDenied if `who` does not hold the role's `request`
  /// permission, in that scope or globally; kResourceExhausted; those of the observer.
  Result<Grant> request(const Principal& who, GrantRequest request);
  /// Makes a requested grant active from now on. Errors: kNotFound if there is none of that id;
  /// kFailedPrecondition if it is active already; kPermissionDenied if `who` asked for it, or does
  /// not hold the role's `approve` permission in the grant's scope, or only by a grant; those of
  /// the observer.
  Result<Grant> approve(const Principal& who, std::string_view id);
  /// Refuses a request. Errors: those of approve() but the observer's.
  Result<> deny(const Principal& who, std::string_view id);
  /// Ends a request or a grant at once. Errors: kNotFound; kPermissionDenied if `who` neither asked
  /// for it nor could approve it for somebody else.
  Result<> revoke(const Principal& who, std::string_view id);

  /// Records what time has ended and what is owed. No decision depends on it: call it now and then
  /// so that the log is timely. Errors: those of the observer.
  Result<> expire();

  /// Puts another policy in force. Grants that it would not give (the role is gone or not to be
  /// granted, or for less time) are revoked in the name of `actor`. Errors: kInvalidArgument for an
  /// actor that is no name; those of the observer, and then the old policy stays.
  Result<> set_policy(std::string_view actor, const Policy& policy);

  /// Returns the requests and grants of this scope that have not ended.
  [[nodiscard]] std::vector<Grant> grants(const Scope& scope) const;
  /// Returns all grants and what is owed as JSON, for AuthorizerOptions::grants. Who can change
  /// the text can give rights: keep it as safe as the policy.
  [[nodiscard]] std::string export_grants() const;

 private:
  struct State;
  explicit Authorizer(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace rbac
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_RBAC_AUTHORIZER_H_
