#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "coefficient/ratelimit/keyed_limiter.h"
#include "coefficient/ratelimit/limiter.h"
#include "ratelimit/at.h"

using namespace coefficient;
using namespace coefficient::ratelimit;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

constexpr nanoseconds kNever = nanoseconds::max();

enum class Do { kTake, kPeek, kRefund };

struct Row {
  nanoseconds time;
  Do what;
  std::uint64_t n;
  bool allowed;
  std::uint64_t remaining;
  nanoseconds retry;  // kNever
  nanoseconds reset;
};

// 10 a second, 5 at once; one key, in this order.
const std::vector<Row> kConformance = {
    {0ms, Do::kTake, 1, true, 4, 0ms, 100ms},
    {0ms, Do::kTake, 1, true, 3, 0ms, 200ms},
    {0ms, Do::kTake, 1, true, 2, 0ms, 300ms},
    {0ms, Do::kTake, 1, true, 1, 0ms, 400ms},
    {0ms, Do::kTake, 1, true, 0, 0ms, 500ms},
    {0ms, Do::kTake, 1, false, 0, 100ms, 500ms},
    {50ms, Do::kTake, 1, false, 0, 50ms, 450ms},
    {99'999'999ns, Do::kTake, 1, false, 0, 1ns, 400'000'001ns},
    {100ms, Do::kTake, 1, true, 0, 0ms, 500ms},
    {100ms, Do::kTake, 1, false, 0, 100ms, 500ms},
    {250ms, Do::kTake, 1, true, 0, 0ms, 450ms},
    {250ms, Do::kTake, 1, false, 0, 50ms, 450ms},
    {400ms, Do::kTake, 2, true, 0, 0ms, 500ms},
    {600ms, Do::kTake, 3, false, 2, 100ms, 300ms},
    {600ms, Do::kTake, 2, true, 0, 0ms, 500ms},
    {1000ms, Do::kTake, 5, false, 4, 100ms, 100ms},
    {1000ms, Do::kTake, 1, true, 3, 0ms, 200ms},
    {1600ms, Do::kTake, 6, false, 5, kNever, 0ms},
    {1600ms, Do::kTake, 5, true, 0, 0ms, 500ms},
    {1599ms, Do::kTake, 1, false, 0, 100ms, 500ms},
    {3000ms, Do::kPeek, 0, true, 5, 0ms, 0ms},
    {3000ms, Do::kTake, 4, true, 1, 0ms, 400ms},
    {3000ms, Do::kRefund, 2, true, 3, 0ms, 200ms},
    {3000ms, Do::kTake, 3, true, 0, 0ms, 500ms},
    {3000ms, Do::kTake, 1, false, 0, 100ms, 500ms},
    {3000ms, Do::kPeek, 0, true, 0, 0ms, 500ms},
    {3000ms, Do::kRefund, 100, true, 5, 0ms, 0ms},
};

template <class Take, class Peek, class Refund>
void conforms(ManualClock& clock, Take take, Peek peek, Refund refund) {
  int line = 0;
  for (const Row& row : kConformance) {
    SCOPED_TRACE("row " + std::to_string(line++));
    clock.set(at(kStart + row.time));
    const Decision got = row.what == Do::kTake   ? take(row.n)
                         : row.what == Do::kPeek ? peek()
                                                 : refund(row.n);
    EXPECT_EQ(got.allowed, row.allowed);
    EXPECT_EQ(got.remaining, row.remaining);
    EXPECT_EQ(got.retry_after.value_or(kNever), row.retry);
    EXPECT_EQ(got.reset_after, row.reset);
    EXPECT_EQ(got.limit, 10U);
    EXPECT_EQ(got.policy, "burst");
    EXPECT_FALSE(got.shadow_denied);
  }
}

TEST(Gcra, ConformanceOfALimiter) {
  ManualClock clock(at(kStart));
  Limiter limiter = *Limiter::create(ten_per_second(), clock);
  conforms(
      clock, [&](std::uint64_t n) { return limiter.check(n); }, [&] { return limiter.peek(); },
      [&](std::uint64_t n) { return limiter.refund(n); });
}

TEST(Gcra, ConformanceOfAKeyedLimiter) {
  ManualClock clock(at(kStart));
  KeyedLimiter limiter = *KeyedLimiter::create(ten_per_second(), {.max_keys = 100}, clock);
  for (const std::string key : {"", "user:42", "2001:db8::"}) {
    SCOPED_TRACE(key);
    conforms(
        clock, [&](std::uint64_t n) { return limiter.check(key, n); },
        [&] { return limiter.peek(key); }, [&](std::uint64_t n) { return limiter.refund(key, n); });
  }
}

TEST(Gcra, ConformanceAtBothEndsOfTime) {
  for (const nanoseconds start : {nanoseconds(0), nanoseconds::max() - 4s}) {
    ManualClock clock(at(start));
    Limiter limiter = *Limiter::create(ten_per_second(), clock);
    for (const Row& row : kConformance) {
      clock.set(at(start + row.time));
      const Decision got = row.what == Do::kTake   ? limiter.check(row.n)
                           : row.what == Do::kPeek ? limiter.peek()
                                                   : limiter.refund(row.n);
      EXPECT_EQ(got.allowed, row.allowed);
      EXPECT_EQ(got.reset_after, row.reset);
    }
  }
}

// A limiter that believes a clock that goes back would grant 200.
TEST(Gcra, AlternatingClockGrantsNoMoreThanTheTimeThatPassed) {
  ManualClock clock(at(kStart));
  Limiter limiter = *Limiter::create(ten_per_second(), clock);
  KeyedLimiter keyed = *KeyedLimiter::create(ten_per_second(), {.max_keys = 100}, clock);
  int granted = 0;
  int keyed_granted = 0;
  for (int i = 0; i < 200; ++i) {
    clock.set(at(kStart + (i % 2 == 0 ? 0s : 1s)));
    granted += limiter.check().allowed ? 1 : 0;
    keyed_granted += keyed.check("k").allowed ? 1 : 0;
  }
  EXPECT_EQ(granted, 6);  // 1 at the first moment, then 5 that the later moment allows; 15 at most
  EXPECT_EQ(keyed_granted, 6);
}

// The same with other keys that take each place that is free at the later moment.
TEST(Gcra, AlternatingClockWithReclaimedPlaces) {
  ManualClock clock(at(kStart));
  KeyedLimiter limiter = *KeyedLimiter::create(ten_per_second(), {.max_keys = 1}, clock);
  int granted = 0;
  for (int i = 0; i < 200; ++i) {
    clock.set(at(kStart));
    granted += limiter.check("k").allowed ? 1 : 0;
    clock.set(at(kStart + 1s));
    for (int other = 0; other < 40; ++other)
      (void)limiter.check(std::to_string(i) + "/" + std::to_string(other));
  }
  EXPECT_LE(granted, 15);
  EXPECT_GT(limiter.counters().reclaimed, 0U);
}

TEST(Gcra, ClockThatGoesBackALittleMakesWait) {
  ManualClock clock(at(kStart));
  Limiter limiter = *Limiter::create(ten_per_second(), clock);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limiter.check().allowed);
  clock.advance(-30s);
  const Decision refused = limiter.check();
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.reset_after, 500ms);
  clock.advance(29s);
  EXPECT_FALSE(limiter.check().allowed);
  clock.advance(1s + 100ms);
  EXPECT_TRUE(limiter.check().allowed);
  EXPECT_FALSE(limiter.check().allowed);
}

TEST(Gcra, ClockThatWasSetIsBelieved) {
  ManualClock clock(at(kStart + 1h));
  KeyedLimiter limiter = *KeyedLimiter::create(ten_per_second(), {.max_keys = 1}, clock);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limiter.check("k").allowed);
  for (int i = 0; i < 5000; ++i) (void)limiter.check("other" + std::to_string(i));
  EXPECT_GT(limiter.counters().overflowed, 0U);
  clock.set(at(kStart));
  // A full bucket is owed at most, and it drains at once.
  EXPECT_EQ(limiter.check("k").retry_after, 100ms);
  EXPECT_FALSE(limiter.check("new").allowed);  // all places owe, and so does the pool
  clock.advance(100ms);
  EXPECT_TRUE(limiter.check("k").allowed);
  clock.advance(500ms);
  EXPECT_EQ(limiter.peek("k").remaining, 5U);
  EXPECT_EQ(limiter.check("new").remaining, 4U);
}

TEST(Gcra, ForwardJumpFillsTheBucketAndNoMore) {
  ManualClock clock(at(kStart));
  Limiter limiter = *Limiter::create(ten_per_second(), clock);
  EXPECT_TRUE(limiter.check(5).allowed);
  clock.advance(24h * 365 * 50);
  EXPECT_EQ(limiter.peek().remaining, 5U);
  EXPECT_TRUE(limiter.check(5).allowed);
  EXPECT_FALSE(limiter.check().allowed);
}

TEST(Gcra, CostsThatOverflowAreRefusedForever) {
  ManualClock clock(at(kStart));
  Limiter limiter = *Limiter::create(ten_per_second(), clock);
  for (const std::uint64_t n : {std::uint64_t{6}, std::uint64_t{1} << 32U, std::uint64_t{1} << 63U,
                                ~std::uint64_t{0}, ~std::uint64_t{0} / 100'000'000 + 1}) {
    const Decision got = limiter.check(n);
    EXPECT_FALSE(got.allowed);
    EXPECT_EQ(got.retry_after, std::nullopt);
    EXPECT_EQ(got.remaining, 5U);
  }
  EXPECT_EQ(limiter.refund(~std::uint64_t{0}).remaining, 5U);
  EXPECT_TRUE(limiter.check(5).allowed);
  EXPECT_EQ(limiter.refund(~std::uint64_t{0}).remaining, 5U);
}

TEST(Gcra, ExtremeQuotas) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 61U;
  const auto limiter_of = [](std::uint64_t limit, nanoseconds period, std::uint64_t burst,
                             const Clock& clock) {
    return *Limiter::create({.name = "x", .limit = limit, .period = period, .burst = burst}, clock);
  };
  ManualClock clock(at(nanoseconds::max() - 1ns));
  Limiter most = limiter_of(1, nanoseconds(kMost), 1, clock);
  EXPECT_EQ(most.check().reset_after, nanoseconds(kMost));
  EXPECT_EQ(most.check().retry_after, nanoseconds(kMost));
  Limiter many = limiter_of(kMost, 1ns, kMost, clock);  // rounded down to one each nanosecond
  EXPECT_EQ(many.check().remaining, kMost - 1);
  EXPECT_TRUE(many.check(kMost - 1).allowed);
  EXPECT_EQ(many.check().retry_after, 1ns);
  Limiter thirds = limiter_of(3, 1s, 1, clock);
  clock.set(at(0ns));
  EXPECT_TRUE(thirds.check().allowed);
  EXPECT_EQ(thirds.check().retry_after, 333'333'334ns);
}

TEST(Gcra, ReserveTakesAheadUpToMaxWait) {
  ManualClock clock(at(kStart));
  Policy policy = ten_per_second();
  policy.max_wait = 300ms;
  Limiter limiter = *Limiter::create(policy, clock);
  EXPECT_EQ(limiter.reserve(5).retry_after, 0ns);
  for (int i = 1; i <= 3; ++i) {
    const Decision got = limiter.reserve();
    EXPECT_TRUE(got.allowed);
    EXPECT_EQ(got.retry_after, i * 100ms);
    EXPECT_EQ(got.remaining, 0U);
  }
  const Decision fourth = limiter.reserve();
  EXPECT_FALSE(fourth.allowed);
  EXPECT_EQ(fourth.retry_after, 100ms);  // then it could be reserved
  const Decision checked = limiter.check();
  EXPECT_FALSE(checked.allowed);
  EXPECT_EQ(checked.retry_after, 400ms);
  EXPECT_TRUE(limiter.peek().allowed);
  EXPECT_EQ(limiter.refund(1).reset_after, 700ms);
  EXPECT_EQ(limiter.reserve().retry_after, 300ms);
  EXPECT_EQ(limiter.reserve(6).retry_after, std::nullopt);
}

TEST(Gcra, ReserveWithoutMaxWaitIsCheck) {
  ManualClock clock(at(kStart));
  Limiter limiter = *Limiter::create(ten_per_second(), clock);
  EXPECT_TRUE(limiter.reserve(5).allowed);
  EXPECT_FALSE(limiter.reserve().allowed);
}

TEST(Gcra, ShadowRefusesNothingAndTells) {
  ManualClock clock(at(kStart));
  Policy policy = ten_per_second();
  policy.mode = Mode::kShadow;
  Limiter limiter = *Limiter::create(policy, clock);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(limiter.check().shadow_denied);
  const Decision sixth = limiter.check();
  EXPECT_TRUE(sixth.allowed);
  EXPECT_TRUE(sixth.shadow_denied);
  EXPECT_EQ(sixth.retry_after, 100ms);
  clock.advance(100ms);
  EXPECT_FALSE(limiter.check().shadow_denied);  // what would have been refused was not counted
}

}  // namespace
