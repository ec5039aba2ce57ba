#include "audit/frame.h"

#include <array>

#include "audit/crc32c.h"
#include "audit/little_endian.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

std::uint32_t checksum(std::uint64_t index, std::span<const std::byte> payload) noexcept {
  std::array<std::byte, 8> prefix{};
  store_le(index, prefix);
  return crc32c(crc32c(0, prefix), payload);
}

}  // namespace

void append_frame(std::uint64_t index, std::span<const std::byte> payload, std::string& out) {
  std::array<std::byte, kFrameHeaderBytes> header{};
  store_le(static_cast<std::uint32_t>(payload.size()), header);
  store_le(checksum(index, payload), std::span(header).subspan(4));
  out.append(reinterpret_cast<const char*>(header.data()), header.size());
  out.append(reinterpret_cast<const char*>(payload.data()), payload.size());
}

std::optional<std::span<const std::byte>> read_frame(std::uint64_t index,
                                                     std::span<const std::byte> bytes) noexcept {
  if (bytes.size() < kFrameHeaderBytes) return std::nullopt;
  const auto size = load_le<std::uint32_t>(bytes);
  if (size == 0 || size > kMaxPayloadBytes || size > bytes.size() - kFrameHeaderBytes)
    return std::nullopt;
  const auto payload = bytes.subspan(kFrameHeaderBytes, size);
  if (checksum(index, payload) != load_le<std::uint32_t>(bytes.subspan(4))) return std::nullopt;
  return payload;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
