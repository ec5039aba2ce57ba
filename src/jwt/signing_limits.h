#ifndef COEFFICIENT_SRC_JWT_SIGNING_LIMITS_H_
#define COEFFICIENT_SRC_JWT_SIGNING_LIMITS_H_

#include "coefficient/version.h"
#include "jwt/claim_table.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {

/// The largest limits that a verifier's policy may have for members; its default for depth.
inline constexpr ClaimLimits kSigningLimits{.max_depth = 16, .max_members = 4096};

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_JWT_SIGNING_LIMITS_H_
