#ifndef COEFFICIENT_SRC_RBAC_DECIDE_H_
#define COEFFICIENT_SRC_RBAC_DECIDE_H_

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "coefficient/rbac/decision.h"
#include "coefficient/rbac/grant.h"
#include "coefficient/rbac/policy.h"
#include "coefficient/rbac/principal.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac::detail {

using GrantList = std::vector<std::shared_ptr<const Grant>>;
using GrantSpan = std::span<const std::shared_ptr<const Grant>>;

/// What decisions are made from.
struct Snapshot {
  Policy policy;
  GrantList active;  ///< Sorted by requester.
};

/// What time it is, and the latest time that was ever read.
struct Moment {
  Time now;
  Time latest;
};

/// Returns those grants of `active` that are for `who`.
GrantSpan grants_of(const GrantList& active, std::string_view who);

/// Decides by the roles that `who` holds, and by no grant.
Decision decide_by_roles(const CompiledPolicy& policy, const Principal& who,
                         std::string_view permission, const Scope& scope);

/// Returns what the grants make of `denied`, the answer of decide_by_roles().
Decision decide_by_grants(const CompiledPolicy& policy, GrantSpan grants,
                          std::string_view permission, const Scope& scope, const Moment& moment,
                          Decision denied);

}  // namespace rbac::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RBAC_DECIDE_H_
