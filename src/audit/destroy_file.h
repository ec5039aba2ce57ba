#ifndef COEFFICIENT_SRC_AUDIT_DESTROY_FILE_H_
#define COEFFICIENT_SRC_AUDIT_DESTROY_FILE_H_

#include <string>

#include "audit/directory.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

inline constexpr std::size_t kMaxKeyFileBytes = 4096;

/// Overwrites a small file, a private key, with zeros where it lies; one that is not there is no
/// error. A disk that writes elsewhere, a snapshot or a backup may keep the old bytes. Errors:
/// those of Directory.
Result<> overwrite_file(const Directory& directory, const std::string& name);

/// Overwrites it, removes it and makes that durable. Errors: those of Directory.
Result<> destroy_file(const Directory& directory, const std::string& name);

/// Does that to what a Directory::write() of `name` that failed or was interrupted may have left:
/// the file, or one of a temporary name.
Result<> destroy_written(const Directory& directory, const std::string& name);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_DESTROY_FILE_H_
