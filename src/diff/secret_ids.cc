#include "diff/secret_ids.h"

#include <bit>
#include <cstring>
#include <utility>

#include "coefficient/core/random.h"
#include "coefficient/core/secret_bytes.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail {

Result<SecretIds> SecretIds::create(std::span<const std::byte> key, std::size_t limit) {
  std::array<std::byte, crypto::kSha256Bytes> random{};
  if (key.empty()) {
    const Result<> filled = random_bytes(random);
    if (!filled) return filled.error();
    key = random;
  }
  auto hmac = crypto::HmacKey::create(crypto::DigestAlgorithm::kSha256, key);
  wipe(random);
  if (!hmac) return hmac.error();
  return SecretIds(std::move(*hmac), limit);
}

SecretIds::SecretIds(crypto::HmacKey key, std::size_t limit)
    : key_(std::move(key)), limit_(limit), slots_(std::bit_ceil(limit * 2)) {}

std::uint64_t SecretIds::id(std::string_view secret) {
  crypto::Hmac hmac(key_);
  hmac.update(std::as_bytes(std::span(secret.data(), secret.size())));
  std::array<std::byte, crypto::kSha256Bytes> mac{};
  if (!hmac.finish(mac)) return 0;
  Tag tag{};
  std::memcpy(tag.data(), mac.data(), sizeof tag);
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = tag[0] & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask)
    if (tags_[slots_[slot] - 1U] == tag) return slots_[slot];
  if (tags_.size() == limit_) return 0;
  tags_.push_back(tag);
  slots_[slot] = static_cast<std::uint16_t>(tags_.size());
  return tags_.size();
}

}  // namespace diff::detail
COEFFICIENT_END_NAMESPACE
