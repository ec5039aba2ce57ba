#ifndef COEFFICIENT_SRC_SQLITE_SCHEMA_H_
#define COEFFICIENT_SRC_SQLITE_SCHEMA_H_

#include <cstdint>
#include <span>

#include "coefficient/core/result.h"
#include "coefficient/sqlite/export.h"
#include "coefficient/version.h"
#include "sqlite/connection.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// "CFVS" in the file's header, so that no other database is taken for a vault.
inline constexpr std::int64_t kApplicationId = 0x43465653;

/// Returns the SQL that makes schema version i+1 from version i, for each i from 0. Steps are only
/// ever appended.
COEFFICIENT_SQLITE_EXPORT std::span<const char* const> schema_steps() noexcept;

/// Returns the version of the schema that this library writes.
inline std::int64_t schema_version() noexcept {
  return static_cast<std::int64_t>(schema_steps().size());
}

/// Makes the tables in an empty database, or brings an older schema up to date, in one transaction;
/// of several processes that open it at once, one does it. Then checks that the schema is exactly
/// ours: a trigger, view or index that somebody added is refused. Errors: kDataLoss (not a vault,
/// or another schema), kFailedPrecondition (made by a newer version), those of error_from().
COEFFICIENT_SQLITE_EXPORT Result<> prepare_schema(Connection& connection,
                                                  std::span<const char* const> steps);

/// Only the check, for a database that may be of an older version: returns its version.
COEFFICIENT_SQLITE_EXPORT Result<std::int64_t> check_schema(Connection& connection,
                                                            std::span<const char* const> steps);

/// Begins a new history after transaction `seq` of time `time_ms`: a new identity, an empty
/// changelog, recording off. An archive of the old history does not take changes of the new one.
/// Part of the caller's transaction.
Result<> restart_history(Connection& connection, std::int64_t seq, std::int64_t time_ms);

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_SCHEMA_H_
