#include "worker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "fixture.h"

using namespace gateway;

namespace {

// A second later whenever it is asked.
class RunningClock final : public coefficient::Clock {
 public:
  [[nodiscard]] std::chrono::system_clock::time_point now() const noexcept override {
    return std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000 + ticks_++));
  }

 private:
  mutable std::atomic<std::int64_t> ticks_ = 0;
};

// Lacks a descriptor the first time, then knows that the change can never be had.
class ShortSource final : public DiffSource {
 public:
  [[nodiscard]] bool serves(std::string_view /*repository*/) const override { return true; }
  Result<std::string> diff(const PullRequest& /*pull_request*/) const override {
    if (asked_++ == 0) return Error{ErrorCode::kUnavailable, "pipe2: Too many open files"};
    return Error{ErrorCode::kInvalidArgument, "never"};
  }

 private:
  mutable std::atomic<int> asked_ = 0;
};

}  // namespace

TEST(Worker, WhatTheGatewayLacksUsesUpNoAttempt) {
  const test::TempDir temp;
  const RunningClock clock;
  ASSERT_TRUE(Inbox::create(temp.path() / "gateway.db"));
  auto inbox = Inbox::open(temp.path() / "gateway.db", clock, {.max_attempts = 1});
  ASSERT_TRUE(inbox);
  const Delivery delivery{.endpoint = "github",
                          .replay_key = {},
                          .delivery_id = {},
                          .delivery_id_signed = false,
                          .event = "pull_request",
                          .key_name = "github/1",
                          .payload = test::pull_request_body(1),
                          .defect = {}};
  ASSERT_TRUE((*inbox)->admit({&delivery, 1}));
  const ShortSource source;
  Log log(-1, clock);
  std::promise<std::string> finished;
  auto minimizer = coefficient::diff::Minimizer::create({});
  ASSERT_TRUE(minimizer);
  Worker worker(
      **inbox, source, *std::move(minimizer), clock, log,
      [&](const std::string& line) { finished.set_value(line); },
      [](const Lease&, const Outcome&) { return Result<>(); });
  worker.start();
  auto line = finished.get_future();
  ASSERT_EQ(line.wait_for(std::chrono::seconds(60)), std::future_status::ready);
  EXPECT_NE(line.get().find("\"never\""), std::string::npos);
  worker.stop();
  const auto letters = (*inbox)->dead_letters();
  ASSERT_EQ(letters->size(), 1U);
  EXPECT_EQ(letters->front().attempts, 1U);
}
