#include <gtest/gtest.h>

#include <optional>

#include "coefficient/ratelimit/keyed_limiter.h"
#include "coefficient/ratelimit/limiter.h"
#include "ratelimit/at.h"

using namespace coefficient;
using namespace coefficient::ratelimit;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

constexpr auto kFirstMinute = std::chrono::minutes(28'000'000);

Policy fifty_a_minute() {
  return {.name = "w", .limit = 50, .period = 1min, .algorithm = Algorithm::kSlidingWindow};
}

TEST(SlidingWindow, TheWorkedExample) {
  ManualClock clock(at(kFirstMinute));
  KeyedLimiter limiter = *KeyedLimiter::create(fifty_a_minute(), {.max_keys = 10}, clock);
  EXPECT_EQ(limiter.check("k", 42).remaining, 8U);
  clock.set(at(kFirstMinute + 1min + 15s));
  // 42 * 45 / 60 = 31.5, so 18 are left.
  EXPECT_EQ(limiter.peek("k").remaining, 18U);
  const Decision taken = limiter.check("k", 18);
  EXPECT_TRUE(taken.allowed);
  EXPECT_EQ(taken.remaining, 0U);
  EXPECT_EQ(taken.reset_after, 105s);
  const Decision refused = limiter.check("k");
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_after, 714'285'715ns);
  clock.advance(714'285'714ns);
  EXPECT_FALSE(limiter.check("k").allowed);
  clock.advance(1ns);
  EXPECT_TRUE(limiter.check("k").allowed);
}

// Whatever was refused is allowed after exactly retry_after, and not 1 ns before.
TEST(SlidingWindow, RetryAfterIsExact) {
  std::uint64_t seed = 1;
  const auto random = [&](std::uint64_t below) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (seed >> 33U) % below;
  };
  int refusals = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::uint64_t limit = 1 + random(20);
    const auto period = nanoseconds(1 + random(i % 2 == 0 ? 50 : 1'000'000'007));
    const Policy policy{
        .name = "w", .limit = limit, .period = period, .algorithm = Algorithm::kSlidingWindow};
    ManualClock clock(at(nanoseconds(random(1'000'000'000))));
    Limiter limiter = *Limiter::create(policy, clock);
    Limiter earlier = *Limiter::create(policy, clock);
    for (int j = 0; j < 8; ++j) {
      const std::uint64_t cost = 1 + random(limit);
      const Decision got = limiter.check(cost);
      ASSERT_EQ(earlier.check(cost).allowed, got.allowed);
      if (!got.allowed) {
        ++refusals;
        ASSERT_GT(*got.retry_after, 0ns);
        clock.advance(*got.retry_after - 1ns);
        ASSERT_FALSE(earlier.check(cost).allowed) << to_text(policy);
        clock.advance(1ns);
        ASSERT_TRUE(limiter.check(cost).allowed) << to_text(policy);
        ASSERT_TRUE(earlier.check(cost).allowed);
      }
      clock.advance(nanoseconds(random(static_cast<std::uint64_t>(period.count()))));
    }
  }
  EXPECT_GT(refusals, 1000);
}

TEST(SlidingWindow, ResetIsWhenNothingCounts) {
  ManualClock clock(at(kFirstMinute + 10s));
  Limiter limiter = *Limiter::create(fifty_a_minute(), clock);
  EXPECT_EQ(limiter.peek().reset_after, 0s);
  EXPECT_EQ(limiter.check().reset_after, 110s);
  clock.advance(50s);
  EXPECT_EQ(limiter.peek().reset_after, 60s);
  EXPECT_EQ(limiter.peek().remaining, 49U);
  clock.advance(60s);
  EXPECT_EQ(limiter.peek().remaining, 50U);
  EXPECT_EQ(limiter.peek().reset_after, 0s);
}

TEST(SlidingWindow, NeverAndRefund) {
  ManualClock clock(at(kFirstMinute));
  Limiter limiter = *Limiter::create(fifty_a_minute(), clock);
  EXPECT_EQ(limiter.check(51).retry_after, std::nullopt);
  EXPECT_EQ(limiter.check(~std::uint64_t{0}).retry_after, std::nullopt);
  EXPECT_TRUE(limiter.check(50).allowed);
  EXPECT_EQ(limiter.refund(20).remaining, 20U);
  clock.advance(1min);
  EXPECT_TRUE(limiter.check(20).allowed);
  EXPECT_EQ(limiter.refund(25).remaining, 25U);  // 20 of this window, 5 of the one before
  EXPECT_EQ(limiter.refund(~std::uint64_t{0}).remaining, 50U);
}

TEST(SlidingWindow, ExtremeNumbers) {
  constexpr std::uint64_t kHuge = std::uint64_t{1} << 61U;
  ManualClock clock(at(nanoseconds(kHuge - 1)));
  Limiter limiter = *Limiter::create({.name = "w",
                                      .limit = kHuge,
                                      .period = nanoseconds(kHuge),
                                      .algorithm = Algorithm::kSlidingWindow},
                                     clock);
  EXPECT_TRUE(limiter.check(kHuge).allowed);
  EXPECT_EQ(limiter.check(kHuge).retry_after, nanoseconds(kHuge + 1));
  clock.advance(2ns);
  EXPECT_EQ(limiter.peek().remaining, 1U);
  clock.set(at(nanoseconds::max()));
  EXPECT_EQ(limiter.peek().remaining, kHuge);
}

TEST(SlidingWindow, AlternatingClock) {
  ManualClock clock(at(kFirstMinute + 59s));
  Limiter limiter = *Limiter::create(fifty_a_minute(), clock);
  int granted = 0;
  for (int i = 0; i < 400; ++i) {
    clock.set(at(kFirstMinute + (i % 2 == 0 ? 59s : 61s)));
    granted += limiter.check().allowed ? 1 : 0;
  }
  EXPECT_LE(granted, 50 + 2);  // two seconds weigh 50 * 2 / 60
  EXPECT_GE(granted, 50);
}

TEST(SlidingWindow, ClockThatWasSetIsBelieved) {
  ManualClock clock(at(kFirstMinute + 24h));
  Limiter limiter = *Limiter::create(fifty_a_minute(), clock);
  EXPECT_TRUE(limiter.check(50).allowed);
  clock.set(at(kFirstMinute));
  EXPECT_FALSE(limiter.check().allowed);
  clock.advance(2min);
  EXPECT_EQ(limiter.peek().remaining, 50U);
}

TEST(SlidingWindow, ClockThatGoesBackALittleMakesWait) {
  ManualClock clock(at(kFirstMinute));
  Limiter limiter = *Limiter::create(fifty_a_minute(), clock);
  EXPECT_TRUE(limiter.check(50).allowed);
  clock.advance(-30s);
  const Decision got = limiter.check();
  EXPECT_FALSE(got.allowed);
  EXPECT_EQ(got.retry_after, 30s + 60s + 1'200ms);
  EXPECT_EQ(got.reset_after, 150s);
}

TEST(SlidingWindow, ShadowAndReserve) {
  ManualClock clock(at(kFirstMinute));
  Policy policy = fifty_a_minute();
  policy.mode = Mode::kShadow;
  Limiter limiter = *Limiter::create(policy, clock);
  EXPECT_TRUE(limiter.reserve(50).allowed);
  const Decision got = limiter.reserve();
  EXPECT_TRUE(got.allowed);
  EXPECT_TRUE(got.shadow_denied);
}

}  // namespace
