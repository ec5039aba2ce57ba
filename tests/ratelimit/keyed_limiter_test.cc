#include "coefficient/ratelimit/keyed_limiter.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ratelimit/at.h"

using namespace coefficient;
using namespace coefficient::ratelimit;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

class BothAlgorithms : public testing::TestWithParam<Algorithm> {
 protected:
  static Policy policy() {
    Policy p = ten_per_second();
    p.limit = 5;
    p.burst = 5;
    p.algorithm = GetParam();
    return p;
  }
  static constexpr std::uint64_t kPlaces = 64;
};

INSTANTIATE_TEST_SUITE_P(Keyed, BothAlgorithms,
                         testing::Values(Algorithm::kGcra, Algorithm::kSlidingWindow),
                         [](const auto& of) {
                           return of.param == Algorithm::kGcra ? "Gcra" : "SlidingWindow";
                         });

TEST_P(BothAlgorithms, KeysDoNotShare) {
  ManualClock clock(at(kStart));
  // Room enough that no hash key crowds a window: a key without a place shares a count.
  KeyedLimiter limiter = *KeyedLimiter::create(policy(), {.max_keys = 8000}, clock);
  for (int key = 0; key < 1000; ++key)
    for (int i = 0; i < 6; ++i) EXPECT_EQ(limiter.check(std::to_string(key)).allowed, i < 5) << key;
  EXPECT_EQ(limiter.counters().overflowed, 0U);
  EXPECT_EQ(limiter.counters().reclaimed, 0U);
}

TEST_P(BothAlgorithms, WhatTakesNothingNeedsNoPlace) {
  ManualClock clock(at(kStart));
  KeyedLimiter limiter = *KeyedLimiter::create(policy(), {.max_keys = 1}, clock);
  for (int key = 0; key < 1000; ++key) {
    const std::string name = std::to_string(key);
    EXPECT_EQ(limiter.peek(name).remaining, 5U);
    EXPECT_TRUE(limiter.check(name, 0).allowed);
    EXPECT_EQ(limiter.check(name, 6).retry_after, std::nullopt);
    EXPECT_EQ(limiter.refund(name, 3).remaining, 5U);
  }
  EXPECT_EQ(limiter.check("k").remaining, 4U);
  EXPECT_EQ(limiter.counters().reclaimed + limiter.counters().overflowed, 0U);
}

TEST_P(BothAlgorithms, DebtorsKeepTheirPlacesAndTheRestShares) {
  ManualClock clock(at(kStart));
  KeyedLimiter limiter = *KeyedLimiter::create(policy(), {.max_keys = 1}, clock);
  // As many keys as there are places: all of them debtors, some with their bucket empty.
  for (std::uint64_t key = 0; key < kPlaces; ++key)
    EXPECT_TRUE(limiter.check("debtor" + std::to_string(key), 1 + key % 5).allowed);
  std::uint64_t granted = 0;
  for (int key = 0; key < 10'000; ++key)
    granted += limiter.check("flood" + std::to_string(key)).allowed ? 1U : 0U;
  EXPECT_EQ(limiter.counters().overflowed, 10'000U);
  EXPECT_EQ(granted, 256U * 5);  // 256 shared counts
  for (std::uint64_t key = 0; key < kPlaces; ++key)
    EXPECT_EQ(limiter.peek("debtor" + std::to_string(key)).remaining, 4 - key % 5);
  EXPECT_EQ(limiter.counters().reclaimed, 0U);
}

// Or a key could take a full bucket from the shared count and another from its own.
TEST_P(BothAlgorithms, DebtOfTheSharedCountGoesAlong) {
  ManualClock clock(at(kStart));
  KeyedLimiter limiter = *KeyedLimiter::create(policy(), {.max_keys = 1}, clock);
  for (std::uint64_t key = 0; key < kPlaces; ++key)
    EXPECT_TRUE(limiter.check("debtor" + std::to_string(key)).allowed);
  clock.advance(1ms);
  EXPECT_TRUE(limiter.check("late", 5).allowed);
  EXPECT_EQ(limiter.counters().overflowed, 1U);
  for (std::uint64_t key = 0; key < kPlaces; ++key)
    (void)limiter.refund("debtor" + std::to_string(key), 1);
  EXPECT_FALSE(limiter.check("late").allowed);
  EXPECT_EQ(limiter.peek("late").remaining, 0U);
  clock.advance(2s);
  EXPECT_EQ(limiter.check("late").remaining, 4U);
}

TEST_P(BothAlgorithms, OnlyIdlePlacesAreReclaimed) {
  ManualClock clock(at(kStart));
  KeyedLimiter limiter = *KeyedLimiter::create(policy(), {.max_keys = 1}, clock);
  // Against a map that forgets nothing, with the same policy for each key.
  std::map<std::string, KeyedLimiter> exact;
  std::uint64_t seed = 7;
  for (int i = 0; i < 20'000; ++i) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    const std::string key = std::to_string((seed >> 40U) % 1000);
    auto it = exact.find(key);
    if (it == exact.end())
      it = exact.emplace(key, *KeyedLimiter::create(policy(), {.max_keys = 1}, clock)).first;
    const Decision want = it->second.check(key);
    const Decision got = limiter.check(key);
    ASSERT_EQ(got.allowed, want.allowed) << i;
    ASSERT_EQ(got.remaining, want.remaining) << i;
    ASSERT_EQ(got.retry_after, want.retry_after) << i;
    ASSERT_EQ(got.reset_after, want.reset_after) << i;
    // So that about as many owe as half of the places.
    clock.advance(nanoseconds(GetParam() == Algorithm::kGcra ? 15'000'000 : 250'000'000));
  }
  EXPECT_EQ(limiter.counters().overflowed, 0U);
  EXPECT_GT(limiter.counters().reclaimed, 1000U);
}

TEST_P(BothAlgorithms, ManyIsOneByOne) {
  ManualClock clock(at(kStart));
  KeyedLimiter many = *KeyedLimiter::create(policy(), {.max_keys = 100}, clock);
  KeyedLimiter one = *KeyedLimiter::create(policy(), {.max_keys = 100}, clock);
  std::vector<std::string> keys;
  for (int i = 0; i < 53; ++i) keys.push_back(std::to_string(i % 17));
  keys.emplace_back(kMaxKeyBytes + 1, 'k');
  std::vector<KeyedCost> costs;
  for (const std::string& key : keys) costs.push_back({key, 1 + costs.size() % 3});
  std::vector<Decision> decisions(costs.size());
  many.check_many(costs, decisions);
  for (std::size_t i = 0; i < costs.size(); ++i) {
    const Decision want = one.check(costs[i].key, costs[i].cost);
    EXPECT_EQ(decisions[i].allowed, want.allowed);
    EXPECT_EQ(decisions[i].remaining, want.remaining);
    EXPECT_EQ(decisions[i].retry_after, want.retry_after);
  }
  std::vector<Decision> fewer(3);
  many.check_many(costs, fewer);
  EXPECT_EQ(fewer[2].policy, "burst");
  many.check_many({}, fewer);
}

TEST_P(BothAlgorithms, KeysAreBytesOfBoundedLength) {
  KeyedLimiter limiter = *KeyedLimiter::create(policy(), {.max_keys = 10});
  const std::string longest(kMaxKeyBytes, 'k');
  EXPECT_TRUE(limiter.check(longest).allowed);
  const Decision refused = limiter.check(longest + "k");
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.limit, policy().limit);
  EXPECT_EQ(refused.retry_after, std::nullopt);
  EXPECT_TRUE(limiter.check(std::string(3, '\0')).allowed);
  EXPECT_EQ(limiter.check(std::string(4, '\0')).remaining, 4U);
}

TEST(KeyedLimiter, MemoryIsFixedAndAsStated) {
  constexpr std::size_t kKeys = 1'000'000;
  ManualClock clock(at(kStart));
  KeyedLimiter limiter = *KeyedLimiter::create(ten_per_second(), {.max_keys = kKeys}, clock);
  const std::size_t before = limiter.memory_bytes();
  EXPECT_LE(static_cast<double>(before) / kKeys, 23.0);
  for (std::size_t key = 0; key < kKeys; ++key) (void)limiter.check(std::to_string(key));
  // With all max_keys in debt at once, almost all have a place of their own.
  EXPECT_LE(limiter.counters().overflowed, kKeys / 5'000);
  EXPECT_EQ(limiter.memory_bytes(), before);
}

// Distinct keys of an attacker's choice, each in debt for a day, many times what the table holds.
// COEFFICIENT_RATELIMIT_FLOOD says how many.
TEST(KeyedLimiter, FloodOfKeysFreesNoDebtorAndChangesNoDecision) {
  const char* const asked = std::getenv("COEFFICIENT_RATELIMIT_FLOOD");
  const std::uint64_t flood = asked != nullptr ? std::strtoull(asked, nullptr, 10) : 300'000;
  const Policy policy{.name = "daily", .limit = 5, .period = 24h, .burst = 5};
  ManualClock clock(at(kStart));
  KeyedLimiter limiter = *KeyedLimiter::create(policy, {.max_keys = 10'000}, clock);
  KeyedLimiter alone = *KeyedLimiter::create(policy, {.max_keys = 10'000}, clock);
  constexpr int kUsers = 1000;
  for (int user = 0; user < kUsers; ++user)
    for (int i = 0; i <= user % 5; ++i) {
      ASSERT_TRUE(limiter.check("user" + std::to_string(user)).allowed);
      ASSERT_TRUE(alone.check("user" + std::to_string(user)).allowed);
    }
  const std::size_t memory = limiter.memory_bytes();
  std::uint64_t granted = 0;
  for (std::uint64_t key = 0; key < flood; ++key) {
    const std::uint64_t bytes = key * 0x9e3779b97f4a7c15U;
    granted += limiter.check({reinterpret_cast<const char*>(&bytes), 8}).allowed ? 1U : 0U;
    if (key % 1000 != 0) continue;
    clock.advance(1ms);
    const std::string user = "user" + std::to_string(key / 1000 % kUsers);
    const Decision got = limiter.check(user);
    const Decision want = alone.check(user);
    ASSERT_EQ(got.allowed, want.allowed);
    ASSERT_EQ(got.remaining, want.remaining);
    ASSERT_EQ(got.retry_after, want.retry_after);
  }
  EXPECT_EQ(limiter.memory_bytes(), memory);
  EXPECT_EQ(limiter.counters().reclaimed, 0U);
  // Places of the table (14288), and 256 shared counts with 5 each.
  EXPECT_LE(granted, 14'288U + 256 * 5);
  EXPECT_EQ(granted + limiter.counters().overflowed, flood + 256 * 5);
  RecordProperty("flood", std::to_string(flood));
}

TEST(KeyedLimiter, WhatIsRefusedAtConstruction) {
  for (const std::size_t keys : {std::size_t{0}, (std::size_t{1} << 36U) + 1})
    EXPECT_EQ(KeyedLimiter::create(ten_per_second(), {.max_keys = keys}).error().code,
              ErrorCode::kInvalidArgument);
  EXPECT_EQ(KeyedLimiter::create({.name = "n"}).error().code, ErrorCode::kInvalidArgument);
}

TEST(KeyedLimiter, ReserveAndMove) {
  ManualClock clock(at(kStart));
  Policy policy = ten_per_second();
  policy.max_wait = 100ms;
  KeyedLimiter made = *KeyedLimiter::create(policy, {.max_keys = 10}, clock);
  EXPECT_TRUE(made.check("k", 5).allowed);
  KeyedLimiter limiter = std::move(made);
  EXPECT_EQ(limiter.reserve("k").retry_after, 100ms);
  EXPECT_FALSE(limiter.reserve("k").allowed);
  EXPECT_EQ(limiter.policy().max_wait, 100ms);
}

}  // namespace
