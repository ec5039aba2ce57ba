#ifndef COEFFICIENT_SRC_JWT_CLAIMS_ACCESS_H_
#define COEFFICIENT_SRC_JWT_CLAIMS_ACCESS_H_

#include <memory>

#include "coefficient/jwt/claims.h"
#include "jwt/claim_table.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt::detail {

/// The one place that makes Claims: to be called for verified tokens only.
struct ClaimsAccess {
  static Claims make(std::unique_ptr<const ClaimTable> table) noexcept;
};

}  // namespace jwt::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_JWT_CLAIMS_ACCESS_H_
