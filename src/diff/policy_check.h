#ifndef COEFFICIENT_SRC_DIFF_POLICY_CHECK_H_
#define COEFFICIENT_SRC_DIFF_POLICY_CHECK_H_

#include "coefficient/diff/policy.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

/// Returns kInvalidArgument, naming the member, if the id or a number of `policy` is out of its
/// limits. Patterns and attributes are looked at where they are compiled.
Result<> check_policy(const Policy& policy);

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_POLICY_CHECK_H_
