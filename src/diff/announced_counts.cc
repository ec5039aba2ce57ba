#include "coefficient/diff/announced_counts.h"

#include <array>
#include <string>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff {

Result<> check_counts(const AnnouncedCounts& announced, const ChangeCounts& seen) {
  struct Row {
    const char* what;
    const std::optional<std::uint64_t>& announced;
    std::uint64_t seen;
  };
  const std::array<Row, 3> rows{{{"files", announced.files, seen.files},
                                 {"additions", announced.additions, seen.additions},
                                 {"deletions", announced.deletions, seen.deletions}}};
  for (const Row& row : rows) {
    if (!row.announced || *row.announced == row.seen) continue;
    return Error{ErrorCode::kDataLoss, "the change has " + std::to_string(row.seen) + " " +
                                           row.what + " where " + std::to_string(*row.announced) +
                                           " were announced"};
  }
  return {};
}

}  // namespace diff
COEFFICIENT_END_NAMESPACE
