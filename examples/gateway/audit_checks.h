#ifndef COEFFICIENT_GATEWAY_AUDIT_CHECKS_H_
#define COEFFICIENT_GATEWAY_AUDIT_CHECKS_H_

#include <vector>

#include "check.h"
#include "directory.h"

namespace gateway {

/// The part of the examination that is about the audit logs: each is there, closed to others and
/// intact, as far as its own checkpoints vouch for it, and its disk has room.
std::vector<Check> examine_audit(const Directory& directory);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_AUDIT_CHECKS_H_
