#include "vault/data_key.h"

#include <utility>

#include "core/bytes_of.h"
#include "core/crypto/hkdf.h"
#include "vault/big_endian.h"
#include "vault/pae.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

Result<std::array<std::byte, 32>> expand(const crypto::HmacKey& key, std::string_view label,
                                         const Pae& context) {
  std::array<std::byte, 32> out{};
  if (!crypto::hkdf_expand(key, {bytes_of(label), context.bytes()}, out))
    return Error{ErrorCode::kInternal, "HKDF failed"};
  return out;
}

}  // namespace

DataKey::DataKey(const DekId& id, crypto::HmacKey key) noexcept : id_(id), key_(std::move(key)) {}

Result<std::shared_ptr<const DataKey>> DataKey::create(
    const DekId& id, std::span<const std::byte, kDataKeyBytes> raw) {
  auto key = crypto::HmacKey::create(crypto::DigestAlgorithm::kSha512, raw);
  if (!key) return key.error();
  return std::shared_ptr<const DataKey>(new DataKey(id, *std::move(key)));
}

Result<std::array<std::byte, 32>> DataKey::check_value(std::string_view tenant) const {
  return expand(key_, "coefficient.vault.dek-check.v1", Pae({id_, bytes_of(tenant)}));
}

Result<std::array<std::byte, 32>> DataKey::high_water_mac(const RecordRef& ref,
                                                          std::uint64_t version,
                                                          bool removed) const {
  const auto number = big_endian(version);
  const std::array<std::byte, 1> flag{removed ? std::byte{1} : std::byte{0}};
  return expand(
      key_, "coefficient.vault.high-water.v1",
      Pae({id_, bytes_of(ref.tenant), bytes_of(ref.kind), bytes_of(ref.name), number, flag}));
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
