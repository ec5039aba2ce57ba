#ifndef COEFFICIENT_GATEWAY_PROCESS_H_
#define COEFFICIENT_GATEWAY_PROCESS_H_

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "result.h"

namespace gateway {

struct ProcessLimits {
  std::chrono::milliseconds deadline{20000};
  std::size_t max_output_bytes = std::size_t{32} << 20U;
};

/// Runs a program and returns its standard output. No shell: `arguments` reach it as they are, and
/// the first one is looked up in PATH. Its environment is PATH and `environment` ("NAME=value"),
/// nothing else of ours; it inherits no descriptor but /dev/null as input and error. It runs in a
/// process group of its own, which is killed when a limit is reached.
/// Errors: kNotFound if there is no such program, kFailedPrecondition if it ends with another
/// status than 0, kDeadlineExceeded, kResourceExhausted (output), kUnavailable if this process or
/// host has no more descriptors, processes or memory, kInternal.
Result<std::string> run_process(const std::vector<std::string>& arguments,
                                const std::vector<std::string>& environment,
                                const ProcessLimits& limits);

/// Runs git in `repository` with `arguments`, untouched by this user's and this host's
/// configuration (only the repository's own applies), without network, hooks or prompts.
/// Errors: those of run_process.
Result<std::string> run_git(const std::string& repository,
                            const std::vector<std::string>& arguments, const ProcessLimits& limits);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_PROCESS_H_
