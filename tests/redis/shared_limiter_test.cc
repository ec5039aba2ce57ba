// ratelimit::SharedLimiter over a real server.
#include "coefficient/ratelimit/shared_limiter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "coefficient/redis/ratelimit_backend.h"
#include "redis/server.h"

namespace coefficient {
namespace {

using namespace std::chrono_literals;
using ratelimit::OnFailure;
using ratelimit::Policy;
using ratelimit::SharedDecision;
using ratelimit::SharedLimiter;
using ratelimit::SharedLimiterOptions;
using Source = SharedDecision::Source;

constexpr std::chrono::system_clock::time_point kStart(1'700'000'000s);
const std::vector<Policy> kPolicies{{.name = "burst", .limit = 10, .period = 1s, .burst = 5},
                                    {.name = "daily", .limit = 24, .period = 24h, .burst = 100}};

class SharedLimiterTest : public testing::Test {
 protected:
  void SetUp() override {
    server_ = test::RedisServer::start();
    if (server_ == nullptr)
      GTEST_SKIP() << "redis-server (Debian package redis-server) is not installed";
    backend_ = connect();
  }
  std::shared_ptr<redis::RatelimitBackend> connect(std::chrono::milliseconds deadline = 10s) {
    return redis::RatelimitBackend::create(
               {.server = server_->address(), .deadline = deadline, .clock = &clock_})
        .value();
  }
  SharedLimiter make(const SharedLimiterOptions& options = {}) {
    return SharedLimiter::create(backend_, kPolicies, options, clock_).value();
  }
  std::unique_ptr<test::RedisServer> server_;
  ManualClock clock_{kStart};
  std::shared_ptr<redis::RatelimitBackend> backend_;
};

TEST_F(SharedLimiterTest, OneExchangeForADecision) {
  SharedLimiter limiter = make();
  for (int i = 0; i < 5; ++i) {
    const SharedDecision got = limiter.check("key");
    EXPECT_TRUE(got.allowed);
    EXPECT_EQ(got.source, Source::kBackend);
    ASSERT_EQ(got.decisions.size(), 2U);
    EXPECT_EQ(got.enforced, 2U);
    EXPECT_EQ(got.decisions[0].remaining, 4U - static_cast<unsigned>(i));
    EXPECT_EQ(got.decisions[1].policy, "daily");
  }
  EXPECT_EQ(backend_->stats().exchanges, 5U);
}

TEST_F(SharedLimiterTest, ARefusalIsRememberedUntilItMayBeAllowed) {
  SharedLimiter limiter = make();
  EXPECT_TRUE(limiter.check("key", 5).allowed);
  EXPECT_FALSE(limiter.check("key", 2).allowed);
  clock_.advance(50ms);
  const SharedDecision again = limiter.check("key", 2);
  EXPECT_FALSE(again.allowed);
  EXPECT_EQ(again.source, Source::kRemembered);
  EXPECT_EQ(again.decisions[0].retry_after, 150ms);
  EXPECT_EQ(again.decisions[0].reset_after, 450ms);
  EXPECT_EQ(backend_->stats().exchanges, 2U);
  clock_.advance(60ms);
  EXPECT_TRUE(limiter.check("key", 1).allowed);  // less than what was refused
  EXPECT_FALSE(limiter.check("key", 2).allowed);
  clock_.advance(200ms);
  EXPECT_TRUE(limiter.check("key", 2).allowed);
  EXPECT_TRUE(limiter.check("other", 2).allowed);
  EXPECT_EQ(limiter.counters().remembered, 2U);
}

TEST_F(SharedLimiterTest, ARefusalOfOneCostTellsNothingOfAnother) {
  SharedLimiter limiter = make();
  EXPECT_TRUE(limiter.check("key", 5).allowed);
  EXPECT_EQ(limiter.check("key", 1).decisions[0].retry_after, 100ms);
  EXPECT_EQ(limiter.check("key", 3).decisions[0].retry_after, 300ms);
  EXPECT_EQ(limiter.check("key", 6).decisions[0].retry_after, std::nullopt);
  EXPECT_EQ(limiter.check("key", 3).source, Source::kRemembered);
}

TEST_F(SharedLimiterTest, ARefundOrOtherPoliciesEndARefusal) {
  SharedLimiter limiter = make();
  EXPECT_TRUE(limiter.check("key", 5).allowed);
  EXPECT_FALSE(limiter.check("key").allowed);
  EXPECT_TRUE(limiter.refund("key", 2).allowed);
  EXPECT_TRUE(limiter.check("key", 2).allowed);
  EXPECT_FALSE(limiter.check("key").allowed);
  std::vector<Policy> wider = kPolicies;
  wider[0].burst = 20;
  ASSERT_TRUE(limiter.set_policies(wider));
  const SharedDecision got = limiter.check("key");  // 5 of 20 were used
  EXPECT_TRUE(got.allowed);
  EXPECT_EQ(got.decisions[0].remaining, 14U);
}

TEST_F(SharedLimiterTest, WithAClockThatGoesBackNothingIsRefusedForLong) {
  SharedLimiter limiter = SharedLimiter::create(backend_, kPolicies, {}, clock_).value();
  EXPECT_TRUE(limiter.check("key", 5).allowed);
  EXPECT_FALSE(limiter.check("key").allowed);
  clock_.advance(-10min);
  EXPECT_EQ(limiter.check("key").source, Source::kBackend);
}

TEST_F(SharedLimiterTest, ALeaseSavesExchangesAndIsBounded) {
  SharedLimiter limiter = make({.lease = 4});
  std::uint64_t allowed = 0;
  for (int i = 0; i < 5; ++i) {
    const SharedDecision got = limiter.check("key");
    allowed += got.allowed ? 1U : 0U;
    if (i == 1) {
      EXPECT_EQ(got.source, Source::kLease);
      EXPECT_EQ(got.decisions[0].remaining, 1U + 2U);
    }
  }
  EXPECT_EQ(allowed, 5U);
  EXPECT_EQ(backend_->stats().exchanges, 2U);
  EXPECT_FALSE(limiter.check("key").allowed);
}

TEST_F(SharedLimiterTest, NodesWithLeasesExceedByNoMoreThanTheirLeases) {
  constexpr std::uint64_t kNodes = 3;
  constexpr std::uint64_t kLease = 2;
  std::vector<SharedLimiter> nodes;
  for (std::uint64_t i = 0; i < kNodes; ++i) nodes.push_back(make({.lease = kLease}));
  // All take ahead, wait until the count has forgotten it, and then give all at once.
  for (SharedLimiter& node : nodes) static_cast<void>(node.check("key"));
  clock_.advance(900ms);
  std::uint64_t allowed = 0;
  for (int i = 0; i < 100; ++i)
    for (SharedLimiter& node : nodes) allowed += node.check("key").allowed ? 1U : 0U;
  EXPECT_GT(allowed, 5U);
  EXPECT_LE(allowed, 5U + kNodes * kLease);
  // After lease_time what was not given is lost.
  clock_.advance(1h);
  SharedLimiter fresh = make({.lease = 5});
  EXPECT_TRUE(fresh.check("other").allowed);
  clock_.advance(2s);
  EXPECT_EQ(fresh.check("other").source, Source::kBackend);
}

TEST_F(SharedLimiterTest, ManyAreOneExchange) {
  SharedLimiter limiter = make();
  EXPECT_TRUE(limiter.check("a", 5).allowed);
  EXPECT_FALSE(limiter.check("a").allowed);
  const std::vector<ratelimit::KeyedCost> costs{{"a", 1}, {"b", 2}, {"", 1}, {"c", 6}, {"b", 0}};
  const std::uint64_t before = backend_->stats().exchanges;
  const auto got = limiter.check_many(costs);
  EXPECT_EQ(backend_->stats().exchanges, before + 1);
  EXPECT_EQ(got[0].source, Source::kRemembered);
  EXPECT_TRUE(got[1].allowed);
  EXPECT_EQ(got[2].source, Source::kBadKey);
  EXPECT_FALSE(got[2].allowed);
  EXPECT_FALSE(got[3].allowed);
  EXPECT_EQ(got[3].decisions[0].retry_after, std::nullopt);
  EXPECT_TRUE(got[4].allowed);
  EXPECT_EQ(got[4].decisions[0].remaining, 3U);
  EXPECT_EQ(limiter.check(std::string(257, 'x')).source, Source::kBadKey);
}

TEST_F(SharedLimiterTest, EachFailureModeDoesWhatItSays) {
  SharedLimiter denies = make({.on_failure = OnFailure::kDeny});
  SharedLimiter allows = make({.on_failure = OnFailure::kAllow});
  SharedLimiter shares = make({.on_failure = OnFailure::kLocalShare, .nodes = 2});
  EXPECT_TRUE(denies.check("key").allowed);
  server_->stop();
  for (int i = 0; i < 10; ++i) {
    const SharedDecision denied = denies.check("key");
    EXPECT_FALSE(denied.allowed);
    EXPECT_EQ(denied.source, Source::kFailure);
    EXPECT_EQ(denied.failure, ErrorCode::kUnavailable);
    EXPECT_TRUE(denied.decisions.empty());
    EXPECT_TRUE(allows.check("key").allowed);
  }
  // Half of the burst of 5 is 2, and of 10 a second 5.
  std::vector<bool> shared;
  for (int i = 0; i < 3; ++i) shared.push_back(shares.check("key").allowed);
  EXPECT_EQ(shared, (std::vector<bool>{true, true, false}));
  const SharedDecision refused = shares.check("key");
  ASSERT_EQ(refused.decisions.size(), 1U);
  EXPECT_EQ(refused.decisions[0].policy, "burst");
  EXPECT_EQ(refused.decisions[0].retry_after, 200ms);
  clock_.advance(200ms);
  EXPECT_TRUE(shares.check("key").allowed);
  EXPECT_TRUE(shares.refund("key", 1).allowed);
  EXPECT_TRUE(shares.peek("key").allowed);
  EXPECT_EQ(denies.counters().failed, 10U);
  // It comes back, and the breaker lets one call see it.
  server_->restart();
  clock_.advance(2s);
  for (SharedLimiter* limiter : {&denies, &allows, &shares}) {
    const SharedDecision got = limiter->check("key");
    EXPECT_TRUE(got.allowed);
    EXPECT_EQ(got.source, Source::kBackend);
  }
}

TEST_F(SharedLimiterTest, TheBreakerOpensAndTriesAgain) {
  SharedLimiter limiter = make({.breaker_failures = 3, .breaker_pause = 1s});
  server_->stop();
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(limiter.check("key").allowed);
  EXPECT_EQ(limiter.counters().asked, 3U);
  clock_.advance(1s);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(limiter.check("key").allowed);
  EXPECT_EQ(limiter.counters().asked, 4U);  // one try, then it is open again
  server_->restart();
  EXPECT_FALSE(limiter.check("key").allowed);
  clock_.advance(1s);
  EXPECT_TRUE(limiter.check("key").allowed);
  EXPECT_TRUE(limiter.check("key").allowed);
}

TEST_F(SharedLimiterTest, AServerThatStandsStillCostsFewDeadlines) {
  const auto backend = connect(50ms);
  SharedLimiter limiter =
      SharedLimiter::create(backend, kPolicies, {.on_failure = OnFailure::kAllow}, clock_).value();
  EXPECT_TRUE(limiter.check("key").allowed);
  server_->freeze();
  for (int i = 0; i < 100; ++i) {
    const SharedDecision got = limiter.check("key");
    EXPECT_TRUE(got.allowed);
    EXPECT_EQ(got.failure, i < 5 ? ErrorCode::kDeadlineExceeded : ErrorCode::kUnavailable);
  }
  EXPECT_EQ(limiter.counters().asked, 6U);
  server_->thaw();
}

TEST_F(SharedLimiterTest, GarbageOfOneKeyIsNoOutage) {
  SharedLimiter limiter = make({.on_failure = OnFailure::kAllow, .breaker_failures = 1});
  server_->command({"SET", "ratelimit:bad", "garbage"});
  for (int i = 0; i < 3; ++i) {
    const SharedDecision bad = limiter.check("bad");
    EXPECT_TRUE(bad.allowed);
    EXPECT_EQ(bad.failure, ErrorCode::kDataLoss);
    EXPECT_EQ(limiter.check("good").source, Source::kBackend);
  }
}

TEST_F(SharedLimiterTest, AFullServerIsAnOutageAndRefusalsStillHold) {
  SharedLimiter limiter = make({.on_failure = OnFailure::kDeny});
  EXPECT_TRUE(limiter.check("key", 5).allowed);
  server_->command({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(limiter.check("other").failure, ErrorCode::kResourceExhausted);
  EXPECT_EQ(limiter.check("key").source, Source::kBackend);
}

TEST_F(SharedLimiterTest, ShadowPoliciesComeLast) {
  std::vector<Policy> policies = kPolicies;
  policies[0].mode = ratelimit::Mode::kShadow;
  SharedLimiter limiter = SharedLimiter::create(backend_, policies, {}, clock_).value();
  EXPECT_TRUE(limiter.check("key", 5).allowed);
  const SharedDecision got = limiter.check("key", 5);
  EXPECT_TRUE(got.allowed);
  EXPECT_EQ(got.enforced, 1U);
  EXPECT_EQ(got.decisions[0].policy, "daily");
  EXPECT_EQ(got.decisions[1].policy, "burst");
  EXPECT_TRUE(got.decisions[1].shadow_denied);
}

TEST_F(SharedLimiterTest, OptionsAreChecked) {
  const auto refused = [this](const SharedLimiterOptions& options) {
    const auto made = SharedLimiter::create(backend_, kPolicies, options);
    return !made && made.error().code == ErrorCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused({.nodes = 0}));
  EXPECT_TRUE(refused({.remembered_keys = 0, .lease = 2}));
  EXPECT_TRUE(refused({.lease_time = -1ns}));
  EXPECT_TRUE(refused({.breaker_failures = 0}));
  EXPECT_TRUE(refused({.remembered_keys = (std::size_t{1} << 24U) + 1}));
  EXPECT_FALSE(SharedLimiter::create(nullptr, kPolicies));
  EXPECT_FALSE(SharedLimiter::create(backend_, {}));
  std::vector<Policy> shadows = kPolicies;
  for (Policy& policy : shadows) policy.mode = ratelimit::Mode::kShadow;
  EXPECT_FALSE(SharedLimiter::create(backend_, shadows));
  SharedLimiter limiter = make();
  std::vector<Policy> renamed = kPolicies;
  renamed[1].name = "weekly";
  EXPECT_FALSE(limiter.set_policies(renamed));
}

TEST_F(SharedLimiterTest, ThreadsShareOneLimiter) {
  const std::vector<Policy> policy{{.name = "p", .limit = 1, .period = 1h, .burst = 300}};
  for (const std::uint64_t lease : {0U, 16U}) {
    server_->command({"FLUSHALL"});
    SharedLimiter limiter =
        SharedLimiter::create(backend_, policy, {.lease = lease}, clock_).value();
    std::atomic<int> allowed = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) allowed += limiter.check("key").allowed ? 1 : 0;
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_LE(allowed, 300);
    if (lease == 0) {
      EXPECT_EQ(allowed, 300);
    }
  }
}

}  // namespace
}  // namespace coefficient
