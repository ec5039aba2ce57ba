#ifndef COEFFICIENT_SRC_AUDIT_RECORD_TEXT_H_
#define COEFFICIENT_SRC_AUDIT_RECORD_TEXT_H_

#include <string>
#include <string_view>

#include "coefficient/audit/record.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// Returns whether `text` is 1 to 64 of [a-z0-9_.].
bool is_record_name(std::string_view text) noexcept;

/// As to_canonical(), appended to `out`, which must be empty; its content is unspecified on error.
Result<> append_canonical(const Record& record, std::string& out);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_RECORD_TEXT_H_
