#ifndef COEFFICIENT_SRC_CORE_CRYPTO_DIGEST_H_
#define COEFFICIENT_SRC_CORE_CRYPTO_DIGEST_H_

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>

#include "coefficient/core/export.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "core/crypto/md_context.h"

// Private to the library: never installed. Exported from core for the other modules only.
COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {

enum class DigestAlgorithm { kSha256, kSha384, kSha512 };

inline constexpr std::size_t kMaxDigestBytes = 64;
inline constexpr std::size_t kSha256Bytes = 32;

constexpr std::size_t digest_bytes(DigestAlgorithm algorithm) noexcept {
  switch (algorithm) {
    case DigestAlgorithm::kSha256:
      return kSha256Bytes;
    case DigestAlgorithm::kSha384:
      return 48;
    case DigestAlgorithm::kSha512:
      break;
  }
  return kMaxDigestBytes;
}
constexpr std::size_t block_bytes(DigestAlgorithm algorithm) noexcept {
  return algorithm == DigestAlgorithm::kSha256 ? 64 : 128;
}

/// Returns the name that OpenSSL knows it by.
constexpr const char* digest_name(DigestAlgorithm algorithm) noexcept {
  switch (algorithm) {
    case DigestAlgorithm::kSha256:
      return "SHA256";
    case DigestAlgorithm::kSha384:
      return "SHA384";
    case DigestAlgorithm::kSha512:
      break;
  }
  return "SHA512";
}

/// An incremental hash. A failure inside OpenSSL is remembered and reported by finish(), so that
/// callers check once.
///
/// Thread safety: distinct objects only.
class COEFFICIENT_CORE_EXPORT Digest {
 public:
  explicit Digest(DigestAlgorithm algorithm) noexcept;
  void update(std::span<const std::byte> bytes) noexcept;
  /// Writes digest_bytes(algorithm) bytes to `out`, which must hold them; false if OpenSSL failed.
  [[nodiscard]] bool finish(std::span<std::byte> out) noexcept;

 private:
  ThreadMdContext context_;
  DigestAlgorithm algorithm_;
  bool ok_;
};

/// Writes SHA-256 of the parts one after the other to `out`; false, and `out` zeros, if OpenSSL
/// failed.
[[nodiscard]] COEFFICIENT_CORE_EXPORT bool sha256(
    std::initializer_list<std::span<const std::byte>> parts,
    std::span<std::byte, kSha256Bytes> out) noexcept;

/// Returns SHA-256 of the parts one after the other; kInternal if OpenSSL failed.
COEFFICIENT_CORE_EXPORT Result<std::array<std::byte, kSha256Bytes>> sha256(
    std::initializer_list<std::span<const std::byte>> parts);

}  // namespace crypto
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_CRYPTO_DIGEST_H_
