#ifndef COEFFICIENT_SRC_SQLITE_CHANGELOG_H_
#define COEFFICIENT_SRC_SQLITE_CHANGELOG_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "sqlite/connection.h"
#include "sqlite/recorder.h"
#include "sqlite/segment.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// Which history a database has, and how far it is.
struct History {
  DatabaseId database{};
  bool recording = false;
  std::int64_t schema = 0;
  Head head;
};

/// Reads them; kDataLoss if they are damaged. Part of the caller's transaction.
Result<History> read_history(Connection& connection);

/// Returns the hash of the change `seq`; nullopt if the changelog does not have it, or no more.
/// kDataLoss if it is damaged. Part of the caller's transaction.
Result<std::optional<Hash>> read_hash(Connection& connection, std::int64_t seq);

/// A segment with the bytes of its changesets.
struct OwnedSegment {
  Segment segment;
  std::vector<std::vector<std::byte>> changesets;
};

/// Takes from the changelog what follows the change `after`, whose hash is `previous`: up to 4096
/// changes of one schema or about 4 MiB. Empty if there is nothing. kDataLoss if the changelog does
/// not continue from there.
Result<OwnedSegment> read_changes_after(Connection& connection, const History& history,
                                        std::int64_t after, const Hash& previous);

/// Deletes the changes before `seq`; that one stays, since the next ones chain to it. Part of the
/// caller's transaction.
Result<> trim_before(Connection& connection, std::int64_t seq);

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_CHANGELOG_H_
