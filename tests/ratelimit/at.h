#ifndef COEFFICIENT_TESTS_RATELIMIT_AT_H_
#define COEFFICIENT_TESTS_RATELIMIT_AT_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "coefficient/core/clock.h"
#include "coefficient/ratelimit/policy.h"

namespace coefficient::ratelimit {

/// A moment at which a test may begin, since 1970.
inline constexpr std::chrono::seconds kStart(1'700'000'000);

/// Returns the moment that many nanoseconds after 1970.
inline std::chrono::system_clock::time_point at(std::chrono::nanoseconds since_epoch) {
  return std::chrono::system_clock::time_point(since_epoch);
}

inline Policy ten_per_second() {
  return {.name = "burst", .limit = 10, .period = std::chrono::seconds(1), .burst = 5};
}

}  // namespace coefficient::ratelimit

#endif  // COEFFICIENT_TESTS_RATELIMIT_AT_H_
