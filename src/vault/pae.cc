#include "vault/pae.h"

#include <cstdint>

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

// The top bit is never set: no memory holds that much.
void put_le64(std::vector<std::byte>& out, std::uint64_t n) {
  for (unsigned shift = 0; shift < 64; shift += 8)
    out.push_back(static_cast<std::byte>(n >> shift & 0xff));
}

}  // namespace

std::vector<std::byte> pae(std::initializer_list<std::span<const std::byte>> parts) {
  std::size_t size = 8;
  for (const auto part : parts) size += 8 + part.size();
  std::vector<std::byte> out;
  out.reserve(size);
  put_le64(out, parts.size());
  for (const auto part : parts) {
    put_le64(out, part.size());
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
