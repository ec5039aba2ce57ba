#include "audit/segment.h"

#include <algorithm>
#include <charconv>

#include "audit/crc32c.h"
#include "audit/little_endian.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kFlagsAt = 12;
constexpr std::size_t kFirstIndexAt = 16;
constexpr std::size_t kRootAt = 24;
constexpr std::size_t kCrcAt = 56;
constexpr std::size_t kNameDigits = 20;

std::string_view magic(SegmentKind kind) noexcept {
  return kind == SegmentKind::kRecords ? "CFAUDIT1" : "CFAUDIH1";
}
std::string_view suffix(SegmentKind kind) noexcept {
  return kind == SegmentKind::kRecords ? ".seg" : ".hashes";
}

}  // namespace

SegmentHeaderBytes encode_header(SegmentKind kind, const SegmentHeader& header) noexcept {
  SegmentHeaderBytes bytes{};
  const auto at = [&](std::size_t offset) { return std::span(bytes).subspan(offset); };
  std::ranges::copy(std::as_bytes(std::span(magic(kind))), bytes.begin());
  store_le(kVersion, at(kVersionAt));
  store_le(header.flags, at(kFlagsAt));
  store_le(header.first_index, at(kFirstIndexAt));
  std::ranges::copy(header.root, bytes.begin() + kRootAt);
  store_le(crc32c(0, std::span(bytes).first(kCrcAt)), at(kCrcAt));
  return bytes;
}

std::optional<SegmentHeader> decode_header(SegmentKind kind,
                                           std::span<const std::byte> bytes) noexcept {
  if (bytes.size() < kSegmentHeaderBytes) return std::nullopt;
  SegmentHeader header;
  header.flags = load_le<std::uint32_t>(bytes.subspan(kFlagsAt));
  header.first_index = load_le<std::uint64_t>(bytes.subspan(kFirstIndexAt));
  std::ranges::copy(bytes.subspan(kRootAt, header.root.size()), header.root.begin());
  if ((header.flags & ~kFlagBuffered) != 0) return std::nullopt;
  const SegmentHeaderBytes expected = encode_header(kind, header);
  if (!std::ranges::equal(expected, bytes.first(kSegmentHeaderBytes))) return std::nullopt;
  return header;
}

std::string segment_name(SegmentKind kind, std::uint64_t first_index) {
  std::string name = std::to_string(first_index);
  name.insert(0, kNameDigits - name.size(), '0');
  name += suffix(kind);
  return name;
}

std::optional<std::uint64_t> parse_segment_name(SegmentKind kind, std::string_view name) noexcept {
  if (name.size() != kNameDigits + suffix(kind).size() || !name.ends_with(suffix(kind)))
    return std::nullopt;
  const char* const end = name.data() + kNameDigits;
  std::uint64_t index = 0;
  const auto [stop, fault] = std::from_chars(name.data(), end, index);
  if (fault != std::errc() || stop != end) return std::nullopt;
  return index;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
