#ifndef COEFFICIENT_SRC_CORE_CRYPTO_HMAC_H_
#define COEFFICIENT_SRC_CORE_CRYPTO_HMAC_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "coefficient/core/result.h"
#include "core/crypto/digest.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {

/// An HMAC key (RFC 2104) kept as two digest contexts that have absorbed key^ipad and key^opad.
/// Copying one of them starts a MAC at a fraction of the cost of the one-shot HMAC().
///
/// Thread safety: immutable; may be used by several threads.
class COEFFICIENT_CORE_EXPORT HmacKey {
 public:
  /// Errors: kInvalidArgument on an empty key, kInternal if OpenSSL failed.
  static Result<HmacKey> create(DigestAlgorithm algorithm, std::span<const std::byte> key);
  [[nodiscard]] DigestAlgorithm algorithm() const noexcept { return algorithm_; }
  [[nodiscard]] std::size_t mac_bytes() const noexcept { return digest_bytes(algorithm_); }

 private:
  friend class Hmac;
  HmacKey(DigestAlgorithm algorithm, MdContext inner, MdContext outer) noexcept;
  DigestAlgorithm algorithm_;
  [[nodiscard]] MdStart start() const noexcept { return {inner_.get(), id_}; }
  std::uint64_t id_;
  MdContext inner_;
  MdContext outer_;
};

/// One MAC in the making. The key must outlive its last call. A failure inside OpenSSL is
/// remembered and reported by finish().
///
/// The state of key^ipad may stay in a context that the thread keeps, beyond the key's life.
/// Without that of key^opad, which does not, nobody can make a MAC of it, or learn the key.
///
/// Thread safety: distinct objects only.
class COEFFICIENT_CORE_EXPORT Hmac {
 public:
  explicit Hmac(const HmacKey& key) noexcept;
  void update(std::span<const std::byte> bytes) noexcept;
  /// Writes key.mac_bytes() bytes to `out`, which must have that size; false if OpenSSL failed.
  [[nodiscard]] bool finish(std::span<std::byte> out) noexcept;

 private:
  const HmacKey* key_;
  ThreadMdContext context_;
  bool ok_;
};

}  // namespace crypto
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_CRYPTO_HMAC_H_
