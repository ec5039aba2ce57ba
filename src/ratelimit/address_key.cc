#include "coefficient/ratelimit/address_key.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {
namespace {

constexpr std::array<std::byte, 12> kMapped = {
    std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0},    std::byte{0},
    std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0xff}, std::byte{0xff}};

}  // namespace

void AddressKey::append(std::span<const std::byte> bytes) noexcept {
  std::memcpy(bytes_.data() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

AddressKey ipv4_key(std::span<const std::byte, 4> address) noexcept {
  AddressKey key;
  key.append(std::array{std::byte{4}});
  key.append(address);
  return key;
}

Result<AddressKey> ipv6_key(std::span<const std::byte, 16> address, unsigned prefix_bits) {
  if (prefix_bits < 1 || prefix_bits > 128)
    return Error{ErrorCode::kInvalidArgument, "address key: the prefix must be 1 to 128 bits"};
  if (std::equal(kMapped.begin(), kMapped.end(), address.begin()))
    return ipv4_key(address.last<4>());
  std::array<std::byte, 16> masked{};
  const std::size_t whole = prefix_bits / 8;
  std::copy_n(address.begin(), whole, masked.begin());
  if (const unsigned rest = prefix_bits % 8; rest != 0)
    masked[whole] = address[whole] & static_cast<std::byte>(0xffU << (8 - rest));
  AddressKey key;
  key.append(std::array{std::byte{6}, static_cast<std::byte>(prefix_bits)});
  key.append(std::span(masked).first((prefix_bits + 7) / 8));
  return key;
}

Result<AddressKey> address_key(std::string_view text, unsigned ipv6_prefix_bits) {
  std::array<char, INET6_ADDRSTRLEN> copy{};
  const Error bad{ErrorCode::kInvalidArgument, "address key: not an IPv4 or IPv6 address"};
  if (text.size() >= copy.size() || text.find('\0') != std::string_view::npos) return bad;
  std::copy(text.begin(), text.end(), copy.begin());
  std::array<std::byte, 16> address{};
  if (inet_pton(AF_INET, copy.data(), address.data()) == 1)
    return ipv4_key(std::span(address).first<4>());
  if (inet_pton(AF_INET6, copy.data(), address.data()) == 1)
    return ipv6_key(address, ipv6_prefix_bits);
  return bad;
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE
