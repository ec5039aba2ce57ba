#include "audit/frame_search.h"

#include <algorithm>
#include <array>
#include <vector>

#include "audit/crc32c.h"
#include "audit/frame.h"
#include "audit/little_endian.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::size_t kStride = 256;

// How many powers the payloads of frames within `bytes` take, that of nothing included.
std::size_t powers_for(std::span<const std::byte> bytes) noexcept {
  return std::min<std::size_t>(kMaxPayloadBytes, bytes.size()) + 1;
}

/// The CRC of any range of `bytes`.
class RangeCrc {
 public:
  explicit RangeCrc(std::span<const std::byte> bytes) : bytes_(bytes), powers_(powers_for(bytes)) {
    std::uint32_t crc = 0;
    for (std::size_t at = 0;; at += kStride) {
      prefixes_.push_back(crc);
      if (bytes.size() - at < kStride) break;
      crc = crc32c(crc, bytes.subspan(at, kStride));
    }
    powers_[0] = kCrc32cOne;
    for (std::size_t i = 1; i < powers_.size(); ++i) powers_[i] = crc32c_times_x8(powers_[i - 1]);
  }
  [[nodiscard]] std::uint32_t of(std::size_t from, std::size_t size) const noexcept {
    return prefix(from + size) ^ crc32c_multiply(powers_[size], prefix(from));
  }

 private:
  [[nodiscard]] std::uint32_t prefix(std::size_t size) const noexcept {
    const std::size_t whole = size / kStride;
    return crc32c(prefixes_[whole], bytes_.subspan(whole * kStride, size % kStride));
  }
  std::span<const std::byte> bytes_;
  std::vector<std::uint32_t> prefixes_;
  std::vector<std::uint32_t> powers_;  // x^(8 * i)
};

std::vector<std::uint32_t> inverse_powers(std::size_t count) {
  std::vector<std::uint32_t> powers(count);
  powers[0] = kCrc32cOne;
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = crc32c_over_x8(powers[i - 1]);
  return powers;
}

// The index with the given upper half whose eight bytes have the CRC `crc`: the register is run
// backwards over the upper four bytes, and then over four that would have to be the lower ones.
std::uint64_t index_of(std::uint32_t crc, std::uint32_t upper) noexcept {
  std::uint32_t state = ~crc;
  for (int i = 0; i < 4; ++i) state = crc32c_over_x8(state);
  state ^= upper;
  for (int i = 0; i < 4; ++i) state = crc32c_over_x8(state);
  return (std::uint64_t{upper} << 32U) | static_cast<std::uint32_t>(~state);
}

}  // namespace

std::optional<FoundFrame> find_frame(std::span<const std::byte> bytes, std::uint64_t max_index) {
  std::optional<RangeCrc> crcs;  // most bytes have nothing that looks like a length
  std::vector<std::uint32_t> inverse;
  const auto upper = static_cast<std::uint32_t>(max_index >> 32U);
  for (std::size_t at = 0; at + kFrameHeaderBytes < bytes.size(); ++at) {
    if (bytes[at + 2] != std::byte{0} || bytes[at + 3] != std::byte{0}) continue;
    const std::size_t size = load_le<std::uint32_t>(bytes.subspan(at));
    const std::size_t payload = at + kFrameHeaderBytes;
    if (size == 0 || size > bytes.size() - payload) continue;
    if (!crcs) {
      crcs.emplace(bytes);
      inverse = inverse_powers(powers_for(bytes));
    }
    const auto stored = load_le<std::uint32_t>(bytes.subspan(at + 4));
    const std::uint32_t of_index = crc32c_multiply(inverse[size], stored ^ crcs->of(payload, size));
    const std::uint64_t index = index_of(of_index, upper);
    if (index <= max_index) return FoundFrame{at, index};
  }
  return std::nullopt;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
