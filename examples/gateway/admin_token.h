#ifndef COEFFICIENT_GATEWAY_ADMIN_TOKEN_H_
#define COEFFICIENT_GATEWAY_ADMIN_TOKEN_H_

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/jwt/key.h"
#include "coefficient/jwt/verifier.h"
#include "coefficient/rbac/policy.h"
#include "coefficient/vault/vault.h"
#include "result.h"

/// The bearer tokens of the admin side: JWTs, EdDSA with Ed25519, signed with a key pair that is a
/// record of the vault (tenant "gateway", kind "admin_key", name "admin"). Key, typ, iss and aud
/// are fixed, so that no other token passes for one. A pair rather than a secret, so that a gateway
/// that serves can check a token but not make one.
namespace gateway {

inline constexpr std::string_view kAdminIssuer = "gateway";
inline constexpr std::string_view kAdminAudience = "gateway-admin";
inline constexpr std::string_view kAdminTokenType = "gateway-admin+jwt";

/// Makes a new key pair, in place of the one there is. What was signed with that is refused by
/// every gateway that is started from now on. Errors: those of Vault::put, kInternal.
Result<> renew_admin_key(coefficient::vault::Vault& vault);

/// Returns the key that signs. Errors: kNotFound with the command that makes one; those of
/// Vault::get; kDataLoss if the record holds no such key.
Result<coefficient::jwt::Key> read_admin_key(coefficient::vault::Vault& vault);

/// Returns a key that verifies what `key` signs and cannot sign.
Result<coefficient::jwt::Key> public_half(const coefficient::jwt::Key& key);

struct TokenRequest {
  std::string subject;             ///< Who uses it, for the log.
  std::vector<std::string> roles;  ///< Values of the claim "roles".
  std::chrono::seconds ttl{0};     ///< From now to its exp.
};

/// Returns a token that is valid from `clock`'s now on. Errors: kInvalidArgument for a ttl under a
/// second, a subject that is no name, or a role that `policy` maps to none.
Result<std::string> mint_admin_token(const coefficient::jwt::Key& key,
                                     const coefficient::rbac::Policy& policy,
                                     const TokenRequest& request, const Clock& clock);

/// Returns the id under which the holder of such a token is known to `policy`, as in "token:ann".
/// Errors: kInvalidArgument for a subject that is no name, and what the policy says.
Result<std::string> admin_principal(const coefficient::rbac::Policy& policy,
                                    const TokenRequest& request, const Clock& clock);

/// Returns what accepts the tokens of mint_admin_token() that were issued at most `max_age` ago.
Result<coefficient::jwt::Verifier> make_admin_verifier(coefficient::jwt::Key key,
                                                       std::chrono::seconds max_age,
                                                       const Clock& clock);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_ADMIN_TOKEN_H_
