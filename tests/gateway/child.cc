#include "child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace test {

Child::Child(std::vector<std::string> arguments) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe failed");
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int status = posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(err[1]);
  out_.fd = out[0];
  err_.fd = err[0];
  if (status != 0) throw std::runtime_error("cannot start " + arguments[0]);
}

Child::~Child() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    wait();
  }
  ::close(out_.fd);
  ::close(err_.fd);
}

std::optional<std::string> Child::next_line(Stream& stream) {
  for (;;) {
    if (const std::size_t end = stream.buffer.find('\n'); end != std::string::npos) {
      std::string line = stream.buffer.substr(0, end);
      stream.buffer.erase(0, end + 1);
      return line;
    }
    pollfd readable{.fd = stream.fd, .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, 60'000) <= 0) return std::nullopt;
    std::array<char, 4096> chunk{};
    const ssize_t n = ::read(stream.fd, chunk.data(), chunk.size());
    if (n <= 0) return std::nullopt;
    stream.buffer.append(chunk.data(), static_cast<std::size_t>(n));
  }
}

bool Child::wait_for_error(const std::string& text) {
  while (const auto read = error_line()) {
    if (read->find(text) != std::string::npos) return true;
  }
  return false;
}

void Child::signal(int number) const {
  ::kill(pid_, number);
}

int Child::wait() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return status;
}

std::optional<gateway::Peer> Child::listening() {
  const auto first = line();
  if (!first) return std::nullopt;
  const auto json = nlohmann::json::parse(*first, nullptr, false);
  if (!json.is_object() || !json.contains("url")) return std::nullopt;
  auto url = gateway::parse_url(json["url"].get<std::string>());
  if (!url) return std::nullopt;
  return url->first;
}

}  // namespace test
