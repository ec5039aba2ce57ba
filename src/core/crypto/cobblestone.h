#ifndef COEFFICIENT_SRC_CORE_CRYPTO_COBBLESTONE_H_
#define COEFFICIENT_SRC_CORE_CRYPTO_COBBLESTONE_H_

#include <cstddef>
#include <optional>
#include <span>

#include "coefficient/core/export.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "core/crypto/hmac.h"

// Private to the library: never installed. Exported from core for the other modules only.
//
// Cobblestone-256: C2SP chunked-encryption (c2sp.org/chunked-encryption) with SHA-512 and
// AES-256-GCM. The message is salt(24) | commitment(32) | chunks, each chunk 16 KiB and a tag of
// 16 bytes, the last one shorter. The input key is an HmacKey for SHA-512 made of 32 random bytes,
// kept, so that a message costs no new key setup.
//
// Thread safety: may be called concurrently.
COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {

inline constexpr std::size_t kCobblestoneSaltBytes = 24;
inline constexpr std::size_t kCobblestoneCommitmentBytes = 32;
inline constexpr std::size_t kCobblestoneHeaderBytes = 56;
inline constexpr std::size_t kCobblestoneChunkBytes = 16384;
inline constexpr std::size_t kCobblestoneKeyBytes = 32;

/// Why a message did not open. Only kChunk comes after a block of it was deciphered.
enum class CobblestoneFault {
  kLength,      ///< No message has this length; a truncated one is here or in kChunk.
  kCommitment,  ///< Another key, salt or context.
  kChunk,       ///< A chunk was changed, moved or is missing.
  kInternal,    ///< OpenSSL failed.
};
inline const char* describe(CobblestoneFault) noexcept {
  return "a Cobblestone-256 message did not open";
}

/// Returns the size of the message for a plaintext of `size` bytes.
constexpr std::size_t cobblestone_sealed_size(std::size_t size) noexcept {
  return kCobblestoneHeaderBytes + size + (size / kCobblestoneChunkBytes + 1) * 16;
}
/// Returns the size of the plaintext in a message of `size` bytes; nullopt if none has that size.
COEFFICIENT_CORE_EXPORT std::optional<std::size_t> cobblestone_plaintext_size(
    std::size_t size) noexcept;

/// Writes the message of `plaintext` to `out`, which has cobblestone_sealed_size() bytes (any other
/// size is kInvalidArgument). `salt` must be random: it never repeats under one key. Error:
/// kInternal; on any, `out` is zeros.
COEFFICIENT_CORE_EXPORT Result<> cobblestone_seal(
    const HmacKey& key, std::span<const std::byte, kCobblestoneSaltBytes> salt,
    std::span<const std::byte> context, std::span<const std::byte> plaintext,
    std::span<std::byte> out);

/// Opens `message` into `out`, which has cobblestone_plaintext_size() bytes (any other size is
/// kLength). On a fault `out` is zeros: nothing that was deciphered is released.
COEFFICIENT_CORE_EXPORT Result<void, CobblestoneFault> cobblestone_open(
    const HmacKey& key, std::span<const std::byte> context, std::span<const std::byte> message,
    std::span<std::byte> out);

}  // namespace crypto
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_CRYPTO_COBBLESTONE_H_
