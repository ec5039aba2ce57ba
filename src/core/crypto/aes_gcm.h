#ifndef COEFFICIENT_SRC_CORE_CRYPTO_AES_GCM_H_
#define COEFFICIENT_SRC_CORE_CRYPTO_AES_GCM_H_

#include <openssl/evp.h>

#include <cstddef>
#include <span>

#include "coefficient/core/export.h"
#include "coefficient/version.h"
#include "core/crypto/error_queue.h"

// Private to the library: never installed. Exported from core for the other modules only.
COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {

inline constexpr std::size_t kAes256KeyBytes = 32;
inline constexpr std::size_t kGcmNonceBytes = 12;
inline constexpr std::size_t kGcmTagBytes = 16;

/// One AES-256-GCM key (SP 800-38D; nonces of 96 bits, tags of 128) in one direction. A nonce must
/// never be used twice with one key; that is the caller's to see to. Contexts are kept per thread,
/// since making one costs more than sealing 256 bytes; a kept one holds the zero key.
///
/// A failure inside OpenSSL is remembered: seal() and open() then return false.
///
/// Thread safety: distinct objects only; an object stays in the thread that made it, and objects of
/// one thread end in the reverse order of their beginnings (they mark the thread's error queue).
class COEFFICIENT_CORE_EXPORT Aes256Gcm {
 public:
  enum class Use { kSeal, kOpen };
  /// `key` must outlive the object: it is set together with the first nonce, which saves a call.
  Aes256Gcm(Use use, std::span<const std::byte, kAes256KeyBytes> key) noexcept;
  Aes256Gcm(const Aes256Gcm&) = delete;
  Aes256Gcm& operator=(const Aes256Gcm&) = delete;
  ~Aes256Gcm();

  /// Encrypts `plaintext` to `ciphertext`, which has its size and may be the same memory, and
  /// writes the tag. False if the object was made to open, if a size is wrong or above INT_MAX, or
  /// if OpenSSL failed; `ciphertext` must then not be used.
  [[nodiscard]] bool seal(std::span<const std::byte, kGcmNonceBytes> nonce,
                          std::span<const std::byte> aad, std::span<const std::byte> plaintext,
                          std::span<std::byte> ciphertext,
                          std::span<std::byte, kGcmTagBytes> tag) noexcept;

  /// Decrypts likewise. False also if the tag does not fit; `plaintext` is then zeros.
  [[nodiscard]] bool open(std::span<const std::byte, kGcmNonceBytes> nonce,
                          std::span<const std::byte> aad, std::span<const std::byte> ciphertext,
                          std::span<const std::byte, kGcmTagBytes> tag,
                          std::span<std::byte> plaintext) noexcept;

 private:
  // Sets the nonce, and the key if it was not set yet.
  [[nodiscard]] bool start(std::span<const std::byte, kGcmNonceBytes> nonce) noexcept;
  ErrorQueueMark mark_;      // once for all chunks of a message: a call costs as much as 200 bytes
  EVP_CIPHER_CTX* context_;  // null if OpenSSL has no memory
  const std::byte* unset_key_;
  Use use_;
};

}  // namespace crypto
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_CRYPTO_AES_GCM_H_
