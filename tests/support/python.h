#ifndef COEFFICIENT_TESTS_SUPPORT_PYTHON_H_
#define COEFFICIENT_TESTS_SUPPORT_PYTHON_H_

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "coefficient/core/result.h"

namespace test {

/// Runs `code` by python3 with `arguments` and returns what it printed; an error that says why it
/// could not (no python3, a missing module, an exception: see the test's stderr).
inline coefficient::Result<std::string> python(const std::string& code,
                                               const std::vector<std::string>& arguments) {
  using coefficient::Error;
  using coefficient::ErrorCode;
  std::vector<std::string> words = {"python3", "-c", code};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return Error{ErrorCode::kInternal, "no pipe"};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const int spawned = posix_spawnp(&child, "python3", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string out;
  if (spawned == 0) {
    std::array<char, 65536> buffer{};
    for (ssize_t n = 0; (n = read(ends[0], buffer.data(), buffer.size())) > 0;)
      out.append(buffer.data(), static_cast<std::size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  if (spawned != 0 || waitpid(child, &status, 0) != child || status != 0)
    return Error{ErrorCode::kUnavailable, "python3 did not run the script (status " +
                                              std::to_string(spawned != 0 ? spawned : status) +
                                              ")"};
  return out;
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_SUPPORT_PYTHON_H_
