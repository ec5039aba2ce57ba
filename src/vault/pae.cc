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

Pae::Pae(std::initializer_list<std::span<const std::byte>> parts) {  // NOLINT(*-member-init)
  for (const auto part : parts) size_ += 8 + part.size();
  if (size_ > sizeof small_) large_ = std::make_unique_for_overwrite<std::byte[]>(size_);
  std::byte* to = put_le64(large_ != nullptr ? large_.get() : small_, parts.size());
  for (const auto part : parts) to = std::copy(part.begin(), part.end(), put_le64(to, part.size()));
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
