#ifndef COEFFICIENT_SRC_RBAC_POLICY_DOCUMENT_H_
#define COEFFICIENT_SRC_RBAC_POLICY_DOCUMENT_H_

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/rbac/principal.h"
#include "coefficient/version.h"
#include "rbac/compiled_policy.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac::detail {

// A policy as it is written. Nothing in it refers to anything yet.

struct RoleText {
  std::string name;
  ScopeKind scope = ScopeKind::kTenant;
  std::vector<std::string> inherits;
  std::vector<std::string> permissions;
  std::optional<GrantTerms> grant;
};

struct AssignmentText {
  std::string principal;
  std::string role;
  std::string tenant;
};

struct ClaimRoleText {
  std::string claim;
  std::string value;
  std::string role;
};

struct ClaimsText {
  std::string issuer;
  std::string prefix;
  std::string principal = "/sub";
  std::string tenant;
  std::vector<ClaimRoleText> roles;
};

struct PolicyDocument {
  std::string id;
  std::vector<RoleText> roles;
  std::vector<AssignmentText> assignments;
  std::vector<ClaimsText> claims;
};

/// Errors: those of Policy::parse() that concern JSON, members and types.
Result<PolicyDocument> read_policy(std::string_view text);

/// Errors: the others. sha256 is left for the caller.
Result<std::shared_ptr<CompiledPolicy>> compile(const PolicyDocument& document);

/// Returns an error for the member at `path`.
Error invalid_policy(const std::string& path, const std::string& what);

/// Returns the mappings of claims to the roles of `policy`.
Result<std::vector<ClaimMapping>> compile_claims(const std::vector<ClaimsText>& texts,
                                                 const CompiledPolicy& policy);

}  // namespace rbac::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RBAC_POLICY_DOCUMENT_H_
