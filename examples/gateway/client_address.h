#ifndef COEFFICIENT_GATEWAY_CLIENT_ADDRESS_H_
#define COEFFICIENT_GATEWAY_CLIENT_ADDRESS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/ratelimit/address_key.h"
#include "result.h"

namespace gateway {

/// Whom a request counts for. X-Forwarded-For is what anybody likes to write, but for what a proxy
/// of ours has added at its end.
///
/// Thread safety: immutable.
class ClientAddresses {
 public:
  /// `proxies` are IP addresses. Error: kInvalidArgument.
  static Result<ClientAddresses> create(const std::vector<std::string>& proxies);

  /// Returns the key of the client: of `peer`, unless that is a proxy; then of the last address in
  /// `forwarded` (the values of X-Forwarded-For, in order) that is none. What is not an address
  /// ends the search, and counts for the proxy that passed it on. At most the last 16 are read.
  /// Error: kInvalidArgument if `peer` is no IP address.
  [[nodiscard]] Result<coefficient::ratelimit::AddressKey> client(
      std::string_view peer, std::span<const std::string_view> forwarded) const;

 private:
  explicit ClientAddresses(std::vector<coefficient::ratelimit::AddressKey> proxies);
  [[nodiscard]] bool is_proxy(std::string_view address) const;
  std::vector<coefficient::ratelimit::AddressKey> proxies_;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_CLIENT_ADDRESS_H_
