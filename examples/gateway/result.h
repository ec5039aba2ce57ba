#ifndef COEFFICIENT_GATEWAY_RESULT_H_
#define COEFFICIENT_GATEWAY_RESULT_H_

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"

/// The SDK's vocabulary under the gateway's own name.
namespace gateway {

using coefficient::Clock;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_RESULT_H_
