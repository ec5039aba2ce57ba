#ifndef COEFFICIENT_SRC_AUDIT_EXPORT_CURSOR_H_
#define COEFFICIENT_SRC_AUDIT_EXPORT_CURSOR_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "coefficient/audit/export.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// How far a log was exported. As text four lines: "coefficient-audit-cursor-v1", the origin, the
/// index of the next record, the root of the tree before it in base64.
struct ExportCursor {
  std::string origin;
  std::uint64_t next = 0;
  Hash root = empty_root();
  friend bool operator==(const ExportCursor&, const ExportCursor&) = default;
};

COEFFICIENT_AUDIT_EXPORT std::string format_cursor(const ExportCursor& cursor);
/// The inverse. Error: kDataLoss.
COEFFICIENT_AUDIT_EXPORT Result<ExportCursor> parse_cursor(std::string_view text);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_AUDIT_EXPORT_CURSOR_H_
