#ifndef COEFFICIENT_GATEWAY_RATE_LIMIT_SECTION_H_
#define COEFFICIENT_GATEWAY_RATE_LIMIT_SECTION_H_

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "config.h"

namespace gateway {

/// Reads the section "rate_limits" of config.json, an object, into `config`; adds to `problems`
/// what is missing, unknown or out of range.
void read_rate_limits(const nlohmann::ordered_json& section, RateLimitConfig& config,
                      std::vector<Problem>& problems);

/// Returns the section that `gateway init` writes, which also holds where there is none.
nlohmann::ordered_json initial_rate_limits();

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_RATE_LIMIT_SECTION_H_
