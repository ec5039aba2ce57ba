// The script against the table of the algorithm, and against the same arithmetic written once more.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "coefficient/redis/ratelimit_backend.h"
#include "redis/server.h"

namespace coefficient {
namespace {

using namespace std::chrono_literals;
using ratelimit::Ask;
using ratelimit::Decision;
using ratelimit::Grant;
using ratelimit::Policy;
using Operation = ratelimit::Ask::Operation;
using std::chrono::microseconds;

constexpr std::chrono::system_clock::time_point kStart(1'700'000'000s);

class ConformanceTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = test::RedisServer::start(); }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    if (server_ == nullptr)
      GTEST_SKIP() << "redis-server (Debian package redis-server) is not installed";
    server_->command({"FLUSHALL"});
    backend_ = redis::RatelimitBackend::create(
                   {.server = server_->address(), .deadline = 10s, .clock = &clock_})
                   .value();
  }
  Grant ask(Operation operation, const std::vector<Policy>& policies, std::uint64_t cost = 1,
            std::uint64_t want = 0) {
    EXPECT_TRUE(backend_->check(policies));
    const Ask one{operation, "key", policies, cost, want};
    return backend_->decide(std::span(&one, 1)).at(0).value();
  }
  void at(std::chrono::nanoseconds since_start) { clock_.set(kStart + since_start); }

  static inline std::unique_ptr<test::RedisServer> server_;
  ManualClock clock_{kStart};
  std::unique_ptr<redis::RatelimitBackend> backend_;
};

struct Row {
  std::chrono::microseconds at;
  Operation operation;
  std::uint64_t cost;
  bool allowed;
  std::optional<std::uint64_t> remaining;
  std::optional<std::chrono::microseconds> retry;  // of a refusal; -1: never
  std::optional<std::chrono::microseconds> reset;
};

TEST_F(ConformanceTest, TheTable) {
  const std::vector<Policy> policy{{.name = "p", .limit = 10, .period = 1s, .burst = 5}};
  constexpr auto kTake = Operation::kTake;
  constexpr auto kNo = std::nullopt;
  const std::vector<Row> rows{
      {0ms, kTake, 1, true, 4, kNo, kNo},
      {0ms, kTake, 1, true, 3, kNo, kNo},
      {0ms, kTake, 1, true, 2, kNo, kNo},
      {0ms, kTake, 1, true, 1, kNo, kNo},
      {0ms, kTake, 1, true, 0, kNo, 500ms},
      {0ms, kTake, 1, false, 0, 100ms, kNo},
      {50ms, kTake, 1, false, 0, 50ms, kNo},
      {99'999us, kTake, 1, false, 0, 1us, kNo},
      {100ms, kTake, 1, true, 0, kNo, kNo},
      {100ms, kTake, 1, false, 0, 100ms, kNo},
      {250ms, kTake, 1, true, 0, kNo, kNo},
      {250ms, kTake, 1, false, 0, 50ms, kNo},
      {400ms, kTake, 2, true, kNo, kNo, 500ms},
      {600ms, kTake, 3, false, 2, 100ms, kNo},
      {600ms, kTake, 2, true, kNo, kNo, kNo},
      {1000ms, kTake, 5, false, 4, 100ms, kNo},
      {1000ms, kTake, 1, true, 3, kNo, kNo},
      {1600ms, kTake, 6, false, kNo, -1us, kNo},
      {1600ms, kTake, 5, true, kNo, kNo, kNo},
      {1599ms, kTake, 1, false, kNo, 100ms, 500ms},  // the clock went back
      {3000ms, Operation::kPeek, 1, true, 5, kNo, kNo},
      {3000ms, kTake, 4, true, 1, kNo, kNo},
      {3000ms, Operation::kRefund, 2, true, 3, kNo, kNo},
      {3000ms, kTake, 3, true, 0, kNo, kNo},
      {3000ms, kTake, 1, false, 0, 100ms, kNo},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    SCOPED_TRACE(i);
    const Row& row = rows[i];
    at(row.at);
    const Decision got = ask(row.operation, policy, row.cost).decisions.at(0);
    EXPECT_EQ(got.allowed, row.allowed);
    if (row.remaining) {
      EXPECT_EQ(got.remaining, *row.remaining);
    }
    if (row.retry == -1us) {
      EXPECT_EQ(got.retry_after, std::nullopt);
    } else if (row.retry) {
      EXPECT_EQ(got.retry_after, *row.retry);
    }
    if (row.reset) {
      EXPECT_EQ(got.reset_after, *row.reset);
    }
    EXPECT_EQ(got.limit, 10U);
    EXPECT_EQ(got.policy, "p");
  }
  EXPECT_EQ(backend_->stats().decisions, rows.size());
  EXPECT_EQ(backend_->stats().exchanges, rows.size());  // one round trip each
}

// A clock that alternates between T and T + 1 s must not refill twice.
TEST_F(ConformanceTest, AClockThatJumpsGrantsNothingTwice) {
  const std::vector<Policy> policy{{.name = "p", .limit = 10, .period = 1s, .burst = 5}};
  std::uint64_t granted = 0;
  for (int i = 0; i < 200; ++i) {
    at(i % 2 == 0 ? 0s : 1s);
    granted += ask(Operation::kTake, policy).granted;
  }
  EXPECT_LE(granted, 15U);
}

TEST_F(ConformanceTest, TiersAreAllOrNothing) {
  const std::vector<Policy> policies{{.name = "burst", .limit = 10, .period = 1s, .burst = 5},
                                     {.name = "daily", .limit = 24, .period = 24h, .burst = 7}};
  EXPECT_EQ(ask(Operation::kTake, policies, 5).granted, 5U);
  at(1s);
  const Grant refused = ask(Operation::kTake, policies, 3);
  EXPECT_EQ(refused.granted, 0U);
  EXPECT_TRUE(refused.decisions[0].allowed);
  EXPECT_EQ(refused.decisions[0].remaining, 5U);  // nothing was taken of it
  EXPECT_FALSE(refused.decisions[1].allowed);
  EXPECT_EQ(refused.decisions[1].remaining, 2U);
  EXPECT_EQ(refused.decisions[1].retry_after, 1h - 1s);
  EXPECT_EQ(ask(Operation::kTake, policies, 2).granted, 2U);
}

TEST_F(ConformanceTest, ShadowRefusesNothingAndTells) {
  const std::vector<Policy> policies{
      {.name = "real", .limit = 10, .period = 1s, .burst = 5},
      {.name = "trial", .limit = 1, .period = 1s, .burst = 2, .mode = ratelimit::Mode::kShadow}};
  EXPECT_FALSE(ask(Operation::kTake, policies, 2).decisions[1].shadow_denied);
  const Grant grant = ask(Operation::kTake, policies, 3);
  EXPECT_EQ(grant.granted, 3U);
  EXPECT_TRUE(grant.decisions[1].allowed);
  EXPECT_TRUE(grant.decisions[1].shadow_denied);
  EXPECT_EQ(grant.decisions[1].retry_after, std::nullopt);  // as it would be refused: never
  EXPECT_EQ(ask(Operation::kTake, policies, 1).decisions[0].retry_after, 100ms);
}

TEST_F(ConformanceTest, TakesAsMuchAsThereIsUpToWhatIsWanted) {
  const std::vector<Policy> policy{{.name = "p", .limit = 10, .period = 1s, .burst = 10}};
  EXPECT_EQ(ask(Operation::kTake, policy, 1, 7).granted, 7U);
  EXPECT_EQ(ask(Operation::kTake, policy, 2, 7).granted, 3U);
  const Grant refused = ask(Operation::kTake, policy, 2, 7);
  EXPECT_EQ(refused.granted, 0U);
  EXPECT_EQ(refused.decisions[0].retry_after, 200ms);
}

TEST_F(ConformanceTest, AChangedPolicyKeepsWhatWasUsed) {
  const std::vector<Policy> before{{.name = "p", .limit = 10, .period = 1s, .burst = 5}};
  const std::vector<Policy> after{{.name = "p", .limit = 1, .period = 3s, .burst = 9}};
  EXPECT_EQ(ask(Operation::kTake, before, 3).granted, 3U);
  EXPECT_EQ(ask(Operation::kPeek, after).decisions[0].remaining, 6U);
  EXPECT_EQ(ask(Operation::kTake, after, 2).granted, 2U);
  EXPECT_EQ(ask(Operation::kPeek, before).decisions[0].remaining, 0U);
}

TEST_F(ConformanceTest, AChangedPolicyIsInForceAtOnceAndWhatARefusalTellsIsTrue) {
  const std::vector<Policy> hourly{{.name = "p", .limit = 100, .period = 1h, .burst = 100}};
  const std::vector<std::vector<Policy>> changes{
      {{.name = "p", .limit = 100, .period = 1h, .burst = 5}},   // a smaller burst
      {{.name = "p", .limit = 10, .period = 1s, .burst = 50}},   // a higher rate
      {{.name = "p", .limit = 1, .period = 1h, .burst = 100}}};  // a lower rate
  for (const std::vector<Policy>& after : changes) {
    server_->command({"FLUSHALL"});
    at(0s);
    EXPECT_EQ(ask(Operation::kTake, hourly, 100).granted, 100U);
    const Grant refused = ask(Operation::kTake, after, 1);
    ASSERT_EQ(refused.granted, 0U);
    const auto wait = refused.decisions[0].retry_after.value();
    EXPECT_EQ(wait, ratelimit::emission_interval(after[0]));
    at(wait - 1us);
    EXPECT_EQ(ask(Operation::kTake, after, 1).granted, 0U);
    at(wait);
    EXPECT_EQ(ask(Operation::kTake, after, 1).granted, 1U);
  }
}

TEST_F(ConformanceTest, AKeyUnderManyNamesStaysReadable) {
  const auto policy_of = [](int i) {
    std::string name = std::to_string(i);
    name.insert(0, 64 - name.size(), 'n');
    return std::vector<Policy>{{.name = std::move(name), .limit = 1, .period = 1h, .burst = 9}};
  };
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ask(Operation::kTake, policy_of(i), 3).granted, 3U) << i;
  // The newest are kept: all owe for as long, and those that owe for longest stay.
  at(1s);
  EXPECT_EQ(ask(Operation::kTake, policy_of(100), 4).granted, 4U);
  EXPECT_EQ(ask(Operation::kTake, policy_of(101), 1).granted, 1U);
  EXPECT_EQ(ask(Operation::kPeek, policy_of(100)).decisions[0].remaining, 5U);
}

TEST_F(ConformanceTest, ATimeThatDoublesDoNotHoldIsRefused) {
  const std::vector<Policy> policy{{.name = "p", .limit = 10, .period = 1s, .burst = 5}};
  const Ask take{Operation::kTake, "key", policy, 1};
  constexpr microseconds kLatest(std::int64_t{3} << 51U);
  for (const microseconds at : {microseconds(0), kLatest}) {
    clock_.set(std::chrono::system_clock::time_point(at));
    EXPECT_TRUE(backend_->decide(std::span(&take, 1)).at(0));
  }
  for (const microseconds at : {microseconds(-1), kLatest + microseconds(1)}) {
    clock_.set(std::chrono::system_clock::time_point(at));
    EXPECT_EQ(backend_->decide(std::span(&take, 1)).at(0).error().code,
              ErrorCode::kInvalidArgument);
  }
}

TEST_F(ConformanceTest, APolicyThatIsNotAskedForIsKept) {
  const std::vector<Policy> both{{.name = "a", .limit = 10, .period = 1s, .burst = 5},
                                 {.name = "b", .limit = 10, .period = 1h, .burst = 5}};
  const std::vector<Policy> one{both[0]};
  EXPECT_EQ(ask(Operation::kTake, both, 4).granted, 4U);
  EXPECT_EQ(ask(Operation::kTake, one, 1).granted, 1U);
  EXPECT_EQ(ask(Operation::kPeek, both).decisions[1].remaining, 1U);
}

TEST_F(ConformanceTest, KeysExpireWhenNothingIsCounted) {
  auto backend =
      redis::RatelimitBackend::create({.server = server_->address(), .deadline = 10s}).value();
  const std::vector<Policy> policy{{.name = "p", .limit = 1, .period = 60s, .burst = 5}};
  const Ask take{Operation::kTake, "key", policy, 2};
  ASSERT_TRUE(backend->decide(std::span(&take, 1)).at(0));
  const long ttl = std::stol(server_->command({"PTTL", "ratelimit:key"}));
  EXPECT_GT(ttl, 60'000);
  EXPECT_LE(ttl, 120'000);
  const Ask refund{Operation::kRefund, "key", policy, 2};
  ASSERT_TRUE(backend->decide(std::span(&refund, 1)).at(0));
  EXPECT_EQ(server_->command({"EXISTS", "ratelimit:key"}), "0");
}

// The arithmetic of the design, in integers.
class Model {
 public:
  Model(std::int64_t interval, std::int64_t window) : interval_(interval), window_(window) {}
  Decision decide(std::int64_t now, Operation operation, std::int64_t cost) {
    const bool heals = tat_ > now + window_ + kMinute;
    std::int64_t next = heals ? now + window_ : std::max(tat_, now);
    Decision out;
    out.allowed = true;
    const std::int64_t over = std::min(next, now + window_) + cost * interval_ - now - window_;
    if (operation == Operation::kRefund) {
      next = std::max(now, next - cost * interval_);
    } else if (operation == Operation::kTake && over > 0) {
      out.allowed = false;
      out.retry_after = microseconds(over);
      if (cost * interval_ > window_) out.retry_after = std::nullopt;
    } else if (operation == Operation::kTake) {
      next += cost * interval_;
    }
    // What owes nothing is forgotten by whatever writes.
    if (operation != Operation::kPeek && (out.allowed || heals)) tat_ = next > now ? next : 0;
    const std::int64_t debt = std::min(next - now, window_);
    out.remaining = static_cast<std::uint64_t>((window_ - debt) / interval_);
    out.reset_after = microseconds(debt);
    return out;
  }

 private:
  std::int64_t interval_;
  std::int64_t window_;
  std::int64_t tat_ = 0;
  static constexpr std::int64_t kMinute = 60'000'000;
};

TEST_F(ConformanceTest, AgreesWithTheModelToTheMicrosecond) {
  std::mt19937_64 random(20261125);  // NOLINT(cert-msc51-cpp): the same each time
  struct Shape {
    std::uint64_t limit;
    std::chrono::nanoseconds period;
    std::uint64_t burst;
  };
  // The last two are at the edges: 1 us, and a window of nearly 2^51 us.
  for (const Shape& shape : {Shape{10, 1s, 5}, Shape{3, 1s, 1}, Shape{5000, 1h, 100},
                             Shape{1'000'000, 1s, 2'000'000}, Shape{1, 24h * 365, 71}}) {
    server_->command({"FLUSHALL"});
    const std::vector<Policy> policy{
        {.name = "p", .limit = shape.limit, .period = shape.period, .burst = shape.burst}};
    ASSERT_TRUE(backend_->check(policy));
    const auto interval =
        std::chrono::ceil<microseconds>(ratelimit::emission_interval(policy[0])).count();
    Model model(interval, interval * static_cast<std::int64_t>(shape.burst));
    std::int64_t now = 1'700'000'000'000'000;
    for (int i = 0; i < 150; ++i) {
      const std::int64_t step = static_cast<std::int64_t>(random() % 4) * interval;
      now += step / 2 + static_cast<std::int64_t>(random() % 1000);
      if (random() % 40 == 0) now -= static_cast<std::int64_t>(random() % 3) * interval;
      const auto operation = static_cast<Operation>(1 + (random() % 8 < 6 ? 0 : random() % 3));
      const auto cost = static_cast<std::int64_t>(1 + random() % (shape.burst + 1));
      clock_.set(std::chrono::system_clock::time_point(microseconds(now)));
      const Decision got = ask(operation, policy, static_cast<std::uint64_t>(cost)).decisions.at(0);
      const Decision want = model.decide(now, operation, cost);
      ASSERT_EQ(got.allowed, want.allowed) << i;
      ASSERT_EQ(got.remaining, want.remaining) << i;
      ASSERT_EQ(got.retry_after, want.retry_after) << i;
      ASSERT_EQ(got.reset_after, want.reset_after) << i;
    }
  }
}

}  // namespace
}  // namespace coefficient
