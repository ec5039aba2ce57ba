#ifndef COEFFICIENT_SRC_VAULT_DATA_KEY_H_
#define COEFFICIENT_SRC_VAULT_DATA_KEY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/vault/export.h"
#include "coefficient/vault/rows.h"
#include "coefficient/version.h"
#include "core/crypto/hmac.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

inline constexpr std::size_t kDataKeyBytes = 32;

/// A data key, ready for use. It keeps the HMAC-SHA512 state that the key was absorbed into and
/// not the key: the state derives all that the key does, but does not give the key back.
///
/// Exported for tests only.
///
/// Thread safety: immutable; may be used by several threads.
class COEFFICIENT_VAULT_EXPORT DataKey {
 public:
  /// Error: kInternal if OpenSSL failed.
  static Result<std::shared_ptr<const DataKey>> create(
      const DekId& id, std::span<const std::byte, kDataKeyBytes> raw);

  [[nodiscard]] const DekId& id() const noexcept { return id_; }
  [[nodiscard]] const crypto::HmacKey& key() const noexcept { return key_; }

  /// Returns the key check value: HKDF-Expand(key, "coefficient.vault.dek-check.v1" |
  /// PAE(dek_id, tenant), 32). A wrapped key that was moved to another tenant gives another one.
  [[nodiscard]] Result<std::array<std::byte, 32>> check_value(std::string_view tenant) const;

  /// Returns the mac of a high-water row: HKDF-Expand(key, "coefficient.vault.high-water.v1" |
  /// PAE(dek_id, tenant, kind, name, version as 8 bytes big-endian, removed as 1 byte), 32).
  [[nodiscard]] Result<std::array<std::byte, 32>> high_water_mac(const RecordRef& ref,
                                                                 std::uint64_t version,
                                                                 bool removed) const;

 private:
  DataKey(const DekId& id, crypto::HmacKey key) noexcept;
  DekId id_;
  crypto::HmacKey key_;
};

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_VAULT_DATA_KEY_H_
