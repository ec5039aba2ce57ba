// A server that is gone, stands still, was restarted or flushed, is full, holds garbage or speaks
// something else: each call ends within its deadline, with the error that says what it was.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <thread>

#include "coefficient/redis/ratelimit_backend.h"
#include "redis/address.h"
#include "redis/gcra_script.h"
#include "redis/server.h"

namespace coefficient {
namespace {

using namespace std::chrono_literals;
using ratelimit::Ask;
using ratelimit::Grant;
using ratelimit::Policy;
using redis::RatelimitBackend;
using redis::RatelimitOptions;

const std::vector<Policy> kPolicy{{.name = "p", .limit = 10, .period = 1h, .burst = 1000}};

std::unique_ptr<RatelimitBackend> connect(const std::string& server,
                                          std::chrono::milliseconds deadline = 10s,
                                          std::string_view password = "",
                                          const std::string& username = "") {
  return RatelimitBackend::create(
             {.server = server, .username = username, .deadline = deadline, .connections = 2},
             SecretBytes::copy_of(password))
      .value();
}

Result<Grant> take(RatelimitBackend& backend, std::string_view key = "key",
                   std::uint64_t cost = 1) {
  const Ask ask{Ask::Operation::kTake, key, kPolicy, cost, 0};
  return std::move(backend.decide(std::span(&ask, 1)).at(0));
}

ErrorCode code_of(const Result<Grant>& result) {
  return result ? static_cast<ErrorCode>(0) : result.error().code;
}

class FailureTest : public testing::Test {
 protected:
  void SetUp() override {
    server_ = test::RedisServer::start();
    if (server_ == nullptr)
      GTEST_SKIP() << "redis-server (Debian package redis-server) is not installed";
  }
  std::unique_ptr<test::RedisServer> server_;
};

TEST_F(FailureTest, Gone) {
  const auto backend = connect(server_->address());
  ASSERT_TRUE(take(*backend));
  server_->stop();
  EXPECT_EQ(code_of(take(*backend)), ErrorCode::kUnavailable);
  const auto never = connect("127.0.0.1:1");
  EXPECT_EQ(code_of(take(*never)), ErrorCode::kUnavailable);
}

TEST_F(FailureTest, RestartedIsNoticedBeforeItIsAsked) {
  const auto backend = connect(server_->address());
  ASSERT_TRUE(take(*backend));
  server_->restart();
  EXPECT_TRUE(take(*backend));
  EXPECT_EQ(backend->stats().connections, 2U);
}

TEST_F(FailureTest, StandsStill) {
  const auto backend = connect(server_->address(), 100ms);
  ASSERT_TRUE(take(*backend));
  server_->freeze();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(code_of(take(*backend)), ErrorCode::kDeadlineExceeded);  // on a link that was open
  EXPECT_EQ(code_of(take(*backend)), ErrorCode::kDeadlineExceeded);  // on a new one
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);          // it does not hang
  server_->thaw();
  const auto patient = connect(server_->address());
  ASSERT_TRUE(take(*patient));
  // The late answers were not taken for those of later questions.
  EXPECT_TRUE(take(*backend));
}

TEST_F(FailureTest, FewerLinksThanCallersOfAServerThatStandsStill) {
  const auto backend = connect(server_->address(), 50ms);
  server_->freeze();
  std::vector<std::thread> threads;
  std::atomic<int> late = 0;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { late += code_of(take(*backend)) == ErrorCode::kDeadlineExceeded; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(late, 8);
}

TEST_F(FailureTest, ScriptFlushCostsOneExchangeMore) {
  const auto backend = connect(server_->address());
  ASSERT_TRUE(take(*backend));
  server_->command({"SCRIPT", "FLUSH"});
  const Grant grant = take(*backend).value();
  EXPECT_EQ(grant.decisions[0].remaining, 998U);
  EXPECT_EQ(backend->stats().exchanges, 3U);
  ASSERT_TRUE(take(*backend));
  EXPECT_EQ(backend->stats().exchanges, 4U);
}

TEST_F(FailureTest, ScriptFlushAmidABatch) {
  const auto backend = connect(server_->address());
  ASSERT_TRUE(take(*backend));
  server_->command({"SCRIPT", "FLUSH"});
  const std::vector<Ask> asks(50, Ask{Ask::Operation::kTake, "key", kPolicy, 2, 0});
  const auto grants = backend->decide(asks);
  for (std::size_t i = 0; i < grants.size(); ++i)
    EXPECT_EQ(grants[i].value().decisions[0].remaining, 999 - 2 * (i + 1));
}

TEST_F(FailureTest, FullMemory) {
  const auto backend = connect(server_->address());
  ASSERT_TRUE(take(*backend));
  server_->command({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(code_of(take(*backend)), ErrorCode::kResourceExhausted);
  // A refusal writes nothing.
  EXPECT_EQ(take(*backend, "key", 1000).value().granted, 0U);
  server_->command({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_TRUE(take(*backend));
}

TEST_F(FailureTest, Garbage) {
  const auto backend = connect(server_->address());
  for (const char* value :
       {"x", "p=1,9,2", "p=1,9,2;x", " p=1,9,2;", "p=1,9,2;p=1", "p=0,9,5;", "p=1,9,-2;",
        "p=1.5,9,2;", "=1,9,2;", "p=99999999999999999,9,1;", "p=1,9,99999999999999999;",
        "p=1,99999999999999999,1;", "p=1,2;", "1764034957000000", "p=nan,9,1;"}) {
    server_->command({"SET", "ratelimit:key", value});
    EXPECT_EQ(code_of(take(*backend)), ErrorCode::kDataLoss) << value;
    EXPECT_EQ(server_->command({"GET", "ratelimit:key"}), value);  // it is not ours to overwrite
  }
  server_->command({"SET", "ratelimit:key", std::string(5000, 'p') + "=1,2;"});
  EXPECT_EQ(code_of(take(*backend)), ErrorCode::kDataLoss);
  server_->command({"DEL", "ratelimit:key"});
  server_->command({"LPUSH", "ratelimit:key", "1"});
  EXPECT_EQ(code_of(take(*backend)), ErrorCode::kDataLoss);
  EXPECT_TRUE(take(*backend, "other"));
}

TEST_F(FailureTest, AFarFutureIsHealed) {
  const auto backend = connect(server_->address());
  server_->command({"SET", "ratelimit:key", "p=360000000,720000000,9000000000000000;"});
  EXPECT_EQ(take(*backend).value().granted, 0U);
  const Grant grant = take(*backend).value();
  EXPECT_LE(grant.decisions[0].retry_after, 6min);  // and not thousands of years
}

TEST_F(FailureTest, PasswordsAndRights) {
  server_->command({"ACL", "SETUSER", "limiter", "on", ">right", "~ratelimit:*", "+eval",
                    "+evalsha", "+script|load", "+get", "+set", "+del", "+time"});
  EXPECT_TRUE(take(*connect(server_->address(), 10s, "right", "limiter")));
  EXPECT_EQ(code_of(take(*connect(server_->address(), 10s, "wrong", "limiter"))),
            ErrorCode::kUnauthenticated);
  server_->command({"ACL", "SETUSER", "limiter", "resetkeys", "~other:*"});
  EXPECT_EQ(code_of(take(*connect(server_->address(), 10s, "right", "limiter"))),
            ErrorCode::kPermissionDenied);
  // A password where none is set is a mistake, too.
  EXPECT_EQ(code_of(take(*connect(server_->address(), 10s, "right"))), ErrorCode::kUnauthenticated);
  server_->command({"CONFIG", "SET", "requirepass", "right"});
  EXPECT_EQ(code_of(take(*connect(server_->address()))), ErrorCode::kUnauthenticated);
  EXPECT_TRUE(take(*connect(server_->address(), 10s, "right")));
}

TEST_F(FailureTest, AReplicaIsLeftAlone) {
  const auto backend = connect(server_->address());
  ASSERT_TRUE(take(*backend));
  server_->command({"REPLICAOF", "127.0.0.1", "1"});
  EXPECT_EQ(code_of(take(*backend)), ErrorCode::kUnavailable);
  server_->command({"REPLICAOF", "NO", "ONE"});
  EXPECT_TRUE(take(*backend));
  EXPECT_EQ(backend->stats().connections, 2U);  // the link was not kept
}

TEST_F(FailureTest, ClusterRedirects) {
  const auto cluster = test::RedisServer::start({"--cluster-enabled", "yes"});
  EXPECT_EQ(code_of(take(*connect(cluster->address()))), ErrorCode::kUnavailable);  // CLUSTERDOWN
}

TEST_F(FailureTest, ManyAsksAreFewExchanges) {
  const auto backend = connect(server_->address());
  std::vector<std::string> keys;
  for (int i = 0; i < 1000; ++i) keys.push_back("key" + std::to_string(i % 500));
  std::vector<Ask> asks;
  for (const std::string& key : keys)
    asks.push_back(Ask{Ask::Operation::kTake, key, kPolicy, 600, 0});
  asks[7].key = "";
  asks[8].cost = 0;
  const auto grants = backend->decide(asks);
  EXPECT_EQ(backend->stats().exchanges, 4U);
  for (std::size_t i = 0; i < grants.size(); ++i) {
    if (i == 7 || i == 8)
      EXPECT_EQ(code_of(grants[i]), ErrorCode::kInvalidArgument);
    else
      EXPECT_EQ(grants[i].value().granted, i < 500 || i == 507 || i == 508 ? 600U : 0U) << i;
  }
}

TEST_F(FailureTest, AChildOpensItsOwnLinks) {
  const auto backend = connect(server_->address());
  ASSERT_TRUE(take(*backend));
  const pid_t child = fork();
  if (child == 0) _exit(take(*backend) && backend->stats().connections == 2 ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(take(*backend).value().decisions[0].remaining, 997U);
  EXPECT_EQ(backend->stats().connections, 1U);
}

// A peer that is no Redis: it answers what it hears with one of `answers` after the other, and then
// nothing more.
class Peer {
 public:
  explicit Peer(std::vector<std::string> answers) : answers_(std::move(answers)) {
    std::string name = (std::filesystem::temp_directory_path() / "peer-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    directory_ = name;
    const redis::Address address = redis::parse_address(address_text()).value();
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(socket_, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0 ||
        listen(socket_, 8) != 0)
      std::abort();
    thread_ = std::thread([this] { serve(); });
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() {
    shutdown(socket_, SHUT_RDWR);
    thread_.join();
    close(socket_);
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  [[nodiscard]] std::string address_text() const {
    return "unix:" + (directory_ / "socket").string();
  }

 private:
  void serve() {
    std::vector<int> links;
    for (;;) {
      const int link = accept(socket_, nullptr, nullptr);
      if (link < 0) break;
      links.push_back(link);
      for (const std::string& answer : answers_) {
        std::array<char, 16384> heard{};
        if (recv(link, heard.data(), heard.size(), 0) <= 0) break;
        for (std::string_view left = answer; !left.empty();) {
          const ssize_t sent = send(link, left.data(), left.size(), MSG_NOSIGNAL);
          if (sent <= 0) break;
          left.remove_prefix(static_cast<std::size_t>(sent));
        }
      }
    }
    for (const int link : links) close(link);
  }
  std::vector<std::string> answers_;
  std::filesystem::path directory_;
  int socket_ = -1;
  std::thread thread_;
};

TEST(Peers, ThatSpeakSomethingElse) {
  const std::string loaded = "$40\r\n" + std::string(40, 'a') + "\r\n";
  struct Case {
    std::vector<std::string> answers;
    ErrorCode code;
  };
  const std::vector<Case> cases{
      {{""}, ErrorCode::kDeadlineExceeded},
      {{"HTTP/1.1 400 Bad Request\r\n\r\n"}, ErrorCode::kInternal},
      {{"$3\r\nabc\r\n"}, ErrorCode::kInternal},  // no digest
      {{"$2000000000\r\nabc"}, ErrorCode::kDeadlineExceeded},
      {{"$-7\r\n"}, ErrorCode::kInternal},
      {{"*2000000000\r\n"}, ErrorCode::kInternal},
      {{"$1100000\r\n" + std::string(1'100'000, 'x')}, ErrorCode::kInternal},
      {{"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"},
       ErrorCode::kInternal},
      {{"-MOVED 1 127.0.0.1:2\r\n"}, ErrorCode::kFailedPrecondition},
      {{"-LOADING later\r\n"}, ErrorCode::kUnavailable},
      {{"-\x1b[31m\r\n"}, ErrorCode::kInternal},
      {{loaded}, ErrorCode::kDeadlineExceeded},
      {{loaded + ":1\r\n"}, ErrorCode::kInternal},  // said before it was asked
      {{loaded, ":5\r\n"}, ErrorCode::kInternal},
      {{loaded, "*0\r\n"}, ErrorCode::kInternal},
      {{loaded, "*5\r\n:1\r\n:1\r\n:1\r\n:1\r\n$1\r\n1\r\n"}, ErrorCode::kInternal},
      {{loaded, "*5\r\n:2\r\n:1\r\n:1\r\n:1\r\n:1\r\n"}, ErrorCode::kInternal},  // more than asked
      {{loaded, "*5\r\n:-1\r\n:1\r\n:1\r\n:1\r\n:1\r\n"}, ErrorCode::kInternal},
      {{loaded, "*5\r\n:1\r\n:1\r\n:-1\r\n:1\r\n:1\r\n"}, ErrorCode::kInternal},
      {{loaded, "*5\r\n:1\r\n:1\r\n:1\r\n:1\r\n:9223372036854775807\r\n"}, ErrorCode::kInternal},
      {{loaded, "-ASK 1 127.0.0.1:2\r\n"}, ErrorCode::kFailedPrecondition},
      {{loaded, "-NOSCRIPT x\r\n", "-NOSCRIPT x\r\n"}, ErrorCode::kUnavailable},
  };
  for (const Case& one : cases) {
    const Peer peer(one.answers);
    const auto backend = connect(peer.address_text(), 200ms);
    const auto result = take(*backend);
    EXPECT_EQ(code_of(result), one.code) << one.answers.back().substr(0, 60);
    if (!result) {
      EXPECT_EQ(result.error().message.find('\x1b'), std::string::npos);
    }
  }
}

TEST(Options, AreChecked) {
  const auto code = [](RatelimitOptions options, std::string_view password = "") {
    const auto backend =
        RatelimitBackend::create(std::move(options), SecretBytes::copy_of(password));
    return backend ? static_cast<ErrorCode>(0) : backend.error().code;
  };
  for (const char* server : {"", "localhost:6379", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0",
                             "127.0.0.1:65536", "127.0.0.1:6379x", "::1:6379", "[::1:6379",
                             "[::g]:1", "unix:", "unix:relative", "127.1:6379"})
    EXPECT_EQ(code({.server = server}), ErrorCode::kInvalidArgument) << server;
  EXPECT_EQ(code({.server = "unix:/" + std::string(107, 'x')}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.server = "[::1]:6379"}), static_cast<ErrorCode>(0));
  EXPECT_EQ(code({.server = "127.0.0.1:1", .deadline = 0ms}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.server = "127.0.0.1:1", .deadline = 61s}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.server = "127.0.0.1:1", .connections = 0}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.server = "127.0.0.1:1", .prefix = std::string(65, 'x')}),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.server = "127.0.0.1:1", .username = "u"}), ErrorCode::kInvalidArgument);
}

TEST(Options, PoliciesThatCannotBeCountedAreRefused) {
  const auto backend = connect("127.0.0.1:1");
  const Policy good{.name = "p", .limit = 10, .period = 1s, .burst = 5};
  EXPECT_TRUE(backend->check(std::vector{good}));
  const auto refused = [&](auto change) {
    Policy policy = good;
    change(policy);
    const auto checked = backend->check(std::vector{policy});
    return !checked && checked.error().code == ErrorCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](Policy& p) { p.name = "a b"; }));
  EXPECT_TRUE(refused([](Policy& p) { p.limit = 1'100'000; }));
  EXPECT_FALSE(refused([](Policy& p) { p.limit = 1'000'000; }));
  EXPECT_TRUE(refused([](Policy& p) { p.max_wait = 1ms; }));
  EXPECT_TRUE(
      refused([](Policy& p) { p.algorithm = ratelimit::Algorithm::kSlidingWindow, p.burst = 0; }));
  EXPECT_TRUE(refused([](Policy& p) { p.period = 24h * 365, p.limit = 1, p.burst = 72; }));
  EXPECT_FALSE(backend->check({}));
  EXPECT_FALSE(backend->check(std::vector(2, good)));
  EXPECT_FALSE(backend->check(std::vector(9, good)));
}

}  // namespace
}  // namespace coefficient
