#ifndef COEFFICIENT_GATEWAY_DESCRIPTORS_H_
#define COEFFICIENT_GATEWAY_DESCRIPTORS_H_

#include <cstdint>

#include "check.h"
#include "config.h"
#include "result.h"

namespace gateway {

/// What the system lets this process open at once (RLIMIT_NOFILE).
struct DescriptorLimit {
  std::uint64_t soft = 0;  ///< In force; the process may raise it to the hard one.
  std::uint64_t hard = 0;
};

/// Returns how many descriptors a gateway may come to need: a socket for each connection, those
/// that are being refused included, and some for databases, logs, git and the rest. Short of them
/// it would accept deliveries that it cannot work on.
std::uint64_t descriptors_needed(const Limits& limits);

/// Returns the limit of this process. Error: kInternal.
Result<DescriptorLimit> descriptor_limit();

/// Raises this process's soft limit to what `limits` need, if it is below. Errors:
/// kFailedPrecondition if the hard limit is, and names the ways out; kInternal.
Result<> ensure_descriptors(const Limits& limits);

/// Says whether ensure_descriptors() would succeed in a process with the limit `have`.
Check check_descriptors(const Limits& limits, const DescriptorLimit& have);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_DESCRIPTORS_H_
