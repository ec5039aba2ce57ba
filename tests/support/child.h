#ifndef COEFFICIENT_TESTS_SUPPORT_CHILD_H_
#define COEFFICIENT_TESTS_SUPPORT_CHILD_H_

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

namespace test {

/// A program with its output on a pipe, killed and reaped when the object goes.
class Child {
 public:
  /// `arguments` begin with the program's path.
  explicit Child(std::vector<std::string> arguments) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const int status = ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[1]);
    out_ = pipe[0];
    if (status != 0) throw std::runtime_error("cannot start the child");
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) kill();
    ::close(out_);
  }
  /// Returns the next line; empty at the end.
  std::string line() { return next_line(true); }
  /// Returns the next line of those that it has written by now; empty if there is none.
  std::string written_line() { return next_line(false); }
  /// Returns whether it was alive until now.
  bool kill() {
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

 private:
  std::string next_line(bool wait) {
    for (;;) {
      if (const auto end = buffer_.find('\n'); end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return line;
      }
      pollfd ready{.fd = out_, .events = POLLIN, .revents = 0};
      if (!wait && ::poll(&ready, 1, 0) != 1) return {};
      std::array<char, 4096> chunk{};
      const ssize_t n = ::read(out_, chunk.data(), chunk.size());
      if (n <= 0) return {};
      buffer_.append(chunk.data(), static_cast<std::size_t>(n));
    }
  }

  pid_t pid_ = -1;
  int out_ = -1;
  std::string buffer_;
};

}  // namespace test

#endif  // COEFFICIENT_TESTS_SUPPORT_CHILD_H_
