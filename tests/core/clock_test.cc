#include "coefficient/core/clock.h"

#include <gtest/gtest.h>

using namespace coefficient;
using namespace std::chrono_literals;

TEST(Clock, ManualClockStandsStillUntilMoved) {
  const std::chrono::system_clock::time_point start(1'000'000s);
  ManualClock clock(start);
  EXPECT_EQ(clock.now(), start);
  EXPECT_EQ(clock.now(), start);
  clock.advance(5s);
  EXPECT_EQ(clock.now(), start + 5s);
  clock.advance(-10s);
  EXPECT_EQ(clock.now(), start - 5s);
  clock.set(start);
  EXPECT_EQ(clock.now(), start);
}

TEST(Clock, SystemClockIsTheSystemClock) {
  const auto before = std::chrono::system_clock::now();
  const auto now = system_clock().now();
  EXPECT_GE(now, before);
  EXPECT_LE(now, std::chrono::system_clock::now());
  EXPECT_EQ(&system_clock(), &system_clock());
}

TEST(Clock, SteadyClockStartsAsTheSystemClockAndDoesNotGoBack) {
  const auto before = std::chrono::system_clock::now();
  auto last = steady_clock().now();
  EXPECT_LT(last - before, 1h);
  EXPECT_GT(last - before, -1h);
  for (int i = 0; i < 1000; ++i) {
    const auto now = steady_clock().now();
    EXPECT_GE(now, last);
    last = now;
  }
  EXPECT_EQ(&steady_clock(), &steady_clock());
}
