#ifndef COEFFICIENT_SRC_WEBHOOK_SCHEME_CHECK_H_
#define COEFFICIENT_SRC_WEBHOOK_SCHEME_CHECK_H_

#include "coefficient/core/result.h"
#include "coefficient/webhook/scheme.h"
#include "webhook/verified_context.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook::detail {

/// Returns the compiled signed_content of a scheme whose members agree with each other, else
/// kInvalidArgument naming the member and the fix.
Result<SignedContent> check_scheme(const Scheme& scheme);

}  // namespace webhook::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_WEBHOOK_SCHEME_CHECK_H_
