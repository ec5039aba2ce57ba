#ifndef COEFFICIENT_SRC_AUDIT_RECORD_ID_H_
#define COEFFICIENT_SRC_AUDIT_RECORD_ID_H_

#include <string>

#include "coefficient/audit/record.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// Returns a new ULID (https://github.com/ulid/spec): 48 bits of milliseconds and 80 random ones in
/// Crockford's base 32, so that ids sort by time. Error: kInternal.
Result<std::string> new_record_id(Timestamp now);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_RECORD_ID_H_
