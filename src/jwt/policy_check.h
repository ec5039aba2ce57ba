#ifndef COEFFICIENT_SRC_JWT_POLICY_CHECK_H_
#define COEFFICIENT_SRC_JWT_POLICY_CHECK_H_

#include <chrono>

#include "coefficient/core/result.h"
#include "coefficient/jwt/policy.h"
#include "coefficient/jwt/refusal.h"
#include "jwt/claim_table.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {

/// Error: kInvalidArgument that names the member that is out of its range.
Result<> check_bounds(const Policy& policy);

/// Refusals: kMissingClaim, kExpired, kNotYetValid, kTooOld, kWrongIssuer, kWrongAudience.
Result<void, Refusal> check_claims(const ClaimTable& table, const Policy& policy,
                                   std::chrono::sys_seconds now);

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_JWT_POLICY_CHECK_H_
