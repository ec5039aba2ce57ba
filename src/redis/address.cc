#include "redis/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>

COEFFICIENT_BEGIN_NAMESPACE
namespace redis {
namespace {

Error invalid(const char* what) {
  return Error{ErrorCode::kInvalidArgument, std::string("redis server: ") + what};
}

template <class Socket>
Address address_of(const Socket& socket) {
  static_assert(sizeof(Socket) <= sizeof(sockaddr_storage));
  Address out;
  std::memcpy(&out.storage, &socket, sizeof(socket));
  out.size = sizeof(socket);
  return out;
}

Result<Address> unix_address(std::string_view path) {
  sockaddr_un socket{};
  socket.sun_family = AF_UNIX;
  if (!path.starts_with('/')) return invalid("the socket's path is not absolute");
  if (path.size() >= sizeof(socket.sun_path) || path.find('\0') != std::string_view::npos)
    return invalid("the socket's path is too long");
  path.copy(&socket.sun_path[0], path.size());
  return address_of(socket);
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  constexpr std::string_view kUnix = "unix:";
  if (text.starts_with(kUnix)) return unix_address(text.substr(kUnix.size()));
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return invalid("neither unix:PATH nor ADDRESS:PORT");
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, failed] = std::from_chars(digits.data(), end, port);
  if (failed != std::errc() || stop != end || port == 0)
    return invalid("the port is not 1 to 65535");
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    const std::string inner(host.substr(1, host.size() - 2));
    if (::inet_pton(AF_INET6, inner.c_str(), &v6.sin6_addr) == 1) return address_of(v6);
  } else {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    if (::inet_pton(AF_INET, std::string(host).c_str(), &v4.sin_addr) == 1) return address_of(v4);
  }
  return invalid(
      "not an IP address; a name is the host's to resolve, since resolvers keep no deadline");
}

}  // namespace redis
COEFFICIENT_END_NAMESPACE
