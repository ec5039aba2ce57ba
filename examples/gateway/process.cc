#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace gateway {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (std::string& s : strings) out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

// Whether a system call failed because this process or host has no more of something: descriptors,
// processes, memory. Says nothing of what was asked for, and passes.
bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM || error == EAGAIN;
}

Error failed_call(const std::string& what, int error) {
  return {is_shortage(error) ? ErrorCode::kUnavailable : ErrorCode::kInternal,
          what + ": " + std::generic_category().message(error)};
}

struct Child {
  pid_t pid = -1;
  int output = -1;
};

Result<Child> spawn(std::vector<std::string> arguments, std::vector<std::string> environment) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failed_call("pipe2", errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  // Asio's sockets are not close-on-exec: nothing above the standard three reaches the child.
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigaddset(&signals, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &signals);

  Child child{.pid = -1, .output = ends[0]};
  const int status = posix_spawnp(&child.pid, arguments.front().c_str(), &actions, &attributes,
                                  pointers(arguments).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(ends[1]);
  if (status != 0) {
    ::close(ends[0]);
    if (status != ENOENT) return failed_call(arguments.front(), status);
    return Error{ErrorCode::kNotFound, arguments.front() + ": there is no such program"};
  }
  return child;
}

// Waits until `fd` is readable. A process's pidfd is when it has ended.
Result<> wait_readable(int fd, SteadyClock::time_point deadline) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now());
    if (left.count() <= 0) return Error{ErrorCode::kDeadlineExceeded, "took too long"};
    pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&readable, 1, static_cast<int>(left.count()));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return failed_call("poll", errno);
  }
}

// Reads until the end of file, the cap or the deadline.
Result<std::string> read_output(int fd, std::size_t max_bytes, SteadyClock::time_point deadline) {
  std::string out;
  std::array<char, 65536> chunk{};
  for (;;) {
    if (auto ready = wait_readable(fd, deadline); !ready) return ready.error();
    const ssize_t n = ::read(fd, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed_call("read", errno);
    if (n == 0) return out;
    if (static_cast<std::size_t>(n) > max_bytes - out.size()) {
      return Error{ErrorCode::kResourceExhausted,
                   "wrote more than " + std::to_string(max_bytes) + " bytes"};
    }
    out.append(chunk.data(), static_cast<std::size_t>(n));
  }
}

Result<> wait_end(pid_t pid, SteadyClock::time_point deadline) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return failed_call("pidfd_open", errno);
  auto ended = wait_readable(fd, deadline);
  ::close(fd);
  return ended;
}

}  // namespace

Result<std::string> run_process(const std::vector<std::string>& arguments,
                                const std::vector<std::string>& environment,
                                const ProcessLimits& limits) {
  std::vector<std::string> whole = environment;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this program changes the environment
  if (const char* path = std::getenv("PATH"); path != nullptr) {
    whole.push_back(std::string("PATH=") + path);
  }
  auto child = spawn(arguments, std::move(whole));
  if (!child) return child.error();
  const auto deadline = SteadyClock::now() + limits.deadline;
  auto output = read_output(child->output, limits.max_output_bytes, deadline);
  ::close(child->output);
  // A child that closed its output may still run: the deadline is for its end.
  if (auto ended = output ? wait_end(child->pid, deadline) : Result<>(); !ended) {
    output = ended.error();
  }
  if (!output) (void)::kill(-child->pid, SIGKILL);
  int status = 0;
  while (::waitpid(child->pid, &status, 0) < 0) {
    if (errno != EINTR) return Error{ErrorCode::kInternal, "waitpid failed"};
  }
  if (!output) return Error{output.error().code, arguments.front() + ": " + output.error().message};
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    const int shown = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return Error{ErrorCode::kFailedPrecondition,
                 arguments.front() + ": ended with status " + std::to_string(shown)};
  }
  return output;
}

Result<std::string> run_git(const std::string& repository,
                            const std::vector<std::string>& arguments,
                            const ProcessLimits& limits) {
  static constexpr std::array<const char*, 11> kFixed = {
      "git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c",
      // The operator named this clone; that another user owns it is no surprise.
      "safe.directory=*", "-c", "core.pager=cat", "--no-optional-locks", "-C"};
  static const std::vector<std::string> environment = {
      "LC_ALL=C",
      "HOME=/nonexistent",
      "GIT_CONFIG_NOSYSTEM=1",
      "GIT_CONFIG_GLOBAL=/dev/null",
      "GIT_TERMINAL_PROMPT=0",
      "GIT_NO_REPLACE_OBJECTS=1",
      "GIT_ALLOW_PROTOCOL=",
  };
  std::vector<std::string> whole(kFixed.begin(), kFixed.end());
  whole.push_back(repository);
  whole.insert(whole.end(), arguments.begin(), arguments.end());
  return run_process(whole, environment, limits);
}

}  // namespace gateway
