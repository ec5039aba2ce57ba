#ifndef COEFFICIENT_SRC_RBAC_DECIDE_H_
#define COEFFICIENT_SRC_RBAC_DECIDE_H_

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "coefficient/rbac/decision.h"
#include "coefficient/rbac/grant.h"
#include "coefficient/rbac/policy.h"
#include "coefficient/rbac/principal.h"
#include "coefficient/version.h"
#include "rbac/compiled_policy.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac::detail {

using GrantList = std::vector<std::shared_ptr<const Grant>>;

/// What decisions are made from.
struct Snapshot {
  Policy policy;
  /// Active grants by requester; each key views the first of its grants.
  std::unordered_map<std::string_view, GrantList> active;
};

/// What time it is, and the latest time that was ever read.
struct Moment {
  Time now;
  Time latest;
};

/// Decides by the roles that `who` holds, and then by the grants, which must be for `who`.
Decision decide(const CompiledPolicy& policy, const Principal& who, std::string_view permission,
                const Scope& scope, const GrantList& grants = {}, const Moment& moment = {});

}  // namespace rbac::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RBAC_DECIDE_H_
