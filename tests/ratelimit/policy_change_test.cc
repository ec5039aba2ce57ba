#include <gtest/gtest.h>

#include <string>

#include "coefficient/ratelimit/keyed_limiter.h"
#include "coefficient/ratelimit/limiter.h"
#include "ratelimit/at.h"

using namespace coefficient;
using namespace coefficient::ratelimit;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

Policy per_second(std::uint64_t limit, std::uint64_t burst) {
  Policy p = ten_per_second();
  p.limit = limit;
  p.burst = burst;
  return p;
}

/// A Limiter as a KeyedLimiter of one key, so that both take the same tests.
class Single {
 public:
  static Result<Single> create(Policy policy, const Clock& clock) {
    auto limiter = Limiter::create(std::move(policy), clock);
    if (!limiter) return limiter.error();
    return Single(*std::move(limiter));
  }
  Decision check(std::uint64_t n = 1) { return limiter_.check(n); }
  Decision peek() { return limiter_.peek(); }
  Result<> set_policy(Policy p) { return limiter_.set_policy(std::move(p)); }

 private:
  explicit Single(Limiter limiter) : limiter_(std::move(limiter)) {}
  Limiter limiter_;
};

class Keyed {
 public:
  static Result<Keyed> create(Policy policy, const Clock& clock) {
    auto limiter = KeyedLimiter::create(std::move(policy), {.max_keys = 10}, clock);
    if (!limiter) return limiter.error();
    return Keyed(*std::move(limiter));
  }
  Decision check(std::uint64_t n = 1) { return limiter_.check("k", n); }
  Decision peek() { return limiter_.peek("k"); }
  Result<> set_policy(Policy p) { return limiter_.set_policy(std::move(p)); }

 private:
  explicit Keyed(KeyedLimiter limiter) : limiter_(std::move(limiter)) {}
  KeyedLimiter limiter_;
};

template <class T>
class PolicyChange : public testing::Test {};
using Limiters = testing::Types<Single, Keyed>;
TYPED_TEST_SUITE(PolicyChange, Limiters);

TYPED_TEST(PolicyChange, KeepsWhatIsOwedInRequests) {
  ManualClock clock(at(kStart));
  TypeParam limiter = *TypeParam::create(per_second(10, 5), clock);
  EXPECT_TRUE(limiter.check(3).allowed);
  ASSERT_TRUE(limiter.set_policy(per_second(1, 20)));
  const Decision got = limiter.peek();
  EXPECT_EQ(got.remaining, 17U);
  EXPECT_EQ(got.reset_after, 3s);
  EXPECT_EQ(got.limit, 1U);
  ASSERT_TRUE(limiter.set_policy(per_second(1000, 5)));
  EXPECT_EQ(limiter.peek().remaining, 2U);
  EXPECT_EQ(limiter.peek().reset_after, 3ms);
}

// The key is not looked at until long after the change: what it owes drained at the new pace.
TYPED_TEST(PolicyChange, CountsFromTheMomentOfTheChange) {
  ManualClock clock(at(kStart));
  TypeParam limiter = *TypeParam::create(per_second(10, 5), clock);
  EXPECT_TRUE(limiter.check(5).allowed);
  clock.advance(100ms);
  ASSERT_TRUE(limiter.set_policy(per_second(1, 5)));  // 4 owed, which now take 4 s
  clock.advance(1500ms);
  EXPECT_EQ(limiter.peek().reset_after, 2500ms);
  ASSERT_TRUE(limiter.set_policy(per_second(2, 5)));  // 2.5 owed
  clock.advance(250ms);
  EXPECT_EQ(limiter.peek().reset_after, 1s);
  EXPECT_EQ(limiter.peek().remaining, 3U);
}

TYPED_TEST(PolicyChange, SeveralChangesAreAsIfEachHadBeenSeen) {
  ManualClock clock(at(kStart));
  TypeParam seen = *TypeParam::create(per_second(10, 5), clock);
  TypeParam unseen = *TypeParam::create(per_second(10, 5), clock);
  EXPECT_TRUE(seen.check(5).allowed);
  EXPECT_TRUE(unseen.check(5).allowed);
  const std::vector<std::uint64_t> limits = {7, 3, 50, 1, 11, 2};
  for (const std::uint64_t limit : limits) {
    clock.advance(33ms);
    ASSERT_TRUE(seen.set_policy(per_second(limit, 9)));
    ASSERT_TRUE(unseen.set_policy(per_second(limit, 9)));
    (void)seen.peek();
  }
  EXPECT_EQ(seen.peek().reset_after, unseen.peek().reset_after);
  EXPECT_GT(unseen.peek().reset_after, 0s);
}

TYPED_TEST(PolicyChange, SmallerBurstOwesNoMoreThanItself) {
  ManualClock clock(at(kStart));
  TypeParam limiter = *TypeParam::create(per_second(10, 1000), clock);
  EXPECT_TRUE(limiter.check(1000).allowed);
  ASSERT_TRUE(limiter.set_policy(per_second(10, 5)));
  const Decision refused = limiter.check();
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_after, 100ms);
}

TYPED_TEST(PolicyChange, ManyChanges) {
  ManualClock clock(at(kStart));
  TypeParam limiter = *TypeParam::create(per_second(10, 5), clock);
  EXPECT_TRUE(limiter.check(5).allowed);
  // Nothing of 62 changes ago can still be owed, as 5 s pass each time.
  for (std::uint64_t i = 0; i < 300; ++i) {
    clock.advance(5s);
    ASSERT_TRUE(limiter.set_policy(per_second(1 + i % 7, 5))) << i;
    ASSERT_EQ(limiter.check().remaining, 4U) << i;
  }
}

TYPED_TEST(PolicyChange, TooManyAtOnceAreRefused) {
  ManualClock clock(at(kStart));
  TypeParam limiter = *TypeParam::create(per_second(10, 5), clock);
  EXPECT_TRUE(limiter.check(5).allowed);
  std::uint64_t changes = 0;
  Result<> changed;
  while (changes < 1000 && (changed = limiter.set_policy(per_second(10, 5 + changes % 2))))
    ++changes;
  EXPECT_EQ(changes, 62U);
  EXPECT_EQ(changed.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(limiter.peek().remaining, changes % 2 == 0 ? 1U : 0U);
  clock.advance(1s);
  EXPECT_TRUE(limiter.set_policy(per_second(10, 5)));
}

TYPED_TEST(PolicyChange, WhatCannotChange) {
  ManualClock clock(at(kStart));
  TypeParam limiter = *TypeParam::create(per_second(10, 5), clock);
  Policy other = per_second(10, 5);
  other.name = "other";
  EXPECT_EQ(limiter.set_policy(other).error().code, ErrorCode::kInvalidArgument);
  other = per_second(10, 5);
  other.algorithm = Algorithm::kSlidingWindow;
  EXPECT_EQ(limiter.set_policy(other).error().code, ErrorCode::kInvalidArgument);
  other = per_second(10, 0);
  EXPECT_EQ(limiter.set_policy(other).error().code, ErrorCode::kInvalidArgument);
  TypeParam window = *TypeParam::create(
      {.name = "w", .limit = 5, .period = 1s, .algorithm = Algorithm::kSlidingWindow}, clock);
  EXPECT_EQ(window
                .set_policy(
                    {.name = "w", .limit = 5, .period = 2s, .algorithm = Algorithm::kSlidingWindow})
                .error()
                .code,
            ErrorCode::kInvalidArgument);
}

TYPED_TEST(PolicyChange, WindowKeepsItsCounts) {
  ManualClock clock(at(kStart));
  const auto of = [](std::uint64_t limit, Mode mode) {
    return Policy{.name = "w",
                  .limit = limit,
                  .period = 1s,
                  .algorithm = Algorithm::kSlidingWindow,
                  .mode = mode};
  };
  TypeParam limiter = *TypeParam::create(of(5, Mode::kEnforce), clock);
  EXPECT_TRUE(limiter.check(5).allowed);
  ASSERT_TRUE(limiter.set_policy(of(8, Mode::kEnforce)));
  EXPECT_EQ(limiter.check().remaining, 2U);
  ASSERT_TRUE(limiter.set_policy(of(2, Mode::kShadow)));
  EXPECT_EQ(limiter.peek().remaining, 0U);
  EXPECT_TRUE(limiter.check().shadow_denied);
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(limiter.set_policy(of(9, Mode::kEnforce)));
  EXPECT_EQ(limiter.peek().remaining, 3U);
}

// Places are not reclaimed for what looks idle under the old terms and is not under the new.
TEST(PolicyChangeOfMany, DebtThatGrewIsNotReclaimed) {
  ManualClock clock(at(kStart));
  KeyedLimiter limiter = *KeyedLimiter::create(per_second(10, 5), {.max_keys = 1}, clock);
  EXPECT_TRUE(limiter.check("debtor", 5).allowed);
  Policy slow = per_second(1, 5);
  slow.period = 1h;
  ASSERT_TRUE(limiter.set_policy(slow));
  clock.advance(1min);
  for (int i = 0; i < 100; ++i) (void)limiter.check("other" + std::to_string(i));
  const Decision got = limiter.check("debtor");
  EXPECT_FALSE(got.allowed);
  EXPECT_EQ(got.retry_after, 59min);
}

}  // namespace
