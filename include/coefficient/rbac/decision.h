#ifndef COEFFICIENT_RBAC_DECISION_H_
#define COEFFICIENT_RBAC_DECISION_H_

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/rbac/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac {

/// Time in whole seconds, UTC. Clocks are rounded down to it.
using Time = std::chrono::sys_seconds;

/// Why a decision is as it is. Values are stable; new ones may be appended.
enum class Reason : int {
  kNoRole = 0,          ///< Denied: no role is held in this scope.
  kNotInRoles = 1,      ///< Denied: none of the roles held in this scope has the permission.
  kNotAPermission = 2,  ///< Denied: what was asked for is no `resource:action`.
  kGrantEnded = 3,      ///< Denied: a grant would have given it, but its time is over.
  kClockBehind = 4,     ///< Denied: a grant would give it, but the clock is before its approval.
  kRole = 5,            ///< Allowed by a role that is held.
  kGrant = 6,           ///< Allowed by a role that was granted for a time.
};

/// Returns the spelling of `reason`, e.g. "not_in_roles"; "unknown" for a value outside the enum.
COEFFICIENT_RBAC_EXPORT std::string_view to_string(Reason reason) noexcept;

/// An answer, and why. It names roles, permissions and grants that the principal holds in the scope
/// that was asked for, and nothing of any other scope.
struct [[nodiscard]] Decision {
  bool allowed = false;
  Reason reason = Reason::kNoRole;
  std::string role = {};     ///< If allowed: the role that is held or granted.
  std::string from = {};     ///< If allowed: that role, or the one it inherits, that lists it.
  std::string pattern = {};  ///< If allowed: as listed, `repo:read` or `repo:*`.
  std::string grant = {};    ///< For kGrant, kGrantEnded and kClockBehind: the grant's id.
  Time until = {};           ///< If there is a grant: when it ends or ended.
  std::vector<std::string> considered = {};  ///< If denied: the roles held in this scope.

  explicit operator bool() const noexcept { return allowed; }
};

/// Returns one sentence for people, e.g. "allowed by role 'maintainer', which inherits 'repo:read'
/// from 'reader'".
COEFFICIENT_RBAC_EXPORT std::string explain(const Decision& decision);

}  // namespace rbac
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_RBAC_DECISION_H_
