#ifndef COEFFICIENT_TESTS_GATEWAY_RAW_CLIENT_H_
#define COEFFICIENT_TESTS_GATEWAY_RAW_CLIENT_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace test {

/// A TCP connection to 127.0.0.1 that sends exactly what it is told, in the pieces it is told.
/// Every read has a limit of 20 s, after which it counts as "nothing came".
class RawClient {
 public:
  explicit RawClient(std::uint16_t port);
  RawClient(RawClient&& other) noexcept;
  RawClient& operator=(RawClient&&) = delete;
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient();

  [[nodiscard]] bool connected() const { return fd_ >= 0; }
  /// False if the peer has closed or reset.
  bool send(std::string_view bytes);
  /// Returns the next whole response (by Content-Length), or what came before the end.
  std::string response();
  /// Returns true if the peer closes, with or without a reset, and sends nothing before it.
  bool closed_by_peer();

 private:
  bool fill();
  int fd_ = -1;
  std::string buffer_;
};

/// Returns the status code of a response, 0 if it is none.
int status_of(std::string_view response);

}  // namespace test

#endif  // COEFFICIENT_TESTS_GATEWAY_RAW_CLIENT_H_
