#include "redis/server.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "redis/address.h"
#include "redis/link.h"

namespace test {
namespace {

namespace fs = std::filesystem;
using namespace coefficient;

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "redis test server: %s\n", what);
  std::abort();
}

std::string program() {
  for (const char* directory : {"/usr/bin", "/usr/local/bin"})
    if (fs::exists(fs::path(directory) / "redis-server"))
      return std::string(directory) + "/redis-server";
  return "";
}

std::string text_of(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      return std::to_string(reply.integer);
    case REDIS_REPLY_NIL:
      return "nil";
    case REDIS_REPLY_ARRAY: {
      std::string out;
      for (std::size_t i = 0; i < reply.elements; ++i)
        out += (i == 0 ? "" : " ") + text_of(*reply.element[i]);
      return out;
    }
    default:
      return {reply.str, reply.len};
  }
}

}  // namespace

std::unique_ptr<RedisServer> RedisServer::start(std::vector<std::string> options) {
  if (program().empty()) return nullptr;
  return std::unique_ptr<RedisServer>(new RedisServer(std::move(options)));
}

RedisServer::RedisServer(std::vector<std::string> options) : options_(std::move(options)) {
  std::string name = (fs::temp_directory_path() / "redis-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) give_up("no directory");
  directory_ = name;
  launch();
}

RedisServer::~RedisServer() {
  stop();
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

std::string RedisServer::address() const {
  return "unix:" + (directory_ / "socket").string();
}

void RedisServer::launch() {
  std::vector<std::string> words{program(),
                                 "--port",
                                 "0",
                                 "--unixsocket",
                                 (directory_ / "socket").string(),
                                 "--dir",
                                 directory_.string(),
                                 "--save",
                                 "",
                                 "--appendonly",
                                 "no"};
  words.insert(words.end(), options_.begin(), options_.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) give_up("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  const int spawned = posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (spawned != 0) give_up("it does not start");
  log_ = ends[0];
  // It says when it can be asked.
  std::string log;
  std::array<char, 4096> buffer{};
  while (log.find("eady to accept connections") == std::string::npos) {
    const ssize_t got = read(log_, buffer.data(), buffer.size());
    if (got <= 0) give_up(log.c_str());
    log.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

void RedisServer::stop() {
  if (pid_ != 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  if (log_ >= 0) close(log_);
  log_ = -1;
}

void RedisServer::restart() {
  stop();
  launch();
}

void RedisServer::freeze() const {
  kill(pid_, SIGSTOP);
  int status = 0;
  waitpid(pid_, &status, WUNTRACED);
}

void RedisServer::thaw() const {
  kill(pid_, SIGCONT);
  int status = 0;
  waitpid(pid_, &status, WCONTINUED);
}

std::string RedisServer::command(const std::vector<std::string_view>& words) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  auto link = redis::Link::open(redis::parse_address(address()).value(), deadline);
  std::string command;
  redis::append_command(command, words);
  auto replies = link.value().exchange(command, 1, deadline);
  return text_of(*replies.value()[0]);
}

}  // namespace test
