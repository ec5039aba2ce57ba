#ifndef COEFFICIENT_SRC_AUDIT_SCAN_H_
#define COEFFICIENT_SRC_AUDIT_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/directory.h"
#include "audit/tail.h"
#include "coefficient/audit/damage.h"
#include "coefficient/audit/export.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// One leaf of a scan. The payload is empty if the record was pruned.
struct ScannedLeaf {
  std::uint64_t index = 0;
  std::span<const std::byte> payload;
  Hash hash{};
  const Frontier& tree;  ///< With this leaf.

  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(payload.data()), payload.size()};
  }
};
/// Called with each leaf in order; false stops the scan with kDeadlineExceeded.
using LeafVisitor = std::function<bool(const ScannedLeaf&)>;

/// A file that a scan went through.
struct ScannedFile {
  std::string name;
  bool pruned = false;  ///< Hashes only.
  std::uint64_t first_index = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;  ///< Of header and valid frames.
};

struct ScanResult {
  Frontier tree;
  std::vector<ScannedFile> files;
  bool buffered = false;  ///< Whether the last segment was written without waiting.
  TailKind tail = TailKind::kClean;
  std::uint64_t tail_bytes = 0;  ///< Behind the valid frames of the last segment.
  std::optional<Damage> damage;  ///< Where the scan had to stop.
  std::uint64_t first_kept = 0;  ///< Index of the first record that was not pruned.
};

/// Reads a log's segments from the first record to the last: checksums, the roots in the headers,
/// and the hashes that stand for pruned records. What is wrong is in ScanResult::damage; errors are
/// those of reading: as Directory has them, kInternal if OpenSSL failed.
///
/// Of a log that is written to meanwhile it sees each segment as it is when that is read, or later.
///
/// Time is linear in the bytes. Memory is some megabytes, and twice what is not zero of the last
/// segment's unreadable tail: that is 2 MiB at most, and a segment if that was written without
/// waiting. A segment that is larger than any writer makes is damage.
Result<ScanResult> scan_log(const Directory& directory, const LeafVisitor& visit,
                            const Progress& progress = {});

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_SCAN_H_
