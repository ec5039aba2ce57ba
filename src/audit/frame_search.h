#ifndef COEFFICIENT_SRC_AUDIT_FRAME_SEARCH_H_
#define COEFFICIENT_SRC_AUDIT_FRAME_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "coefficient/audit/export.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

struct FoundFrame {
  std::size_t at = 0;       ///< Where in the bytes it begins.
  std::uint64_t index = 0;  ///< Whose frame it is.
};

/// Returns the first frame in `bytes`, wherever it begins, that is valid for some index from 0 to
/// `max_index`. The index of a frame is known by its checksum alone: a CRC can be solved for four
/// of the bytes that it covers. Only indices with the upper half of `max_index` are found.
///
/// Linear time whatever the bytes are: the CRC of any range follows from those of two prefixes.
COEFFICIENT_AUDIT_EXPORT std::optional<FoundFrame> find_frame(std::span<const std::byte> bytes,
                                                              std::uint64_t max_index);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_FRAME_SEARCH_H_
