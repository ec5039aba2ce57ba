#ifndef EXAMPLES_RATELIMIT_COMMANDS_H_
#define EXAMPLES_RATELIMIT_COMMANDS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "coefficient/ratelimit/policy.h"
#include "target.h"

namespace ratelimit_tool {

enum ExitCode { kDone = 0, kOverAdmitted = 1, kUsage = 2 };

/// Says `message` on standard error and returns `code`.
int fail(ExitCode code, const std::string& message);

/// Runs the script on standard input against `target`; writes one decision a line as JSON.
int simulate(Target& target);

struct LoadOptions {
  std::uint64_t threads = 4;
  std::uint64_t checks = 1'000'000;  ///< Of each thread.
  std::uint64_t keys = 1;
  std::size_t max_keys = std::size_t{1} << 20U;
};

/// Drives a KeyedLimiter from several threads on the real clock, and writes what was granted and
/// the most that may be. kOverAdmitted if any key got more.
int load(const coefficient::ratelimit::Policy& policy, const LoadOptions& options);

}  // namespace ratelimit_tool

#endif  // EXAMPLES_RATELIMIT_COMMANDS_H_
