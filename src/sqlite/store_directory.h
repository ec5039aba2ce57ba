#ifndef COEFFICIENT_SRC_SQLITE_STORE_DIRECTORY_H_
#define COEFFICIENT_SRC_SQLITE_STORE_DIRECTORY_H_

#include <filesystem>

#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

inline constexpr const char* kDatabaseName = "vault.db";
/// What a restore works on until it is complete.
inline constexpr const char* kRestoringName = "vault.db.restoring";

/// Returns the path of the database in `directory`, without symbolic links in it; makes both if
/// they are not there and `create` is set. A new database is empty, of mode 0600, and durably
/// there. Errors: kNotFound, kFailedPrecondition (an unfinished restore), kPermissionDenied,
/// kUnavailable.
Result<std::filesystem::path> prepare_store_directory(const std::filesystem::path& directory,
                                                      bool create);

/// Returns the error for an errno: kNotFound, kAlreadyExists, kPermissionDenied, else kUnavailable.
Error error_from_errno(int number, const std::filesystem::path& path);

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_STORE_DIRECTORY_H_
