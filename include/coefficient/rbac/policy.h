#ifndef COEFFICIENT_RBAC_POLICY_H_
#define COEFFICIENT_RBAC_POLICY_H_

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/rbac/export.h"
#include "coefficient/rbac/principal.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac {

namespace detail {
struct CompiledPolicy;
}  // namespace detail

/// Which role holds which permissions, who holds which role, and which roles can be granted for a
/// time. docs/rbac.md has the form of the text.
///
/// A permission is `resource:action`, each 1 to 64 characters of a-z 0-9 . _ -; a role may list
/// `resource:*` for every action on that resource. Nothing else is a wildcard.
///
/// Copying is cheap: copies share one immutable object.
///
/// Thread safety: immutable; may be used by several threads. A moved-from policy may only be
/// assigned to or destroyed.
class COEFFICIENT_RBAC_EXPORT Policy {
 public:
  /// Returns the policy in `text`, strict JSON of at most 1 MiB. Limits: 256 roles; 1024
  /// permissions a role, inherited ones included; 32 roles inherited directly, 8 one after the
  /// other; 16,384 assignments; 16 issuers with 256 rules each.
  ///
  /// Errors: kInvalidArgument names the member (`roles[2].permissions[0]`) and the fault: no strict
  /// JSON; unknown, missing or duplicate members; a wrong type; a name that is none; a role, a
  /// permission or an issuer twice; a role that is not there or of the other kind of scope; a cycle
  /// of inheritance; a permission to request or approve that nobody could hold; prefixes that could
  /// give two people one id. kResourceExhausted for a limit. kInternal if SHA-256 failed.
  static Result<Policy> parse(std::string_view text);

  /// Returns who the claims of a verified token are about: the id and the roles that the policy's
  /// mapping for the issuer (`iss`) says. Roles of a kind "tenant" are held in the tenant that the
  /// token names and nowhere else; without one there are none. `claims` is the token's payload, a
  /// strict JSON object of at most 64 KiB. Whether the token is genuine and current is the
  /// caller's to check first.
  ///
  /// Errors: kNotFound if no mapping is for the issuer; kInvalidArgument for what is not JSON, for
  /// an issuer that is no string, and for a principal or tenant that is no name;
  /// kResourceExhausted for size or depth (16). No message holds anything of the claims.
  [[nodiscard]] Result<Principal> principal_from_claims(std::string_view claims) const;

  /// Returns the name that the text gives itself.
  [[nodiscard]] std::string_view id() const noexcept;
  /// Returns SHA-256 of the text that was parsed, byte for byte.
  [[nodiscard]] const std::array<std::byte, 32>& sha256() const noexcept;

  /// For the library's own use.
  [[nodiscard]] const detail::CompiledPolicy& compiled() const noexcept { return *compiled_; }

 private:
  explicit Policy(std::shared_ptr<const detail::CompiledPolicy> compiled) noexcept;
  std::shared_ptr<const detail::CompiledPolicy> compiled_;
};

}  // namespace rbac
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_RBAC_POLICY_H_
