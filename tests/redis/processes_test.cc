// Processes that share a key never get more than the policy, by the server's own clock.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "coefficient/ratelimit/shared_limiter.h"
#include "coefficient/redis/ratelimit_backend.h"
#include "redis/server.h"

namespace coefficient {
namespace {

using namespace std::chrono_literals;
using ratelimit::Policy;
using ratelimit::SharedLimiter;

constexpr int kProcesses = 8;
constexpr std::uint64_t kCalls = 2000;

std::int64_t server_time_us(const test::RedisServer& server) {
  const std::string text = server.command({"TIME"});
  const std::size_t blank = text.find(' ');
  return std::stoll(text.substr(0, blank)) * 1'000'000 + std::stoll(text.substr(blank + 1));
}

struct Counted {
  std::uint64_t allowed;
  std::uint64_t failed;
};

Counted hammer(const std::string& server, const std::vector<Policy>& policies,
               std::uint64_t remembered_keys) {
  auto backend = redis::RatelimitBackend::create({.server = server, .deadline = 30s}).value();
  auto limiter = SharedLimiter::create(std::shared_ptr<ratelimit::Backend>(std::move(backend)),
                                       policies, {.remembered_keys = remembered_keys})
                     .value();
  Counted out{};
  for (std::uint64_t i = 0; i < kCalls; ++i) {
    const auto got = limiter.check("key");
    out.allowed += got.allowed ? 1U : 0U;
    out.failed += got.failure ? 1U : 0U;
  }
  return out;
}

class ProcessesTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(ProcessesTest, NeverGetMoreThanThePolicy) {
  const auto server = test::RedisServer::start();
  if (server == nullptr)
    GTEST_SKIP() << "redis-server (Debian package redis-server) is not installed";
  const std::vector<Policy> policies{{.name = "p", .limit = 1000, .period = 1s, .burst = 50}};
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const std::int64_t begin = server_time_us(*server);
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      const Counted counted = hammer(server->address(), policies, GetParam());
      const bool told = write(ends[1], &counted, sizeof(counted)) == sizeof(counted);
      _exit(told ? 0 : 1);
    }
    children.push_back(child);
  }
  Counted all{};
  for (int i = 0; i < kProcesses; ++i) {
    Counted one{};
    ASSERT_EQ(read(ends[0], &one, sizeof(one)), static_cast<ssize_t>(sizeof(one)));
    all.allowed += one.allowed;
    all.failed += one.failed;
  }
  const std::int64_t end = server_time_us(*server);
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  close(ends[0]);
  close(ends[1]);
  EXPECT_EQ(all.failed, 0U);
  // One each 1000 us, and the burst.
  EXPECT_LE(all.allowed, 50 + static_cast<std::uint64_t>((end - begin) / 1000));
  EXPECT_GE(all.allowed, 50U);
  RecordProperty("allowed", std::to_string(all.allowed));
  RecordProperty("elapsed_us", std::to_string(end - begin));
}

// With and without remembered refusals, which must not change what is allowed upwards.
INSTANTIATE_TEST_SUITE_P(Remembered, ProcessesTest, testing::Values(0, 64));

}  // namespace
}  // namespace coefficient
