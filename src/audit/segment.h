#ifndef COEFFICIENT_SRC_AUDIT_SEGMENT_H_
#define COEFFICIENT_SRC_AUDIT_SEGMENT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "coefficient/audit/export.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported for the tests only.
//
// A segment is a header and frames. What retention leaves of one is a header and the hashes of its
// leaves. Both headers have 64 bytes, little-endian:
//   "CFAUDIT1" or "CFAUDIH1" | u32 version, 1 | u32 flags | u64 first_index | root of the tree of
//   the records before | u32 crc32c of the 56 bytes before | u32 0
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

inline constexpr std::size_t kSegmentHeaderBytes = 64;
/// No segment's file is larger: LogOptions::max_segment_bytes, what is written in advance, and
/// some.
inline constexpr std::size_t kMaxSegmentFileBytes = (std::size_t{1} << 30) + (std::size_t{1} << 24);

/// Flag: written without waiting for the disk at each record.
inline constexpr std::uint32_t kFlagBuffered = 1;

enum class SegmentKind { kRecords, kHashes };

struct SegmentHeader {
  std::uint32_t flags = 0;
  std::uint64_t first_index = 0;
  Hash root{};
};

using SegmentHeaderBytes = std::array<std::byte, kSegmentHeaderBytes>;

COEFFICIENT_AUDIT_EXPORT SegmentHeaderBytes encode_header(SegmentKind kind,
                                                          const SegmentHeader& header) noexcept;
/// Returns the header that `bytes` begin with; nothing if that is none, has an unknown flag or
/// another version.
COEFFICIENT_AUDIT_EXPORT std::optional<SegmentHeader> decode_header(
    SegmentKind kind, std::span<const std::byte> bytes) noexcept;

/// Returns a segment's file name: the first index in 20 digits, and ".seg" or ".hashes".
COEFFICIENT_AUDIT_EXPORT std::string segment_name(SegmentKind kind, std::uint64_t first_index);
/// The inverse; nothing for any other name.
COEFFICIENT_AUDIT_EXPORT std::optional<std::uint64_t> parse_segment_name(
    SegmentKind kind, std::string_view name) noexcept;

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_SEGMENT_H_
