#include "core/crypto/cobblestone.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "coefficient/core/secret_bytes.h"
#include "core/crypto/aes_gcm.h"
#include "core/crypto/hkdf.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {
namespace {

constexpr std::size_t kSealedChunkBytes = kCobblestoneChunkBytes + kGcmTagBytes;
// The terminating zero is part of the label.
constexpr std::string_view kLabel("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0", 48);

// What HKDF-Expand gives for one message; wiped when done.
class MessageKeys {
 public:
  MessageKeys(const HmacKey& key, std::span<const std::byte> salt,
              std::span<const std::byte> context)
      : ok_(key.algorithm() == DigestAlgorithm::kSha512 &&
            hkdf_expand(key, {std::as_bytes(std::span(kLabel)), salt, context}, bytes_)) {}
  MessageKeys(const MessageKeys&) = delete;
  MessageKeys& operator=(const MessageKeys&) = delete;
  ~MessageKeys() { wipe(bytes_); }

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] std::span<const std::byte, 32> key() const noexcept {
    return std::span(bytes_).first<32>();
  }
  [[nodiscard]] std::span<const std::byte, 32> commitment() const noexcept {
    return std::span(bytes_).last<32>();
  }
  /// Base nonce XOR the chunk's number as a big-endian integer of the same width.
  [[nodiscard]] std::array<std::byte, kGcmNonceBytes> nonce(std::uint64_t chunk) const noexcept {
    std::array<std::byte, kGcmNonceBytes> out{};
    std::copy_n(bytes_.begin() + 32, out.size(), out.begin());
    for (std::size_t i = 0; i < sizeof chunk; ++i)
      out[kGcmNonceBytes - 1 - i] ^= static_cast<std::byte>(chunk >> (8 * i) & 0xff);
    return out;
  }

 private:
  std::array<std::byte, 32 + kGcmNonceBytes + 32> bytes_{};
  bool ok_;
};

}  // namespace

std::optional<std::size_t> cobblestone_plaintext_size(std::size_t size) noexcept {
  if (size < kCobblestoneHeaderBytes + kGcmTagBytes) return std::nullopt;
  const std::size_t body = size - kCobblestoneHeaderBytes;
  const std::size_t last = body % kSealedChunkBytes;  // of the last chunk, with its tag
  if (last < kGcmTagBytes) return std::nullopt;
  return body - (body / kSealedChunkBytes + 1) * kGcmTagBytes;
}

Result<> cobblestone_seal(const HmacKey& key,
                          std::span<const std::byte, kCobblestoneSaltBytes> salt,
                          std::span<const std::byte> context, std::span<const std::byte> plaintext,
                          std::span<std::byte> out) {
  const auto refuse = [out](ErrorCode code, const char* message) {
    wipe(out);
    return Error{code, message};
  };
  if (out.size() != cobblestone_sealed_size(plaintext.size()))
    return refuse(ErrorCode::kInvalidArgument, "the output has another size than the message");
  const MessageKeys keys(key, salt, context);
  if (!keys.ok()) return refuse(ErrorCode::kInternal, "deriving the keys of a message failed");
  const auto header = std::copy(salt.begin(), salt.end(), out.begin());
  std::copy(keys.commitment().begin(), keys.commitment().end(), header);
  Aes256Gcm gcm(Aes256Gcm::Use::kSeal, keys.key());
  auto to = out.subspan(kCobblestoneHeaderBytes);
  // A full chunk is never the last: a message of n times 16 KiB ends with an empty one.
  for (std::uint64_t i = 0; !to.empty(); ++i) {
    const std::size_t n = std::min(plaintext.size(), kCobblestoneChunkBytes);
    if (!gcm.seal(keys.nonce(i), {}, plaintext.first(n), to.first(n),
                  to.subspan(n).first<kGcmTagBytes>()))
      return refuse(ErrorCode::kInternal, "sealing failed");
    plaintext = plaintext.subspan(n);
    to = to.subspan(n + kGcmTagBytes);
  }
  return {};
}

Result<void, CobblestoneFault> cobblestone_open(const HmacKey& key,
                                                std::span<const std::byte> context,
                                                std::span<const std::byte> message,
                                                std::span<std::byte> out) {
  const auto refuse = [out](CobblestoneFault fault) {
    wipe(out);
    return fault;
  };
  const auto size = cobblestone_plaintext_size(message.size());
  if (!size || *size != out.size()) return refuse(CobblestoneFault::kLength);
  const MessageKeys keys(key, message.first<kCobblestoneSaltBytes>(), context);
  if (!keys.ok()) return refuse(CobblestoneFault::kInternal);
  if (!constant_time_equal(message.subspan<kCobblestoneSaltBytes, kCobblestoneCommitmentBytes>(),
                           keys.commitment()))
    return refuse(CobblestoneFault::kCommitment);
  Aes256Gcm gcm(Aes256Gcm::Use::kOpen, keys.key());
  auto from = message.subspan(kCobblestoneHeaderBytes);
  auto to = out;
  for (std::uint64_t i = 0; !from.empty(); ++i) {
    const std::size_t n = std::min(to.size(), kCobblestoneChunkBytes);
    if (!gcm.open(keys.nonce(i), {}, from.first(n), from.subspan(n).first<kGcmTagBytes>(),
                  to.first(n)))
      return refuse(CobblestoneFault::kChunk);
    from = from.subspan(n + kGcmTagBytes);
    to = to.subspan(n);
  }
  return {};
}

}  // namespace crypto
COEFFICIENT_END_NAMESPACE
