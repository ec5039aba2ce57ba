#ifndef COEFFICIENT_AUDIT_EXPORT_FORMAT_H_
#define COEFFICIENT_AUDIT_EXPORT_FORMAT_H_

#include <string>
#include <string_view>

#include "coefficient/audit/export.h"
#include "coefficient/audit/record.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

/// What other systems read of a record. An encrypted field is written as "enc:" and the id of its
/// key, by which records on one person still join.
///
/// Thread safety: pure functions.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

enum class ExportFormat {
  kJsonLines,  ///< The record as it is stored, and a line feed: its hash can be computed again.
  kOcsf,       ///< An API Activity (6003) of OCSF 1.3 in JSON, and a line feed.
  kSyslog,     ///< RFC 5424, framed by octet counting as RFC 5425 wants it for TLS.
};

/// Returns the record as an event of OCSF (schema.ocsf.io) in JSON, one line without a line feed.
/// What OCSF has no place for is in `unmapped`.
COEFFICIENT_AUDIT_EXPORT std::string to_ocsf(const Record& record);

/// Returns the record as one RFC 5424 message without framing: facility 13 (log audit), severity
/// 6 for success and intent, 4 for the rest; the action as MSGID; its seq, from 1 and modulo
/// 2^31 - 1, as the meta sequenceId; `text`, the canonical JSON, as a UTF-8 message. Nothing in a
/// record can begin another message: control characters are escaped in JSON, and a name that does
/// not fit the header is "-".
COEFFICIENT_AUDIT_EXPORT std::string to_syslog(const Record& record, std::string_view text);

/// Returns one message of `format` for the record whose canonical JSON is `text`. Error:
/// kInvalidArgument if it is no record (kJsonLines does not look).
COEFFICIENT_AUDIT_EXPORT Result<std::string> export_text(ExportFormat format,
                                                         std::string_view text);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_EXPORT_FORMAT_H_
