#include "core/crypto/hkdf.h"

#include <algorithm>
#include <array>

#include "coefficient/core/secret_bytes.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {
namespace {

// T(i-1), the info and i, which is what T(i) is the MAC of. Where the info is short they lie one
// after the other, since each call into OpenSSL costs as much as hashing 16 bytes.
class Block {
 public:
  Block(std::size_t mac_bytes, std::initializer_list<std::span<const std::byte>> info) noexcept
      : info_(info), info_at_(mac_bytes), counter_at_(mac_bytes) {
    std::size_t size = 0;
    for (const auto part : info) size += part.size();
    joined_ = mac_bytes + size + 1 <= bytes_.size();
    if (!joined_) return;
    for (const auto part : info) {
      std::copy(part.begin(), part.end(),
                bytes_.begin() + static_cast<std::ptrdiff_t>(counter_at_));
      counter_at_ += part.size();
    }
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() { wipe(previous()); }

  /// T(i-1), to be replaced by T(i).
  [[nodiscard]] std::span<std::byte> previous() noexcept {
    return std::span(bytes_).first(info_at_);
  }
  /// Has `mac` absorb block i, which is from 1 to 255.
  void absorb(Hmac& mac, std::size_t i) noexcept {
    bytes_[counter_at_] = static_cast<std::byte>(i);
    const std::size_t from = i == 1 ? info_at_ : 0;  // there is no T(0)
    const auto all = std::span(bytes_).first(counter_at_ + 1);
    if (joined_) return mac.update(all.subspan(from));
    mac.update(all.subspan(from, info_at_ - from));
    for (const auto part : info_) mac.update(part);
    mac.update(all.last(1));
  }

 private:
  std::initializer_list<std::span<const std::byte>> info_;
  std::size_t info_at_;
  std::size_t counter_at_;
  bool joined_ = false;
  std::array<std::byte, 512> bytes_;  // the end stays unwritten
};

}  // namespace

bool hkdf_expand(const HmacKey& prk, std::initializer_list<std::span<const std::byte>> info,
                 std::span<std::byte> out) {
  const std::size_t size = prk.mac_bytes();
  bool ok = out.size() <= 255 * size;
  // Without the attribute, -ftrivial-auto-var-init would zero half a kilobyte for each record.
  __attribute__((uninitialized)) Block block(size, info);
  std::size_t done = 0;
  for (std::size_t i = 1; ok && done < out.size(); ++i) {
    Hmac mac(prk);
    block.absorb(mac, i);
    ok = mac.finish(block.previous());
    const std::size_t n = std::min(size, out.size() - done);
    std::copy_n(block.previous().begin(), n, out.begin() + static_cast<std::ptrdiff_t>(done));
    done += n;
  }
  if (!ok) wipe(out);
  return ok;
}

}  // namespace crypto
COEFFICIENT_END_NAMESPACE
