#ifndef COEFFICIENT_GATEWAY_DOCTOR_H_
#define COEFFICIENT_GATEWAY_DOCTOR_H_

#include <string>
#include <vector>

#include "directory.h"
#include "result.h"

namespace gateway {

/// One thing that was looked at.
struct Check {
  std::string name;
  bool ok = false;
  std::string detail;  ///< What was found.
  std::string fix;     ///< What to do; empty if ok.
};

/// Examines a directory: its modes, every member of its configuration, its secrets, its inbox, its
/// port, its clones, the clock. Changes nothing (but SQLite may fold its write-ahead log). Every
/// check is made, whatever the ones before it found, so far as it can be.
std::vector<Check> examine(const Directory& directory, const Clock& clock);

bool all_ok(const std::vector<Check>& checks);

/// Returns the checks as lines of text ("OK   name: detail", "FAIL name: detail" and an indented
/// "fix:" line) and as one JSON object.
std::string doctor_text(const std::vector<Check>& checks);
std::string doctor_json(const std::vector<Check>& checks);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_DOCTOR_H_
