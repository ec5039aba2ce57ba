#include "coefficient/jwt/policy.h"

#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {

Policy access_token_policy(std::string issuer, std::string audience) {
  Policy policy;
  policy.issuers.push_back(std::move(issuer));
  policy.audiences.push_back(std::move(audience));
  policy.type = "at+jwt";
  policy.required = {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"};
  return policy;
}

}  // namespace jwt
COEFFICIENT_END_NAMESPACE
