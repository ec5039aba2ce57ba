#include "lane.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <vector>

namespace {

constexpr std::size_t kPending = 5;

/// A lane whose first task waits until it is let go.
class LaneTest : public testing::Test {
 protected:
  void SetUp() override {
    std::promise<void> begun;
    ASSERT_TRUE(lane_.post([&begun, wait = released_] {
      begun.set_value();
      wait.wait();
    }));
    begun.get_future().wait();
  }
  void release() { release_.set_value(); }

  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
  gateway::Lane lane_{kPending};
};

}  // namespace

TEST_F(LaneTest, DoesOneAfterAnotherOnAThreadOfItsOwn) {
  std::vector<int> done;
  std::thread::id where;
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(lane_.post([&, i] {
      done.push_back(i);
      where = std::this_thread::get_id();
    }));
  }
  release();
  lane_.stop();
  EXPECT_EQ(done, (std::vector<int>{0, 1, 2, 3}));
  EXPECT_NE(where, std::this_thread::get_id());
}

TEST_F(LaneTest, TakesNoMoreThanMayWaitButForWhatMustBeDone) {
  int done = 0;
  for (std::size_t i = 0; i < kPending; ++i) EXPECT_TRUE(lane_.post([&] { ++done; }));
  EXPECT_FALSE(lane_.post([&] { done += 100; }));
  EXPECT_TRUE(lane_.post_anyway([&] { ++done; }));
  release();
  lane_.stop();
  EXPECT_EQ(done, static_cast<int>(kPending) + 1);
}

TEST_F(LaneTest, StopDoesWhatWaitsAndTakesNothingLater) {
  int done = 0;
  EXPECT_TRUE(lane_.post([&] { ++done; }));
  release();
  lane_.stop();
  EXPECT_EQ(done, 1);
  EXPECT_FALSE(lane_.post([&] { ++done; }));
  EXPECT_FALSE(lane_.post_anyway([&] { ++done; }));
  lane_.stop();
  EXPECT_EQ(done, 1);
}

TEST_F(LaneTest, WhatATaskHoldsGoesWithIt) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = held;
  EXPECT_TRUE(lane_.post([held = std::move(held)] {}));
  std::promise<bool> gone;
  EXPECT_TRUE(lane_.post([&] { gone.set_value(watched.expired()); }));
  EXPECT_FALSE(watched.expired());
  release();
  EXPECT_TRUE(gone.get_future().get());
}
