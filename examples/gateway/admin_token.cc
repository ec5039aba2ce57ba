#include "admin_token.h"

#include <array>
#include <span>
#include <utility>

#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"
#include "coefficient/jwt/claim_set.h"
#include "coefficient/jwt/signer.h"
#include "directory.h"

namespace gateway {
namespace {

namespace jwt = coefficient::jwt;
namespace vault = coefficient::vault;

constexpr vault::RecordRef kKeyRecord{.tenant = "gateway", .kind = "admin_key", .name = "admin"};
// Minting and checking are done by the clock of one host, which may be set by a moment in between.
constexpr std::chrono::seconds kLeeway{5};
constexpr std::size_t kMaxTokenBytes = 4096;

jwt::ClaimSet claims_of(const TokenRequest& request, std::chrono::sys_seconds now,
                        std::string_view id) {
  jwt::ClaimSet claims;
  claims.issuer(kAdminIssuer).audience(kAdminAudience).subject(request.subject);
  claims.issued_at(now).expires_at(now + request.ttl).id(id).roles(request.roles);
  return claims;
}

// Each role by itself, so that a misspelt one is not covered by another.
Result<> check_roles(const coefficient::rbac::Policy& policy, const TokenRequest& request,
                     std::chrono::sys_seconds now) {
  for (const std::string& role : request.roles) {
    TokenRequest one = request;
    one.roles = {role};
    auto json = claims_of(one, now, "-").to_json();
    if (!json) return json.error();
    auto principal = policy.principal_from_claims(*json);
    if (!principal) return principal.error();
    if (principal->roles.empty()) {
      return Error{ErrorCode::kInvalidArgument,
                   "the policy " + std::string(policy.id()) + " has no role for '" + role + "'"};
    }
  }
  return {};
}

}  // namespace

Result<> renew_admin_key(vault::Vault& vault) {
  auto jwk = jwt::generate_jwk(jwt::Algorithm::kEdDsa);
  if (!jwk) return jwk.error();
  auto put = vault.put(kKeyRecord, jwk->expose());
  if (!put) return put.error();
  return {};
}

Result<jwt::Key> read_admin_key(vault::Vault& vault) {
  auto secret = vault.get(kKeyRecord);
  if (!secret && secret.error().code == ErrorCode::kNotFound) {
    return Error{ErrorCode::kNotFound,
                 "the vault has no admin key; run: gateway token DIR --new-key"};
  }
  if (!secret) return secret.error();
  const auto bytes = secret->bytes.expose();
  auto key = jwt::Key::from_jwk({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!key) return Error{ErrorCode::kDataLoss, "the admin key is no key: " + key.error().message};
  if (key->algorithm() != jwt::Algorithm::kEdDsa || !key->can_sign()) {
    return Error{ErrorCode::kDataLoss, "the admin key is not the private key of an EdDSA pair"};
  }
  return key;
}

Result<jwt::Key> public_half(const jwt::Key& key) {
  auto jwk = key.public_jwk();
  if (!jwk) return jwk.error();
  return jwt::Key::from_jwk(*jwk);
}

Result<std::string> mint_admin_token(const jwt::Key& key, const coefficient::rbac::Policy& policy,
                                     const TokenRequest& request, const Clock& clock) {
  if (request.ttl < std::chrono::seconds(1)) {
    return Error{ErrorCode::kInvalidArgument, "a token lives at least a second"};
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(clock.now());
  if (auto checked = check_roles(policy, request, now); !checked) return checked.error();
  std::array<std::byte, 16> random{};
  if (auto drawn = coefficient::random_bytes(random); !drawn) return drawn.error();
  auto signer = jwt::Signer::create(key, {.type = std::string(kAdminTokenType)});
  if (!signer) return signer.error();
  return signer->sign(claims_of(request, now, coefficient::hex_encode(random)));
}

Result<std::string> admin_principal(const coefficient::rbac::Policy& policy,
                                    const TokenRequest& request, const Clock& clock) {
  const auto now = std::chrono::floor<std::chrono::seconds>(clock.now());
  auto json = claims_of(request, now, "-").to_json();
  if (!json) return json.error();
  auto principal = policy.principal_from_claims(*json);
  if (!principal) return principal.error();
  return std::move(principal->id);
}

Result<jwt::Verifier> make_admin_verifier(jwt::Key key, std::chrono::seconds max_age,
                                          const Clock& clock) {
  std::vector<jwt::Key> keys;
  keys.push_back(std::move(key));
  auto set = jwt::KeySet::create(std::move(keys));
  if (!set) return set.error();
  jwt::Policy policy;
  policy.issuers = {std::string(kAdminIssuer)};
  policy.audiences = {std::string(kAdminAudience)};
  policy.type = kAdminTokenType;
  policy.leeway = kLeeway;
  policy.max_age = max_age;
  policy.required = {"sub", "jti"};
  policy.max_token_bytes = kMaxTokenBytes;
  return jwt::Verifier::create(*std::move(set), std::move(policy), clock);
}

}  // namespace gateway
