#ifndef COEFFICIENT_GATEWAY_CLIENT_H_
#define COEFFICIENT_GATEWAY_CLIENT_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "result.h"

namespace gateway {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct HttpAnswer {
  unsigned status = 0;
  std::string body;
};

/// Where a gateway listens.
struct Peer {
  std::string address = "127.0.0.1";  ///< An IP address.
  std::uint16_t port = 0;
};

/// Returns "address:port", an IPv6 address in brackets.
std::string authority(const Peer& peer);

/// Sends one POST over a connection of its own and returns the answer, which may come before the
/// body is sent (a refusal). Plain HTTP, so loopback only.
/// Errors: kPermissionDenied if the address is not a loopback one, kInvalidArgument if it is none,
/// kUnavailable if nothing listens or the connection broke, kDeadlineExceeded, kResourceExhausted
/// if the answer is larger than 64 KiB.
Result<HttpAnswer> http_post(const Peer& peer, const std::string& path, const HeaderList& headers,
                             std::string_view body,
                             std::chrono::milliseconds deadline = std::chrono::seconds(15));

/// Returns the peer and the path of `http://<loopback address>[:port][/path]`; "localhost" is
/// 127.0.0.1. Errors: kInvalidArgument.
Result<std::pair<Peer, std::string>> parse_url(std::string_view url);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_CLIENT_H_
