#include "vault/pae.h"

#include <algorithm>
#include <cstdint>

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

// The top bit is never set: no memory holds that much.
std::byte* put_le64(std::byte* to, std::uint64_t n) noexcept {
  for (unsigned shift = 0; shift < 64; shift += 8)
    *to++ = static_cast<std::byte>(n >> shift & 0xff);
  return to;
}

}  // namespace

std::vector<std::byte> pae(std::initializer_list<std::span<const std::byte>> parts) {
  std::size_t size = 8;
  for (const auto part : parts) size += 8 + part.size();
  std::vector<std::byte> out(size);
  std::byte* to = put_le64(out.data(), parts.size());
  for (const auto part : parts) to = std::copy(part.begin(), part.end(), put_le64(to, part.size()));
  return out;
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
