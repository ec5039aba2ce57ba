#ifndef COEFFICIENT_VAULT_ROWS_H_
#define COEFFICIENT_VAULT_ROWS_H_

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/vault/blob.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// What a Store keeps. Plain data: whoever can write the store can write any of it, so the vault
/// believes nothing here that a data key does not vouch for (docs/vault.md says what one does).
///
/// Texts (tenant, kind, name, and the three of a KekVersion) are 1 to 255 bytes of UTF-8 without
/// control characters (U+0000 to U+001F, U+007F to U+009F); the vault checks them. They are
/// compared and ordered byte by byte. They, versions and times are not secret and are stored in
/// clear.

/// Names a data key: 16 random bytes.
using DekId = std::array<std::byte, 16>;

/// Seconds since 1970-01-01T00:00:00Z. Metadata for people; nothing is decided by it.
using Timestamp = std::chrono::sys_seconds;

/// The address of a record. Views: valid only while the caller's strings are.
struct RecordRef {
  std::string_view tenant;
  std::string_view kind;  ///< E.g. "oauth_token".
  std::string_view name;
};

/// A record without its content.
struct RecordInfo {
  std::string tenant;
  std::string kind;
  std::string name;
  /// 1 for the first; each put and each remove adds 1, and it never goes back.
  std::uint64_t version = 0;
  /// A tombstone: the record was removed at this version. Its blob is empty.
  bool removed = false;
  DekId dek_id{};  ///< Which data key sealed the blob, or made the tombstone.
  Timestamp updated_at{};
};

/// The one row of a record: its latest version. Key: (tenant, kind, name).
struct RecordRow {
  RecordInfo info;
  Blob blob;  ///< "CFV1", at most 16 MiB + 17 KiB; empty in a tombstone.
};

/// The version that a record has reached, in a row of its own with the same key, written together
/// with the record. `mac` is made with the data key over the key, version, removed and dek_id, so
/// that a record row which was put back, deleted or turned into a tombstone no longer fits it.
struct HighWaterRow {
  std::uint64_t version = 0;
  bool removed = false;
  DekId dek_id{};
  std::array<std::byte, 32> mac{};
};

/// One version of a key-encryption key, by the name that its provider knows.
struct KekVersion {
  std::string provider;  ///< E.g. "local", "pkcs11".
  std::string kek_id;
  std::string version;

  friend bool operator==(const KekVersion&, const KekVersion&) = default;
  // The check takes the 0 that the compiler itself compares with for a null pointer.
  // NOLINTNEXTLINE(modernize-use-nullptr)
  friend auto operator<=>(const KekVersion&, const KekVersion&) = default;
};

/// How a data key is wrapped. The numbers are stored.
enum class WrapAlgorithm : std::uint8_t {
  kCobblestone256 = 1,  ///< C2SP chunked-encryption under a local KEK, bound to the AAD.
  kAesKwp = 2,          ///< RFC 5649. It has no AAD; the row's kcv binds the key to its tenant.
  kOpaque = 3,          ///< The provider's own form, which binds the AAD.
};

/// What a wrap is for. The numbers are stored.
enum class WrapPurpose : std::uint8_t {
  kPrimary = 1,     ///< Used for every unwrap. A data key has one.
  kBreakGlass = 2,  ///< Used only when the vault was created to use it.
};

/// One wrap of a data key. Key: (dek_id, purpose).
struct WrapRow {
  WrapPurpose purpose = WrapPurpose::kPrimary;
  KekVersion kek;
  WrapAlgorithm algorithm = WrapAlgorithm::kCobblestone256;
  std::vector<std::byte> wrapped;  ///< At most 64 KiB.
};

/// The numbers are stored.
enum class DataKeyState : std::uint8_t {
  kActive = 1,       ///< Seals and opens. A tenant has at most one.
  kDecryptOnly = 2,  ///< Opens what it sealed before a rotation.
  kDestroyed = 3,    ///< Shredded: the row stays, without wraps and with a zero kcv.
};

/// A data key of a tenant, with all its wraps. Key: dek_id.
struct DataKeyRow {
  DekId dek_id{};
  std::string tenant;
  DataKeyState state = DataKeyState::kActive;
  std::array<std::byte, 32> kcv{};  ///< Key check value, bound to (dek_id, tenant).
  std::vector<WrapRow> wraps;       ///< Ordered by purpose, at most one of each.
  Timestamp created_at{};
};

/// The numbers are stored.
enum class KekState : std::uint8_t {
  kLive = 1,
  kDestroyed = 2,  ///< Nothing may be wrapped under it any more. The row stays.
};

/// A KEK version that this store has used, with a canary: a random key wrapped as a data key would
/// be, so that a start with the wrong KEK fails at once. Key: kek.
struct KekRow {
  KekVersion kek;
  KekState state = KekState::kLive;
  WrapAlgorithm algorithm = WrapAlgorithm::kCobblestone256;
  std::vector<std::byte> canary;    ///< At most 64 KiB.
  std::array<std::byte, 32> kcv{};  ///< What the unwrapped canary must give.
};

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_VAULT_ROWS_H_
