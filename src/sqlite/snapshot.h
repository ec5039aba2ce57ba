#ifndef COEFFICIENT_SRC_SQLITE_SNAPSHOT_H_
#define COEFFICIENT_SRC_SQLITE_SNAPSHOT_H_

#include <chrono>
#include <filesystem>

#include "coefficient/core/result.h"
#include "coefficient/sqlite/archive.h"
#include "coefficient/version.h"
#include "sqlite/changelog.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// Copies the database `from`, as it is at one moment, over the empty file `to`, which is not made
/// durable. Writers go on. Returns the history of what was copied. Errors: those of error_from(),
/// kDeadlineExceeded.
Result<History> copy_database(const std::filesystem::path& from, const std::filesystem::path& to,
                              std::chrono::milliseconds busy, const ProgressCallback& progress);

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_SNAPSHOT_H_
