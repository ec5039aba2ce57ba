#include "coefficient/redis/ratelimit_backend.h"
#include "rate_counts.h"

namespace gateway {

Result<std::shared_ptr<coefficient::ratelimit::Backend>> redis_rate_backend(
    const RateLimitConfig& config) {
  auto backend = coefficient::redis::RatelimitBackend::create({.server = config.redis,
                                                               .prefix = "gateway:rate:",
                                                               .deadline = config.redis_deadline,
                                                               .connections = 1});
  if (!backend) return backend.error();
  return std::shared_ptr<coefficient::ratelimit::Backend>(*std::move(backend));
}

}  // namespace gateway
