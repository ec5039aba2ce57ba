#ifndef COEFFICIENT_SRC_VAULT_RECORD_BLOB_H_
#define COEFFICIENT_SRC_VAULT_RECORD_BLOB_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "coefficient/core/result.h"
#include "coefficient/core/secret_bytes.h"
#include "coefficient/vault/blob.h"
#include "coefficient/vault/export.h"
#include "coefficient/vault/rows.h"
#include "coefficient/version.h"
#include "core/crypto/cobblestone.h"
#include "vault/data_key.h"

// Exported for tests only.
//
// The record blob "CFV1", big-endian:
//
//    0   4  "CFV1"
//    4   1  suite, 1 = Cobblestone-256
//    5   1  flags, 0
//    6   2  zero
//    8  16  dek_id
//   24   8  record version
//   32   n  the Cobblestone-256 message: salt(24) | commitment(32) | chunks
//
// The message's context is PAE("coefficient.vault.record.v1", the first 32 bytes, tenant, kind,
// name), so a blob opens at its own address and under its own header only.
COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

inline constexpr std::size_t kRecordHeaderBytes = 32;
inline constexpr std::size_t kMaxSecretBytes = std::size_t{16} << 20;

/// Why a blob did not open. All but kChunk and kInternal are found before anything is deciphered.
enum class RecordFault {
  kFormat,      ///< Not a CFV1 blob: magic, suite, flags or length.
  kHeader,      ///< Another data key or version than the row says.
  kCommitment,  ///< Another key, address or header than it was sealed with.
  kChunk,       ///< The content was changed.
  kInternal,    ///< OpenSSL failed.
};
COEFFICIENT_VAULT_EXPORT const char* describe(RecordFault fault) noexcept;

struct RecordHeader {
  DekId dek_id{};
  std::uint64_t version = 0;
};

/// Returns the header of a blob whose length is possible too. Fault: kFormat.
COEFFICIENT_VAULT_EXPORT Result<RecordHeader, RecordFault> parse_record_header(
    std::span<const std::byte> blob);

/// Returns the blob of `secret`, at most kMaxSecretBytes, with a fresh salt. Errors:
/// kResourceExhausted on the size, kInternal if OpenSSL failed.
COEFFICIENT_VAULT_EXPORT Result<Blob> seal_record(const DataKey& key, const RecordRef& ref,
                                                  std::uint64_t version,
                                                  std::span<const std::byte> secret);

/// The same with the salt given, for tests against another implementation.
COEFFICIENT_VAULT_EXPORT Result<Blob> seal_record(
    const DataKey& key, const RecordRef& ref, std::uint64_t version,
    std::span<const std::byte> secret,
    std::span<const std::byte, crypto::kCobblestoneSaltBytes> salt);

/// Returns the content of a blob that must be of this key, address and version.
COEFFICIENT_VAULT_EXPORT Result<SecretBytes, RecordFault> open_record(
    const DataKey& key, const RecordRef& ref, std::uint64_t version,
    std::span<const std::byte> blob);

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_VAULT_RECORD_BLOB_H_
