#include "coefficient/webhook/replay_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "webhook/support.h"

using namespace coefficient;
using namespace coefficient::webhook;
using namespace std::chrono_literals;
using test::reason;

namespace {
ReplayKey key(std::uint32_t n) {
  ReplayKey k{};
  std::memcpy(k.data(), &n, sizeof n);
  return k;
}
}  // namespace

TEST(ReplayStore, AKeyIsClaimedOnceUntilItExpires) {
  ManualClock clock(test::at(1000));
  const auto store = InMemoryReplayStore::create(10, 600s, clock).value();
  EXPECT_EQ(reason(store->claim(key(1))), "ok");
  EXPECT_EQ(reason(store->claim(key(1))), "replayed");
  clock.advance(599s);
  EXPECT_EQ(reason(store->claim(key(1))), "replayed");
  clock.advance(1s);
  EXPECT_EQ(store->size(), 0U);
  EXPECT_EQ(reason(store->claim(key(1))), "ok");
}

TEST(ReplayStore, AReleasedKeyCanBeClaimedAgainAndKeepsItsFullRetention) {
  ManualClock clock(test::at(1000));
  const auto store = InMemoryReplayStore::create(10, 600s, clock).value();
  EXPECT_TRUE(store->claim(key(1)));
  EXPECT_TRUE(store->release(key(1)));
  EXPECT_TRUE(store->release(key(2))) << "unknown keys are ignored";
  clock.advance(300s);
  EXPECT_EQ(reason(store->claim(key(1))), "ok");
  clock.advance(400s);  // past the first claim's end, not the second's
  EXPECT_EQ(reason(store->claim(key(1))), "replayed");
}

TEST(ReplayStore, FailsClosedWhenFullAndForgetsNothing) {
  ManualClock clock(test::at(1000));
  const auto store = InMemoryReplayStore::create(3, 600s, clock).value();
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_TRUE(store->claim(key(i)));
  EXPECT_EQ(reason(store->claim(key(3))), "unavailable");
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(reason(store->claim(key(i))), "replayed");
  // Claim and release does not eat capacity.
  EXPECT_TRUE(store->release(key(0)));
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(store->claim(key(9)));
    EXPECT_TRUE(store->release(key(9)));
  }
  EXPECT_TRUE(store->claim(key(3)));
  EXPECT_EQ(store->size(), 3U);
}

TEST(ReplayStore, AClockThatStepsBackFreesNothingEarly) {
  ManualClock clock(test::at(10'000));
  const auto store = InMemoryReplayStore::create(10, 600s, clock).value();
  EXPECT_TRUE(store->claim(key(1)));
  clock.set(test::at(5'000));
  EXPECT_TRUE(store->claim(key(2)));
  EXPECT_EQ(reason(store->claim(key(1))), "replayed");
  clock.set(test::at(10'599));
  EXPECT_EQ(reason(store->claim(key(2))), "replayed");
  clock.set(test::at(10'600));
  EXPECT_EQ(store->size(), 0U);
}

TEST(ReplayStore, RefusesUselessBounds) {
  EXPECT_FALSE(InMemoryReplayStore::create(0, 600s));
  EXPECT_FALSE(InMemoryReplayStore::create(10, 0s));
  EXPECT_FALSE(InMemoryReplayStore::create(10, -1s));
  EXPECT_FALSE(InMemoryReplayStore::create(10, std::chrono::seconds::max()));
}

TEST(ReplayStore, OfConcurrentClaimsExactlyOneSucceeds) {
  const auto store = InMemoryReplayStore::create(10'000, 600s).value();
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (std::uint32_t i = 0; i < 1000; ++i)
        if (store->claim(key(i))) ++won;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(won, 1000);
  EXPECT_EQ(store->size(), 1000U);
}
