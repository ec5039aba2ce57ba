#ifndef COEFFICIENT_SRC_AUDIT_TAIL_H_
#define COEFFICIENT_SRC_AUDIT_TAIL_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "coefficient/audit/export.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// The most that is written before the next wait for the disk.
inline constexpr std::size_t kMaxBatchBytes = std::size_t{1} << 20;

/// What lies at the end of the last segment, where no valid frame begins.
enum class TailKind {
  kClean,    ///< Nothing, or zeros that were written in advance.
  kTorn,     ///< What an interrupted write leaves.
  kDamaged,  ///< What no interrupted write leaves: something whole was changed.
};

struct TailPlace {
  std::uint64_t index = 0;   ///< Of the record that would begin there.
  std::uint64_t offset = 0;  ///< In the file, of which the tail is the end.
  bool buffered = false;     ///< Whether much may have been written without waiting for the disk.
};

/// Judges `tail`, in which no valid frame of place.index begins. A payload is text and has no zero
/// byte, and what is written goes over zeros or beyond the end. So
///
/// - a frame that is complete, without a zero, was whole once, and so was one whose checksum is
///   right for another length, or that has a zero beside other bytes of its sector: of what is
///   written, a disk loses whole sectors, or all behind some point;
/// - a valid frame further on was whole, too. An interrupted write of many frames may leave that:
///   the disk may have taken a later sector before an earlier one, which then is still zeros, and
///   all of it lies within one batch. Anything else is damage.
///
/// So each single bit that changes in a whole record shows. What does not: a sector of the last
/// batch that was replaced by zeros; only a checkpoint tells that from a torn write.
///
/// Time is linear in the tail.
COEFFICIENT_AUDIT_EXPORT TailKind judge_tail(const TailPlace& place,
                                             std::span<const std::byte> tail);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_TAIL_H_
