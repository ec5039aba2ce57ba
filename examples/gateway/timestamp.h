#ifndef COEFFICIENT_GATEWAY_TIMESTAMP_H_
#define COEFFICIENT_GATEWAY_TIMESTAMP_H_

#include <chrono>
#include <string_view>

#include "result.h"

namespace gateway {

/// Reads a time of RFC 3339 in UTC, with seconds and up to three digits of a fraction:
/// "2026-11-24T23:05:00Z", "2026-11-24T23:05:00.250Z". Strict; no leap seconds. Error:
/// kInvalidArgument.
Result<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_TIMESTAMP_H_
