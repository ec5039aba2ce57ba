#ifndef COEFFICIENT_GATEWAY_DOCTOR_H_
#define COEFFICIENT_GATEWAY_DOCTOR_H_

#include <string>
#include <vector>

#include "check.h"
#include "directory.h"
#include "result.h"

namespace gateway {

/// Examines a directory: its modes, every member of its configuration, its vault and the
/// secrets in it, its inbox, its port, its clones, the clock. Changes nothing (but SQLite may fold
/// its write-ahead log). Every check is made, whatever the ones before it found, so far as it can
/// be.
std::vector<Check> examine(const Directory& directory, const Clock& clock);

/// Returns the checks as lines of text ("OK   name: detail", "FAIL name: detail" and an indented
/// "fix:" line) and as one JSON object.
std::string doctor_text(const std::vector<Check>& checks);
std::string doctor_json(const std::vector<Check>& checks);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_DOCTOR_H_
