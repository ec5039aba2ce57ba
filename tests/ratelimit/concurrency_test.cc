#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "coefficient/ratelimit/all_or_nothing.h"
#include "coefficient/ratelimit/keyed_limiter.h"
#include "coefficient/ratelimit/limiter.h"
#include "ratelimit/at.h"

// Over-admission is looked for with clocks that stand still or that one thread moves, so that the
// bound is exact: burst, and what the time that passed gives.
using namespace coefficient;
using namespace coefficient::ratelimit;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

constexpr int kThreads = 4;

void on_threads(const std::function<void(int)>& work) {
  std::atomic<int> ready = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&, i] {
      ++ready;
      while (ready < kThreads) std::this_thread::yield();
      work(i);
    });
  for (std::thread& thread : threads) thread.join();
}

class Concurrency : public testing::TestWithParam<Algorithm> {
 protected:
  static Policy policy(std::uint64_t limit, nanoseconds period) {
    return {.name = "p", .limit = limit, .period = period, .burst = limit, .algorithm = GetParam()};
  }
};

INSTANTIATE_TEST_SUITE_P(Of, Concurrency,
                         testing::Values(Algorithm::kGcra, Algorithm::kSlidingWindow),
                         [](const auto& of) {
                           return of.param == Algorithm::kGcra ? "Gcra" : "SlidingWindow";
                         });

TEST_P(Concurrency, OneKeyGrantsExactlyItsBurst) {
  ManualClock clock(at(kStart));
  KeyedLimiter keyed = *KeyedLimiter::create(policy(20'000, 1h), {.max_keys = 10}, clock);
  Limiter single = *Limiter::create(policy(20'000, 1h), clock);
  std::atomic<int> keyed_granted = 0;
  std::atomic<int> single_granted = 0;
  on_threads([&](int) {
    for (int i = 0; i < 10'000; ++i) {
      keyed_granted += keyed.check("k").allowed ? 1 : 0;
      single_granted += single.check().allowed ? 1 : 0;
    }
  });
  EXPECT_EQ(keyed_granted, 20'000);
  EXPECT_EQ(single_granted, 20'000);
}

// Each thread asks until it is refused; then the clock moves on by what one more takes.
TEST(ConcurrencyOfGcra, TimeThatPassesIsGrantedExactlyOnce) {
  ManualClock clock(at(kStart));
  const Policy policy{.name = "p", .limit = 1000, .period = 1s, .burst = 1000};
  KeyedLimiter limiter = *KeyedLimiter::create(policy, {.max_keys = 10}, clock);
  std::atomic<std::uint64_t> granted = 0;
  std::atomic<std::uint64_t> ticks = 0;
  on_threads([&](int thread) {
    for (int i = 0; i < 20'000; ++i) {
      granted += limiter.check("k").allowed ? 1U : 0U;
      if (thread == 0 && i % 10 == 0) {
        clock.advance(1ms);
        ++ticks;
      }
    }
  });
  while (limiter.check("k").allowed) ++granted;
  EXPECT_EQ(granted, 1000 + ticks);
}

// 10,000 keys on places for few, so that keys are evicted and come back all the time: the clock
// moves by a bucket after each round, in which all threads ask for all keys.
TEST_P(Concurrency, KeysThatComeAndGoAreGrantedNoMoreThanTheirBurst) {
  constexpr int kKeys = 10'000;
  constexpr std::uint64_t kBurst = 3;
  ManualClock clock(at(kStart));
  // About a third of the keys find all places owed and share counts.
  KeyedLimiter limiter = *KeyedLimiter::create(policy(kBurst, 1s), {.max_keys = 5'000}, clock);
  std::uint64_t most = 0;
  std::uint64_t own = 0;
  for (int round = 0; round < 3; ++round) {
    std::vector<std::atomic<std::uint64_t>> granted(kKeys);
    on_threads([&](int thread) {
      for (int i = 0; i < 2 * kKeys; ++i) {
        const int key = (i * 7919 + thread * 2503) % kKeys;
        // A third of them are new in each round.
        granted[static_cast<std::size_t>(key)] +=
            limiter.check("key" + std::to_string(key + round * 3000)).allowed ? 1U : 0U;
      }
    });
    for (const auto& of : granted) {
      most = std::max(most, of.load());
      own += of == kBurst ? 1U : 0U;
    }
    clock.advance(2s);  // all buckets are full again, and nothing counts in any window
  }
  EXPECT_EQ(most, kBurst);
  EXPECT_GT(own, 3U * 5'000);
  EXPECT_GT(limiter.counters().reclaimed, 1'000U);
  EXPECT_GT(limiter.counters().overflowed, 0U);
}

// The clock moves all the time, places go from key to key all the time, and some keys ask far more
// often than they may.
TEST_P(Concurrency, BusyKeysAmongMany) {
  constexpr int kBusy = 8;
  constexpr std::uint64_t kBurst = 4;
  constexpr auto kPeriod = 4ms;  // one each millisecond
  constexpr std::chrono::nanoseconds kTick = 1250ns;
  ManualClock clock(at(kStart));
  KeyedLimiter limiter = *KeyedLimiter::create(policy(kBurst, kPeriod), {.max_keys = 400}, clock);
  std::vector<std::atomic<std::uint64_t>> granted(kBusy);
  std::atomic<std::uint64_t> ticks = 0;
  on_threads([&](int thread) {
    for (int i = 0; i < 20'000; ++i) {
      const int busy = i % kBusy;
      granted[static_cast<std::size_t>(busy)] +=
          limiter.check("busy" + std::to_string(busy)).allowed ? 1U : 0U;
      (void)limiter.check("key" + std::to_string((i * 7919 + thread * 2503) % 10'000));
      // By all of them, so that as much is asked in a moment whoever the scheduler prefers.
      clock.advance(kTick);
      ++ticks;
    }
  });
  const std::uint64_t elapsed = ticks * kTick.count() / 1000;  // in microseconds
  for (const auto& of : granted) {
    // A sliding window may grant its limit in each window, and what weighs less of the one before.
    const std::uint64_t bound =
        GetParam() == Algorithm::kGcra ? kBurst + elapsed / 1000 : kBurst * (elapsed / 4000 + 2);
    EXPECT_LE(of, bound);
    EXPECT_GT(of, bound / 2);
  }
  EXPECT_GT(limiter.counters().reclaimed, 2'000U);  // 7000 fit in the time at most, by windows
}

// A place changes hands at the very moment at which its key asks: the clock stands where the place
// has just become idle.
TEST_P(Concurrency, PlacesThatAreReclaimedWhileTheirKeysAsk) {
  ManualClock clock(at(kStart));
  KeyedLimiter limiter = *KeyedLimiter::create(policy(1, 1s), {.max_keys = 1}, clock);
  constexpr int kKeys = 200;
  std::uint64_t reclaimed = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::atomic<int>> granted(kKeys);
    on_threads([&](int thread) {
      for (int i = 0; i < kKeys; ++i) {
        const int key = thread % 2 == 0 ? i : kKeys - 1 - i;
        granted[static_cast<std::size_t>(key)] +=
            limiter.check("key" + std::to_string(key + round * 50)).allowed ? 1 : 0;
      }
    });
    for (int key = 0; key < kKeys; ++key) ASSERT_LE(granted[static_cast<std::size_t>(key)], 1);
    reclaimed = limiter.counters().reclaimed;
    clock.advance(2s);
  }
  EXPECT_GT(reclaimed, 1'000U);
}

TEST_P(Concurrency, WhatIsGivenBackIsGrantedAgainAndNoMore) {
  ManualClock clock(at(kStart));
  KeyedLimiter limiter = *KeyedLimiter::create(policy(100, 1h), {.max_keys = 10}, clock);
  std::atomic<int> held = 0;
  std::atomic<int> most = 0;
  on_threads([&](int) {
    for (int i = 0; i < 20'000; ++i) {
      if (!limiter.check("k").allowed) continue;
      const int now = ++held;
      int seen = most;
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      if (i % 3 != 0) {
        --held;
        (void)limiter.refund("k", 1);
      }
    }
  });
  EXPECT_LE(most, 100);
  EXPECT_EQ(limiter.peek("k").remaining, static_cast<std::uint64_t>(100 - held));
}

TEST_P(Concurrency, SeveralAtOnceAreAllOrNothing) {
  ManualClock clock(at(kStart));
  KeyedLimiter users = *KeyedLimiter::create(policy(500, 1h), {.max_keys = 10}, clock);
  Limiter all = *Limiter::create(policy(700, 1h), clock);
  std::atomic<std::uint64_t> granted[2] = {0, 0};
  on_threads([&](int thread) {
    const auto user = static_cast<std::size_t>(thread % 2);
    const std::vector<Demand> demands = {{users, user == 0 ? "a" : "b"}, {all}};
    for (int i = 0; i < 2000; ++i) granted[user] += check_all(demands).allowed ? 1U : 0U;
  });
  EXPECT_LE(granted[0], 500U);
  EXPECT_LE(granted[1], 500U);
  EXPECT_EQ(granted[0] + granted[1], 700U);
  EXPECT_EQ(users.peek("a").remaining, 500 - granted[0]);
  EXPECT_EQ(users.peek("b").remaining, 500 - granted[1]);
  EXPECT_EQ(all.peek().remaining, 0U);
}

// Policies come and go while threads ask; requests owed never get lost.
TEST_P(Concurrency, PolicyChangesForgiveNothing) {
  ManualClock clock(at(kStart));
  KeyedLimiter keyed = *KeyedLimiter::create(policy(1000, 1h), {.max_keys = 10}, clock);
  Limiter single = *Limiter::create(policy(1000, 1h), clock);
  std::atomic<int> keyed_granted = 0;
  std::atomic<int> single_granted = 0;
  on_threads([&](int thread) {
    for (int i = 0; i < 3000; ++i) {
      if (thread == 0 && i % 60 == 0) {
        // Half as many at half the pace, and back: exact in both directions.
        Policy next = policy(1000, i % 120 == 0 ? 2h : 1h);
        if (GetParam() == Algorithm::kSlidingWindow) next = policy(i % 120 == 0 ? 900 : 1000, 1h);
        EXPECT_TRUE(keyed.set_policy(next));
        EXPECT_TRUE(single.set_policy(next));
      }
      keyed_granted += keyed.check("k").allowed ? 1 : 0;
      single_granted += single.check().allowed ? 1 : 0;
    }
  });
  EXPECT_LE(keyed_granted, 1000);
  EXPECT_LE(single_granted, 1000);
  EXPECT_GE(keyed_granted, 900);
  EXPECT_GE(single_granted, 900);
}

}  // namespace
