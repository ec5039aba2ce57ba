// In place of redis_rate_backend.cc where hiredis is not to be had.
#include "rate_counts.h"

namespace gateway {

Result<std::shared_ptr<coefficient::ratelimit::Backend>> redis_rate_backend(
    const RateLimitConfig& /*config*/) {
  return Error{ErrorCode::kFailedPrecondition,
               "this gateway was built without the module redis (COEFFICIENT_BUILD_REDIS)"};
}

}  // namespace gateway
