#include "audit/tail.h"

#include <algorithm>
#include <array>

#include "audit/frame.h"
#include "audit/frame_search.h"
#include "audit/little_endian.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::uint64_t kSector = 512;
// Zeros that a length and a checksum may have by chance do not count as a sector.
constexpr std::size_t kEnoughZeros = 16;

bool is_zero(std::byte b) noexcept {
  return b == std::byte{0};
}
bool all_zero(std::span<const std::byte> bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), is_zero);
}

// Returns whether a sector, or what of one lies in `hole`, was never written.
bool has_unwritten_sector(std::span<const std::byte> hole, std::uint64_t offset) noexcept {
  for (std::size_t at = 0; at < hole.size();) {
    const std::size_t to_next = static_cast<std::size_t>(kSector - (offset + at) % kSector);
    const std::size_t size = std::min(to_next, hole.size() - at);
    if (size >= kEnoughZeros && all_zero(hole.subspan(at, size))) return true;
    at += size;
  }
  return false;
}

// Returns whether the sector of tail[at], or what of it lies in the tail, was never written.
bool is_unwritten(std::span<const std::byte> tail, std::size_t at, std::uint64_t offset) noexcept {
  const auto before = static_cast<std::size_t>((offset + at) % kSector);
  const std::size_t begin = at - std::min(at, before);
  const std::size_t end = std::min(tail.size(), at + static_cast<std::size_t>(kSector) - before);
  return all_zero(tail.subspan(begin, end - begin));
}

// `tail` ends in no zero: the last of its bytes was written.
bool was_whole(const TailPlace& place, std::span<const std::byte> tail) {
  if (tail.size() <= kFrameHeaderBytes) return false;
  const auto payload = tail.subspan(kFrameHeaderBytes);
  const auto text_end = std::find_if(payload.begin(), payload.end(), is_zero);
  const auto text = static_cast<std::size_t>(text_end - payload.begin());
  const std::size_t size = load_le<std::uint32_t>(tail);
  if (size > 0 && size <= text) return true;
  // A write loses whole sectors: a zero among other bytes was put there.
  if (size > text && text < payload.size() &&
      !is_unwritten(tail, kFrameHeaderBytes + text, place.offset))
    return true;
  if (text == 0 || text > kMaxPayloadBytes) return false;
  // With another length?
  std::array<std::byte, 4> length{};
  store_le(static_cast<std::uint32_t>(text), length);
  std::string frame(reinterpret_cast<const char*>(tail.data()), kFrameHeaderBytes + text);
  std::copy(length.begin(), length.end(), reinterpret_cast<std::byte*>(frame.data()));
  return read_frame(place.index, std::as_bytes(std::span(frame))).has_value();
}

}  // namespace

TailKind judge_tail(const TailPlace& place, std::span<const std::byte> tail) {
  while (!tail.empty() && is_zero(tail.back())) tail = tail.first(tail.size() - 1);
  if (tail.empty()) return TailKind::kClean;
  const std::uint64_t max_index = place.index + tail.size() / (kFrameHeaderBytes + 1);
  const auto later = find_frame(tail, max_index);
  if (!later) return was_whole(place, tail) ? TailKind::kDamaged : TailKind::kTorn;
  const bool in_one_batch = place.buffered || tail.size() <= kMaxBatchBytes;
  const bool torn = later->index > place.index && in_one_batch &&
                    has_unwritten_sector(tail.first(later->at), place.offset);
  return torn ? TailKind::kTorn : TailKind::kDamaged;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
