#ifndef COEFFICIENT_RBAC_PRINCIPAL_H_
#define COEFFICIENT_RBAC_PRINCIPAL_H_

#include <string>
#include <string_view>
#include <vector>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac {

enum class ScopeKind {
  kGlobal = 1,  ///< What belongs to no tenant.
  kTenant = 2,  ///< What belongs to one tenant.
};

/// Where a role is held or a permission is asked for. The global scope is beside the tenants, not
/// above them: what is held globally opens nothing in a tenant, and nothing is held in all tenants.
///
/// Thread safety: a value.
class Scope {
 public:
  static Scope global() { return {ScopeKind::kGlobal, {}}; }
  /// `name` is the tenant's, compared byte by byte. One that is no name (see Principal) matches
  /// nothing that a policy or a grant could hold.
  static Scope tenant(std::string_view name) { return {ScopeKind::kTenant, name}; }

  [[nodiscard]] ScopeKind kind() const noexcept { return kind_; }
  /// Returns the tenant's name; empty for the global scope.
  [[nodiscard]] const std::string& tenant_name() const noexcept { return tenant_; }

  friend bool operator==(const Scope&, const Scope&) = default;

 private:
  Scope(ScopeKind kind, std::string_view tenant) : kind_(kind), tenant_(tenant) {}
  ScopeKind kind_;
  std::string tenant_;
};

/// A role held in a scope. It counts only if the policy has the role for scopes of that kind.
struct Assignment {
  std::string role;
  Scope scope;
};

/// Who asks, as the host authenticated them. The `id` must mean one and the same person or program
/// whatever the tenant and the issuer: that nobody approves their own request is checked by it,
/// byte by byte. Policy::principal_from_claims() makes such ids.
///
/// Ids and tenants are names of 1 to 255 bytes of UTF-8 without control characters.
struct Principal {
  std::string id;
  std::vector<Assignment> roles = {};  ///< Besides those that the policy assigns to the id.
};

}  // namespace rbac
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_RBAC_PRINCIPAL_H_
