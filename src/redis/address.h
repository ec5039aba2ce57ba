#ifndef COEFFICIENT_SRC_REDIS_ADDRESS_H_
#define COEFFICIENT_SRC_REDIS_ADDRESS_H_

#include <sys/socket.h>

#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace redis {

/// Where a server listens, ready for connect().
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

/// Reads `unix:/path`, `127.0.0.1:6379` or `[::1]:6379`. Error: kInvalidArgument; for a host's
/// name, too.
Result<Address> parse_address(std::string_view text);

}  // namespace redis
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_REDIS_ADDRESS_H_
