#ifndef COEFFICIENT_SRC_AUDIT_FRAME_H_
#define COEFFICIENT_SRC_AUDIT_FRAME_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "coefficient/audit/export.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported for the tests only.
//
// A frame holds one record: u32le length | u32le crc32c(u64le index | payload) | payload. The index
// is in the checksum and not in the frame: a frame that was moved is not valid in its new place.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

inline constexpr std::size_t kFrameHeaderBytes = 8;
inline constexpr std::size_t kMaxPayloadBytes = 65'535;

/// Appends the frame of `payload`, which has 1 to kMaxPayloadBytes bytes.
COEFFICIENT_AUDIT_EXPORT void append_frame(std::uint64_t index, std::span<const std::byte> payload,
                                           std::string& out);

/// Returns the payload of the frame of that index with which `bytes` begin; nothing if they begin
/// with no whole and valid one. Its size is kFrameHeaderBytes more.
COEFFICIENT_AUDIT_EXPORT std::optional<std::span<const std::byte>> read_frame(
    std::uint64_t index, std::span<const std::byte> bytes) noexcept;

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_FRAME_H_
