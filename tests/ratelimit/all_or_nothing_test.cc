#include "coefficient/ratelimit/all_or_nothing.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "ratelimit/at.h"

using namespace coefficient;
using namespace coefficient::ratelimit;
using namespace std::chrono_literals;

namespace {

struct Tiers {
  explicit Tiers(const Clock& clock)
      : second(*KeyedLimiter::create(ten_per_second(), {.max_keys = 10}, clock)),
        hour(*KeyedLimiter::create({.name = "hour", .limit = 8, .period = 1h, .burst = 8},
                                   {.max_keys = 10}, clock)),
        all(*Limiter::create(
            {.name = "all", .limit = 10, .period = 1min, .algorithm = Algorithm::kSlidingWindow},
            clock)) {}
  std::vector<Demand> of(std::string_view key, std::uint64_t cost = 1) {
    return {{second, key, cost}, {hour, key, cost}, {all, cost}};
  }
  KeyedLimiter second;
  KeyedLimiter hour;
  Limiter all;
};

TEST(AllOrNothing, TakesFromAllOrFromNone) {
  ManualClock clock(at(kStart));
  Tiers tiers(clock);
  const Decision first = check_all(tiers.of("a", 3));
  EXPECT_TRUE(first.allowed);
  EXPECT_EQ(first.policy, "burst");
  EXPECT_EQ(first.remaining, 2U);
  const Decision second = check_all(tiers.of("a", 3));
  EXPECT_FALSE(second.allowed);
  EXPECT_EQ(second.policy, "burst");
  EXPECT_EQ(second.retry_after, 100ms);
  EXPECT_EQ(tiers.hour.peek("a").remaining, 5U);
  EXPECT_EQ(tiers.all.peek().remaining, 7U);
  clock.advance(1s);
  EXPECT_TRUE(check_all(tiers.of("a", 5)).allowed);
  clock.advance(1s);
  const Decision third = check_all(tiers.of("a"));
  EXPECT_FALSE(third.allowed);
  EXPECT_EQ(third.policy, "hour");
  EXPECT_EQ(third.retry_after, 7min + 30s - 2s);
  EXPECT_EQ(tiers.second.peek("a").remaining, 5U);
  // The other user still has 2 of what all may use.
  EXPECT_FALSE(check_all(tiers.of("b", 3)).allowed);
  EXPECT_EQ(check_all(tiers.of("b", 2)).policy, "all");
  EXPECT_EQ(peek_all(tiers.of("b")).remaining, 0U);
  EXPECT_EQ(refund_all(tiers.of("b", 2)).remaining, 2U);
  EXPECT_EQ(tiers.hour.peek("b").remaining, 8U);
}

TEST(AllOrNothing, NeverOutweighsAWait) {
  ManualClock clock(at(kStart));
  Tiers tiers(clock);
  EXPECT_TRUE(check_all(tiers.of("a", 5)).allowed);
  const Decision got = check_all(tiers.of("a", 9));
  EXPECT_EQ(got.retry_after, std::nullopt);
  EXPECT_EQ(got.policy, "burst");
}

TEST(AllOrNothing, SameCountTwice) {
  ManualClock clock(at(kStart));
  Tiers tiers(clock);
  const std::vector<Demand> twice = {{tiers.second, "a", 3}, {tiers.second, "a", 3}};
  EXPECT_FALSE(check_all(twice).allowed);
  EXPECT_EQ(tiers.second.peek("a").remaining, 5U);
  const std::vector<Demand> fits = {{tiers.second, "a", 3}, {tiers.second, "a", 2}};
  EXPECT_TRUE(check_all(fits).allowed);
  EXPECT_EQ(tiers.second.peek("a").remaining, 0U);
}

TEST(AllOrNothing, SeveralKeys) {
  ManualClock clock(at(kStart));
  Tiers tiers(clock);
  EXPECT_TRUE(tiers.second.check("org", 5).allowed);
  const std::vector<Demand> both = {{tiers.second, "user"}, {tiers.second, "org"}};
  EXPECT_FALSE(check_all(both).allowed);
  EXPECT_EQ(tiers.second.peek("user").remaining, 5U);
}

TEST(AllOrNothing, WhatAPoolLentComesBack) {
  ManualClock clock(at(kStart));
  KeyedLimiter keyed = *KeyedLimiter::create(ten_per_second(), {.max_keys = 1}, clock);
  for (int i = 0; i < 64; ++i) EXPECT_TRUE(keyed.check("debtor" + std::to_string(i)).allowed);
  const std::vector<Demand> twice = {{keyed, "late", 3}, {keyed, "late", 3}};
  EXPECT_FALSE(check_all(twice).allowed);
  EXPECT_EQ(keyed.peek("late").remaining, 5U);
}

TEST(AllOrNothing, ShadowTiersRefuseNothing) {
  ManualClock clock(at(kStart));
  Limiter real = *Limiter::create(ten_per_second(), clock);
  Policy policy = ten_per_second();
  policy.burst = 2;
  policy.name = "planned";
  policy.mode = Mode::kShadow;
  Limiter planned = *Limiter::create(policy, clock);
  const std::vector<Demand> demands = {{planned}, {real}};
  for (int i = 0; i < 5; ++i) {
    const Decision got = check_all(demands);
    EXPECT_TRUE(got.allowed);
    EXPECT_EQ(got.shadow_denied, i >= 2);
    EXPECT_EQ(got.policy, "burst");
  }
  EXPECT_FALSE(check_all(demands).allowed);
  const std::vector<Demand> alone = {{planned}};
  EXPECT_TRUE(check_all(alone).allowed);
  EXPECT_EQ(check_all(alone).policy, "planned");
}

TEST(AllOrNothing, BoundsOfDemands) {
  ManualClock clock(at(kStart));
  Tiers tiers(clock);
  EXPECT_TRUE(check_all({}).allowed);
  std::vector<Demand> many(kMaxDemands, Demand(tiers.all, 0));
  EXPECT_TRUE(check_all(many).allowed);
  many.emplace_back(tiers.all, 0);
  EXPECT_FALSE(check_all(many).allowed);
  EXPECT_EQ(check_all(many).retry_after, std::nullopt);
  const std::string key(kMaxKeyBytes + 1, 'k');
  const Decision got = check_all(tiers.of(key));
  EXPECT_FALSE(got.allowed);
  EXPECT_EQ(got.retry_after, std::nullopt);
  EXPECT_EQ(tiers.all.peek().remaining, 10U);
  EXPECT_FALSE(refund_all(tiers.of(key)).allowed);
}

}  // namespace
