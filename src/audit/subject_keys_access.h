#ifndef COEFFICIENT_SRC_AUDIT_SUBJECT_KEYS_ACCESS_H_
#define COEFFICIENT_SRC_AUDIT_SUBJECT_KEYS_ACCESS_H_

#include <memory>
#include <string>

#include "audit/file_calls.h"
#include "coefficient/audit/export.h"
#include "coefficient/audit/personal.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// Opens keys of subjects whose system calls a test may let fail.
struct COEFFICIENT_AUDIT_EXPORT SubjectKeysAccess {
  static Result<std::unique_ptr<FileSubjectKeys>> open(const std::string& directory,
                                                       FileCalls& calls);
};

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_SUBJECT_KEYS_ACCESS_H_
