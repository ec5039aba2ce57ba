#ifndef COEFFICIENT_SRC_SQLITE_PATCHSET_H_
#define COEFFICIENT_SRC_SQLITE_PATCHSET_H_

#include <cstddef>
#include <span>

#include "coefficient/core/result.h"
#include "coefficient/sqlite/export.h"
#include "coefficient/version.h"
#include "sqlite/connection.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// Checks that `patchset` is one that a Recorder of schema version 1 could have made: tables,
/// column counts and keys of kReplicatedTables, whole rows, integers, texts and blobs only.
/// SQLite's own reader has had memory errors (CVE-2023-7104), so it gets nothing that this has not
/// read to the end. Time: linear. Error: kDataLoss.
COEFFICIENT_SQLITE_EXPORT Result<> check_patchset(std::span<const std::byte> patchset);

/// Applies a patchset that was checked. Every row must be found as the patchset expects it; a
/// conflict is kDataLoss. Part of the caller's transaction.
COEFFICIENT_SQLITE_EXPORT Result<> apply_patchset(Connection& connection,
                                                  std::span<const std::byte> patchset);

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_PATCHSET_H_
