#include "coefficient/ratelimit/concurrency.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <deque>
#include <limits>
#include <thread>
#include <vector>

namespace coefficient {
namespace {

using namespace std::chrono_literals;
using ratelimit::AimdLimit;
using ratelimit::ConcurrencyLimiter;
using ratelimit::ConcurrencyPolicy;
using ratelimit::FixedLimit;
using ratelimit::Gradient2Limit;
using ratelimit::Outcome;
using ratelimit::Permit;

constexpr std::chrono::system_clock::time_point kBegin(1'700'000'000s);

ConcurrencyLimiter make(const ConcurrencyPolicy& policy, const Clock& clock) {
  return ConcurrencyLimiter::create(policy, clock).value();
}

// One round: as many as fit begin together, take `latency` and end with `outcome`.
std::uint32_t round(ConcurrencyLimiter& limiter, ManualClock& clock,
                    std::chrono::nanoseconds latency, Outcome outcome,
                    std::uint32_t at_most = std::numeric_limits<std::uint32_t>::max()) {
  std::vector<Permit> permits;
  while (permits.size() < at_most) {
    auto permit = limiter.try_acquire();
    if (!permit) break;
    permits.push_back(*std::move(permit));
  }
  clock.advance(latency);
  for (Permit& permit : permits) permit.release(outcome);
  return static_cast<std::uint32_t>(permits.size());
}

TEST(Concurrency, PoliciesThatMakeNoSenseAreRefused) {
  const double nan = std::nan("");
  const std::vector<ConcurrencyPolicy> refused{
      FixedLimit{0},
      FixedLimit{1'000'001},
      AimdLimit{.initial = 0},
      AimdLimit{.min = 0},
      AimdLimit{.initial = 5, .min = 6},
      AimdLimit{.initial = 7, .max = 6},
      AimdLimit{.max = 1'000'001},
      AimdLimit{.backoff = 1},
      AimdLimit{.backoff = 0.49},
      AimdLimit{.backoff = nan},
      AimdLimit{.timeout = -1ns},
      Gradient2Limit{.initial = 19},
      Gradient2Limit{.queue = 0},
      Gradient2Limit{.tolerance = 0.9},
      Gradient2Limit{.tolerance = nan},
      Gradient2Limit{.smoothing = 0},
      Gradient2Limit{.smoothing = 1.1},
      Gradient2Limit{.long_samples = 0},
      Gradient2Limit{.sample_size = 0},
      Gradient2Limit{.sample_time = -1ns},
  };
  for (std::size_t i = 0; i < refused.size(); ++i) {
    const auto limiter = ConcurrencyLimiter::create(refused[i]);
    ASSERT_FALSE(limiter) << i;
    EXPECT_EQ(limiter.error().code, ErrorCode::kInvalidArgument) << i;
  }
}

TEST(Concurrency, FixedGivesExactlyItsLimit) {
  ManualClock clock(kBegin);
  ConcurrencyLimiter limiter = make(FixedLimit{3}, clock);
  std::vector<Permit> held;
  for (int i = 0; i < 3; ++i) held.push_back(limiter.try_acquire().value());
  EXPECT_FALSE(limiter.try_acquire());
  EXPECT_EQ(limiter.in_flight(), 3U);
  held[1].release(Outcome::kDropped);
  held[1].release(Outcome::kDropped);  // does nothing
  EXPECT_EQ(limiter.in_flight(), 2U);
  EXPECT_TRUE(limiter.try_acquire());  // and gives it back at once
  held.clear();
  EXPECT_EQ(limiter.in_flight(), 0U);
  EXPECT_EQ(limiter.limit(), 3U);
}

TEST(Concurrency, MovedPermitsCountOnce) {
  ManualClock clock(kBegin);
  ConcurrencyLimiter limiter = make(FixedLimit{2}, clock);
  Permit a = limiter.try_acquire().value();
  Permit b = limiter.try_acquire().value();
  a = std::move(b);  // what `a` held is given back
  EXPECT_EQ(limiter.in_flight(), 1U);
  const Permit c = std::move(a);
  EXPECT_EQ(limiter.in_flight(), 1U);
}

TEST(Concurrency, PermitOutlivesLimiter) {
  ManualClock clock(kBegin);
  std::optional<Permit> permit;
  {
    ConcurrencyLimiter limiter = make(AimdLimit{}, clock);
    permit = limiter.try_acquire();
  }
  clock.advance(1ms);
  permit->release(Outcome::kSuccess);
}

TEST(Concurrency, AimdAddsOnePerRound) {
  ManualClock clock(kBegin);
  ConcurrencyLimiter limiter = make(AimdLimit{.initial = 10, .max = 15}, clock);
  std::uint32_t last = limiter.limit();
  for (int i = 0; i < 40; ++i) {
    round(limiter, clock, 10ms, Outcome::kSuccess);
    EXPECT_LE(limiter.limit(), last + 1);
    last = limiter.limit();
  }
  EXPECT_EQ(last, 15U);
}

TEST(Concurrency, AimdGrowsOnlyWhereTheLimitIsUsed) {
  ManualClock clock(kBegin);
  ConcurrencyLimiter limiter = make(AimdLimit{.initial = 10}, clock);
  for (int i = 0; i < 100; ++i) round(limiter, clock, 10ms, Outcome::kSuccess, 4);
  EXPECT_EQ(limiter.limit(), 10U);
}

TEST(Concurrency, AimdDropsOfOneFlightAreOneSignal) {
  ManualClock clock(kBegin);
  ConcurrencyLimiter limiter = make(AimdLimit{.initial = 100, .backoff = 0.5}, clock);
  EXPECT_EQ(round(limiter, clock, 10ms, Outcome::kDropped), 100U);
  EXPECT_EQ(limiter.limit(), 50U);
  clock.advance(1ms);
  EXPECT_EQ(round(limiter, clock, 10ms, Outcome::kDropped), 50U);
  EXPECT_EQ(limiter.limit(), 25U);
}

TEST(Concurrency, AimdTakesALateAnswerForADrop) {
  ManualClock clock(kBegin);
  ConcurrencyLimiter limiter =
      make(AimdLimit{.initial = 10, .backoff = 0.5, .timeout = 100ms}, clock);
  round(limiter, clock, 100ms, Outcome::kSuccess, 5);
  EXPECT_EQ(limiter.limit(), 10U);
  clock.advance(1ms);
  round(limiter, clock, 101ms, Outcome::kSuccess, 5);
  EXPECT_EQ(limiter.limit(), 5U);
}

TEST(Concurrency, AimdStaysAboveItsMinimumAndIgnoresTheIgnored) {
  ManualClock clock(kBegin);
  ConcurrencyLimiter limiter = make(AimdLimit{.initial = 8, .min = 3, .backoff = 0.5}, clock);
  round(limiter, clock, 10ms, Outcome::kIgnored);
  EXPECT_EQ(limiter.limit(), 8U);
  for (int i = 0; i < 10; ++i) {
    clock.advance(1ms);
    round(limiter, clock, 10ms, Outcome::kDropped);
  }
  EXPECT_EQ(limiter.limit(), 3U);
}

TEST(Concurrency, AimdStillLearnsAfterTheClockWasSetBack) {
  ManualClock clock(kBegin);
  ConcurrencyLimiter limiter = make(AimdLimit{.initial = 100, .backoff = 0.5}, clock);
  round(limiter, clock, 10ms, Outcome::kDropped);
  clock.advance(-1h);
  round(limiter, clock, 10ms, Outcome::kDropped);
  EXPECT_EQ(limiter.limit(), 25U);
}

TEST(Concurrency, AStandingOrReversedClockMeasuresNothing) {
  for (const auto latency : {0ms, -50ms}) {
    ManualClock clock(kBegin);
    ConcurrencyLimiter limiter = make(AimdLimit{.initial = 10}, clock);
    for (int i = 0; i < 50; ++i) round(limiter, clock, latency, Outcome::kSuccess);
    EXPECT_EQ(limiter.limit(), 10U);
  }
}

// A server that works on `capacity` at once and queues the rest: what more are under way than that
// only makes all of them slower.
std::uint32_t settle(ConcurrencyLimiter& limiter, ManualClock& clock, std::uint32_t capacity,
                     std::chrono::nanoseconds base, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    const double load = std::max(1.0, static_cast<double>(limiter.limit()) / capacity);
    const auto latency = std::chrono::nanoseconds(
        static_cast<std::int64_t>(static_cast<double>(base.count()) * load));
    round(limiter, clock, latency, Outcome::kSuccess);
  }
  return limiter.limit();
}

TEST(Concurrency, Gradient2FindsTheCapacity) {
  ManualClock clock(kBegin);
  ConcurrencyLimiter limiter =
      make(Gradient2Limit{.initial = 20, .min = 5, .max = 1000, .sample_time = 5ms}, clock);
  // Until it is full its latency is flat, and the limit grows.
  EXPECT_GE(settle(limiter, clock, 100, 10ms, 200), 100U);
  // The tolerance and the queue are what it may go above.
  EXPECT_LE(limiter.limit(), 250U);
}

TEST(Concurrency, Gradient2FallsWhenTheServerSlowsDown) {
  ManualClock clock(kBegin);
  ConcurrencyLimiter limiter = make(
      Gradient2Limit{.initial = 20, .min = 5, .max = 1000, .queue = 2, .sample_time = 5ms}, clock);
  const std::uint32_t before = settle(limiter, clock, 100, 10ms, 100);
  // The capacity falls to a fifth: ten rounds later the limit has followed.
  const std::uint32_t after = settle(limiter, clock, 20, 50ms, 10);
  EXPECT_LT(after, before / 2);
  EXPECT_GE(after, 5U);
}

TEST(Concurrency, Gradient2AnswersDropsOfWhichNoneSucceeds) {
  ManualClock clock(kBegin);
  ConcurrencyLimiter limiter =
      make(Gradient2Limit{.initial = 100, .min = 4, .max = 200, .sample_time = 5ms}, clock);
  std::uint32_t last = limiter.limit();
  for (int i = 0; i < 3; ++i) {
    for (int flight = 0; flight < 2; ++flight) round(limiter, clock, 10ms, Outcome::kDropped);
    EXPECT_LT(limiter.limit(), last);
    last = limiter.limit();
  }
}

TEST(Concurrency, Gradient2DoesNotGrowUnused) {
  ManualClock clock(kBegin);
  ConcurrencyLimiter limiter =
      make(Gradient2Limit{.initial = 100, .min = 10, .max = 200, .sample_time = 0ns}, clock);
  for (int i = 0; i < 100; ++i) round(limiter, clock, 10ms, Outcome::kSuccess, 20);
  EXPECT_EQ(limiter.limit(), 100U);
}

TEST(Concurrency, Gradient2NeverLeavesItsBounds) {
  std::uint64_t state = 88172645463325252U;
  const auto random = [&state] {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    return state;
  };
  ManualClock clock(kBegin);
  ConcurrencyLimiter limiter =
      make(Gradient2Limit{.initial = 50, .min = 7, .max = 90, .sample_size = 3, .sample_time = 1ms},
           clock);
  for (int i = 0; i < 2000; ++i) {
    const auto latency =
        std::chrono::nanoseconds(1 + static_cast<std::int64_t>(random() % 1'000'000'000U));
    const auto outcome = static_cast<Outcome>(1 + random() % 3);
    round(limiter, clock, latency, outcome, 1 + static_cast<std::uint32_t>(random() % 100));
    EXPECT_GE(limiter.limit(), 7U);
    EXPECT_LE(limiter.limit(), 90U);
    EXPECT_EQ(limiter.in_flight(), 0U);
    if (random() % 50 == 0) clock.advance(-std::chrono::hours(1));
  }
}

TEST(Concurrency, ThreadsNeverExceedTheLimit) {
  constexpr std::uint32_t kLimit = 5;
  ConcurrencyLimiter limiter = make(FixedLimit{kLimit}, system_clock());
  std::atomic<std::uint32_t> inside = 0;
  std::atomic<std::uint32_t> most = 0;
  std::atomic<std::uint64_t> given = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) {
        auto permit = limiter.try_acquire();
        if (!permit) continue;
        const std::uint32_t now = inside.fetch_add(1) + 1;
        std::uint32_t seen = most.load();
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        given.fetch_add(1);
        inside.fetch_sub(1);
        permit->release(Outcome::kSuccess);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most.load(), kLimit);
  EXPECT_GE(given.load(), 20'000U);
  EXPECT_EQ(limiter.in_flight(), 0U);
}

TEST(Concurrency, ThreadsMayTeachAnAdaptiveLimit) {
  for (const ConcurrencyPolicy& policy :
       {ConcurrencyPolicy(AimdLimit{.initial = 4, .max = 16}),
        ConcurrencyPolicy(Gradient2Limit{.initial = 4, .min = 2, .max = 16, .sample_time = 0ns})}) {
    ConcurrencyLimiter limiter = make(policy, system_clock());
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&limiter, t] {
        for (int i = 0; i < 5'000; ++i)
          if (auto permit = limiter.try_acquire())
            permit->release(i % 97 == t ? Outcome::kDropped : Outcome::kSuccess);
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(limiter.in_flight(), 0U);
    EXPECT_GE(limiter.limit(), 1U);
    EXPECT_LE(limiter.limit(), 16U);
  }
}

}  // namespace
}  // namespace coefficient
