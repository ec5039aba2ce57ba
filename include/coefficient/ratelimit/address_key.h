#ifndef COEFFICIENT_RATELIMIT_ADDRESS_KEY_H_
#define COEFFICIENT_RATELIMIT_ADDRESS_KEY_H_

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/ratelimit/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// Who a network address stands for, as a key for KeyedLimiter: all of an IPv4 address, and of an
/// IPv6 address its network, as whoever has a /64 has 2^64 addresses to come from. An IPv4 address
/// that is written in IPv6 (::ffff:192.0.2.1, as a dual-stack socket says) is that IPv4 address.
///
/// Thread safety: immutable.
class COEFFICIENT_RATELIMIT_EXPORT AddressKey {
 public:
  /// Returns the key; valid as long as this object.
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }
  operator std::string_view() const noexcept {  // NOLINT(google-explicit-constructor)
    return view();
  }

 private:
  friend COEFFICIENT_RATELIMIT_EXPORT AddressKey ipv4_key(std::span<const std::byte, 4>) noexcept;
  friend COEFFICIENT_RATELIMIT_EXPORT Result<AddressKey> ipv6_key(std::span<const std::byte, 16>,
                                                                  unsigned);
  AddressKey() = default;
  void append(std::span<const std::byte> bytes) noexcept;

  std::array<char, 18> bytes_{};
  std::size_t size_ = 0;
};

/// Returns the key of an address in network byte order.
COEFFICIENT_RATELIMIT_EXPORT AddressKey ipv4_key(std::span<const std::byte, 4> address) noexcept;

/// Returns the key of the first `prefix_bits` of an address in network byte order.
/// Error: kInvalidArgument unless prefix_bits is 1 to 128.
COEFFICIENT_RATELIMIT_EXPORT Result<AddressKey> ipv6_key(std::span<const std::byte, 16> address,
                                                         unsigned prefix_bits = 64);

/// Returns the key of an address as text: dotted decimal without leading zeros, or RFC 4291 section
/// 2.2. Errors: kInvalidArgument if it is neither (a port, brackets, a zone such as %eth0), or from
/// ipv6_key(). What a client sends (X-Forwarded-For) is only as good as who vouches for it.
COEFFICIENT_RATELIMIT_EXPORT Result<AddressKey> address_key(std::string_view text,
                                                            unsigned ipv6_prefix_bits = 64);

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_RATELIMIT_ADDRESS_KEY_H_
