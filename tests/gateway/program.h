#ifndef COEFFICIENT_TESTS_GATEWAY_PROGRAM_H_
#define COEFFICIENT_TESTS_GATEWAY_PROGRAM_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace test {

/// What a program that ran to its end said.
struct Ran {
  int status = -1;  ///< Its exit status; -1 if a signal ended it.
  std::string out;
  std::string err;
};

/// Runs `gateway` with `arguments` and an empty standard input.
Ran run_gateway(std::vector<std::string> arguments);

/// Runs `gateway` with `arguments` and kills it (SIGKILL) just before the `count`th of the system
/// calls that change files: writing, naming, making durable. Returns whether it came that far;
/// nothing if this system does not let a process trace its child.
std::optional<bool> run_gateway_killed_before(std::size_t count,
                                              std::vector<std::string> arguments);

/// Returns how far apart the kills are to be: 1, or what COEFFICIENT_FAULT_STRIDE says, as
/// sanitizer runs do.
std::size_t kill_stride();

}  // namespace test

#endif  // COEFFICIENT_TESTS_GATEWAY_PROGRAM_H_
