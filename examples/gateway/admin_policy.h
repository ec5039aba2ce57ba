#ifndef COEFFICIENT_GATEWAY_ADMIN_POLICY_H_
#define COEFFICIENT_GATEWAY_ADMIN_POLICY_H_

#include <string_view>

#include "coefficient/rbac/policy.h"
#include "config.h"
#include "result.h"

namespace gateway {

/// Who may do what on the admin side, unless config.json names a file: `viewer` sees deliveries and
/// receipts, `operator` also puts dead letters back, `admin` may do all there is. Claims of the
/// issuer "gateway" give the roles that they name.
std::string_view built_in_admin_policy() noexcept;

/// Returns the policy of /admin/policy_file, or the built-in one if that is empty. Errors: those of
/// read_file and Policy::parse; kPermissionDenied for a file that somebody else can change, since
/// it gives rights; kInvalidArgument for one that maps no claims of the gateway's own tokens.
Result<coefficient::rbac::Policy> load_admin_policy(const AdminConfig& config);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_ADMIN_POLICY_H_
