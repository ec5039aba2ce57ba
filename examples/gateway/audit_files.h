#ifndef COEFFICIENT_GATEWAY_AUDIT_FILES_H_
#define COEFFICIENT_GATEWAY_AUDIT_FILES_H_

#include <filesystem>
#include <memory>

#include "coefficient/audit/log.h"
#include "directory.h"
#include "result.h"

/// The two audit logs of a gateway's directory. A log has one writer, and commands are run beside a
/// gateway that serves: so `serve` writes to DIR/audit, and the commands, one at a time, to
/// DIR/audit-cli.
namespace gateway {

/// Makes those of the two that are missing; each is there as a whole or not at all. Never touches
/// one that is there. Errors: those of Log::create, kPermissionDenied, kInternal.
Result<> make_missing_audit_logs(const Directory& directory, const Clock& clock);

/// Opens one to write, and reads all of it. A log that is missing is never made here, since that
/// would hide that somebody took it away. Errors: those of Log::open; kNotFound names the command
/// that makes one.
Result<std::unique_ptr<coefficient::audit::Log>> open_audit_log(const std::filesystem::path& path,
                                                                const Clock& clock);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_AUDIT_FILES_H_
