#ifndef COEFFICIENT_GATEWAY_ADMIN_CHECKS_H_
#define COEFFICIENT_GATEWAY_ADMIN_CHECKS_H_

#include <vector>

#include "check.h"
#include "config.h"
#include "directory.h"

namespace gateway {

/// The part of the examination that is about the admin side: its policy, its key. None if
/// config.json has no admin side. A vault that does not open is examine_vault()'s to report.
std::vector<Check> examine_admin(const Directory& directory, const Config& config,
                                 const Clock& clock);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_ADMIN_CHECKS_H_
