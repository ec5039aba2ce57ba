#ifndef COEFFICIENT_DIFF_ANNOUNCED_COUNTS_H_
#define COEFFICIENT_DIFF_ANNOUNCED_COUNTS_H_

#include <cstdint>
#include <optional>

#include "coefficient/core/result.h"
#include "coefficient/diff/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {

/// How large a change is.
struct ChangeCounts {
  std::uint64_t files = 0;
  std::uint64_t additions = 0;  ///< Lines.
  std::uint64_t deletions = 0;  ///< Lines.
};

/// How large a change is according to whoever announced it, as far as the host knows: of GitHub's
/// pull request the members `changed_files`, `additions` and `deletions`. A diff that was cut
/// between two files, or a list of files without its last page, is a whole one to any parser;
/// these counts tell.
struct AnnouncedCounts {
  std::optional<std::uint64_t> files = {};
  std::optional<std::uint64_t> additions = {};
  std::optional<std::uint64_t> deletions = {};
};

/// Returns nothing if `seen` has every count that is announced; kDataLoss, with both numbers in the
/// message, for the first that differs.
/// Thread safety: a pure function.
COEFFICIENT_DIFF_EXPORT Result<> check_counts(const AnnouncedCounts& announced,
                                              const ChangeCounts& seen);

}  // namespace diff
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_DIFF_ANNOUNCED_COUNTS_H_
