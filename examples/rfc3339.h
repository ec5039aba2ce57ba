#ifndef EXAMPLES_RFC3339_H_
#define EXAMPLES_RFC3339_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace examples {

/// Returns `time` as RFC 3339 in UTC with milliseconds: "2026-11-24T23:05:00.250Z".
std::string rfc3339(std::chrono::system_clock::time_point time);

/// Reads a time of RFC 3339 in UTC, from 1970 to 2200, with seconds and up to three digits of a
/// fraction: "2026-11-24T23:05:00Z", "2026-11-24T23:05:00.250Z". No leap seconds. Nothing else is
/// accepted.
std::optional<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text);

}  // namespace examples

#endif  // EXAMPLES_RFC3339_H_
