#ifndef COEFFICIENT_GATEWAY_SIGNING_H_
#define COEFFICIENT_GATEWAY_SIGNING_H_

#include <chrono>
#include <string>
#include <string_view>

#include "client.h"
#include "coefficient/core/secret_bytes.h"
#include "result.h"

namespace gateway {

/// The sender's side, for replay, demo and tests: the headers that `endpoint` (github, slack or
/// paystack) would send with `body`, signed with `secret` at `time`. GitHub's carry `event` and a
/// fresh random delivery id. Errors: kInvalidArgument for another endpoint or an empty secret,
/// kInternal.
Result<HeaderList> sign(std::string_view endpoint, const coefficient::SecretBytes& secret,
                        std::string_view body, std::string_view event,
                        std::chrono::system_clock::time_point time);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_SIGNING_H_
