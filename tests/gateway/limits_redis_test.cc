#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>

#include "doctor.h"
#include "fixture.h"
#include "redis/server.h"

using namespace gateway;
using test::status_of;

namespace {

/// A gateway directory that is served while this object is there.
class RunningGateway {
 public:
  explicit RunningGateway(const Directory& directory) {
    auto service = Service::create(directory, coefficient::system_clock(),
                                   {.handle_signals = false, .log_fd = -1, .finished = {}});
    if (!service) throw std::runtime_error(service.error().message);
    service_ = *std::move(service);
    thread_ = std::thread([this] { (void)service_->run(); });
  }
  RunningGateway(const RunningGateway&) = delete;
  RunningGateway& operator=(const RunningGateway&) = delete;
  ~RunningGateway() {
    service_->stop();
    thread_.join();
  }
  [[nodiscard]] test::RawClient client() const { return test::RawClient(service_->peer().port); }
  [[nodiscard]] int ask() const {
    test::RawClient client = this->client();
    EXPECT_TRUE(client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
    return status_of(client.response());
  }

 private:
  std::unique_ptr<Service> service_;
  std::thread thread_;
};

class SharedLimitsTest : public testing::Test {
 protected:
  void SetUp() override {
    redis_ = test::RedisServer::start();
    if (redis_ == nullptr) GTEST_SKIP() << "no redis-server on this machine";
  }
  Directory make(const std::string& name, const std::string& on_failure = "deny") {
    const Directory directory(temp_.path() / name);
    EXPECT_TRUE(init_directory(directory, 0));
    test::edit_config(directory, [&](auto& config) {
      auto& limits = config["rate_limits"];
      limits["address"] = "name=address;limit=1;period=1h;burst=4";
      limits["redis"] = redis_->address();
      limits["redis_failure"] = on_failure;
      limits["redis_deadline_ms"] = 500;  // this machine may be busy
      limits["nodes"] = 2;
    });
    return directory;
  }
  static bool doctor_finds(const Directory& directory) {
    const auto checks = examine(directory, coefficient::system_clock());
    const auto found = std::ranges::find(checks, "rate limits", &Check::name);
    EXPECT_NE(found, checks.end());
    return found != checks.end() && !found->ok;
  }

  test::TempDir temp_;
  std::unique_ptr<test::RedisServer> redis_;
};

}  // namespace

TEST_F(SharedLimitsTest, HoldForAllGatewaysAndAcrossTheirRestart) {
  const Directory one = make("one");
  const Directory two = make("two");
  {
    const RunningGateway first(one);
    const RunningGateway second(two);
    EXPECT_EQ(first.ask(), 404);
    EXPECT_EQ(second.ask(), 404);
    EXPECT_EQ(first.ask(), 404);
  }
  const RunningGateway again(one);
  EXPECT_EQ(again.ask(), 404);
  EXPECT_EQ(again.ask(), 429);
  EXPECT_FALSE(doctor_finds(one));
}

TEST_F(SharedLimitsTest, AServerThatIsDownDoesWhatIsConfigured) {
  struct Case {
    const char* mode;
    std::vector<int> answers;
  };
  // "local": this gateway's share of the burst, 4 / 2.
  const std::vector<Case> cases = {
      {"deny", {503, 503, 503}}, {"allow", {404, 404, 404, 404, 404}}, {"local", {404, 404, 429}}};
  std::vector<Directory> directories;
  for (const Case& c : cases) directories.push_back(make(c.mode, c.mode));
  redis_->stop();
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(cases[i].mode);
    const RunningGateway gateway(directories[i]);
    for (const int answer : cases[i].answers) EXPECT_EQ(gateway.ask(), answer);
    EXPECT_TRUE(doctor_finds(directories[i]));
  }
}

TEST_F(SharedLimitsTest, AServerThatHangsIsWaitedForUntilTheDeadline) {
  const Directory directory = make("hangs", "deny");
  const RunningGateway gateway(directory);
  EXPECT_EQ(gateway.ask(), 404);
  redis_->freeze();
  EXPECT_EQ(gateway.ask(), 503);
  EXPECT_EQ(gateway.ask(), 503);
  redis_->thaw();
}

TEST_F(SharedLimitsTest, WhoeverNeedsNoCountDoesNotWaitForAServerThatHangs) {
  const Directory directory = make("waits", "deny");
  test::edit_config(directory,
                    [](auto& config) { config["rate_limits"]["redis_deadline_ms"] = 10'000; });
  const RunningGateway gateway(directory);
  EXPECT_EQ(gateway.ask(), 404);
  redis_->freeze();
  test::RawClient waits = gateway.client();
  ASSERT_TRUE(waits.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
  test::RawClient passes = gateway.client();
  ASSERT_TRUE(passes.send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(status_of(passes.response()), 200);
  redis_->thaw();
  // Had one waited for the other, the deadline would have passed, and this one not been counted.
  EXPECT_EQ(status_of(waits.response()), 404);
}

TEST_F(SharedLimitsTest, ADrainWaitsForWhatIsBeingCounted) {
  const Directory directory = make("drains", "deny");
  test::edit_config(directory,
                    [](auto& config) { config["rate_limits"]["redis_deadline_ms"] = 10'000; });
  auto gateway = std::make_unique<RunningGateway>(directory);
  redis_->freeze();
  test::RawClient waits = gateway->client();
  ASSERT_TRUE(waits.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
  test::RawClient passes = gateway->client();
  ASSERT_TRUE(passes.send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(status_of(passes.response()), 200);  // so the other one has been read, too
  std::thread thaw([this] { redis_->thaw(); });
  gateway.reset();
  thaw.join();
  EXPECT_EQ(status_of(waits.response()), 404);
}

TEST_F(SharedLimitsTest, AnAddressThatIsNoneIsRefusedAtTheStart) {
  const Directory directory = make("bad");
  test::edit_config(directory,
                    [](auto& config) { config["rate_limits"]["redis"] = "redis.example:6379"; });
  const auto service = Service::create(directory, coefficient::system_clock(),
                                       {.handle_signals = false, .log_fd = -1, .finished = {}});
  ASSERT_FALSE(service);
  EXPECT_NE(service.error().message.find("/rate_limits"), std::string::npos);
  EXPECT_TRUE(doctor_finds(directory));
}
