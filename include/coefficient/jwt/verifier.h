#ifndef COEFFICIENT_JWT_VERIFIER_H_
#define COEFFICIENT_JWT_VERIFIER_H_

#include <memory>
#include <string_view>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/jwt/claims.h"
#include "coefficient/jwt/denylist.h"
#include "coefficient/jwt/export.h"
#include "coefficient/jwt/key_set.h"
#include "coefficient/jwt/policy.h"
#include "coefficient/jwt/refusal.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {

namespace detail {
struct VerifierState;
}  // namespace detail

/// Verifies JWTs in JWS compact form (RFC 7519, RFC 7515 section 3.1) by one policy. Encrypted,
/// detached, unsecured and nested tokens are refused. Order: size, three parts, header, key,
/// signature, payload, claims, denylist; the payload is not looked at before its signature holds.
///
/// Thread safety: immutable after create(); all const members may be called concurrently.
class COEFFICIENT_JWT_EXPORT Verifier {
 public:
  /// Over keys that do not change. `denylist` may be null. Errors: kInvalidArgument if the policy
  /// is out of its bounds. `clock` must outlive the verifier.
  static Result<Verifier> create(KeySet keys, Policy policy, const Clock& clock = system_clock(),
                                 std::shared_ptr<const Denylist> denylist = nullptr);
  /// Over keys that do. Errors: those above, and for a null source.
  static Result<Verifier> create(std::shared_ptr<const KeySource> keys, Policy policy,
                                 const Clock& clock = system_clock(),
                                 std::shared_ptr<const Denylist> denylist = nullptr);

  /// Returns the claims of a token that is genuine and satisfies the policy. Total: time and memory
  /// are bounded by Policy::max_token_bytes, whatever the input. Refusals: every Reason.
  [[nodiscard]] Result<Claims, Refusal> verify(std::string_view token) const;

  [[nodiscard]] const Policy& policy() const noexcept;

 private:
  explicit Verifier(std::shared_ptr<const detail::VerifierState> state) noexcept;
  std::shared_ptr<const detail::VerifierState> state_;
};

}  // namespace jwt
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_JWT_VERIFIER_H_
