// A cell that came under other terms, or to another key, between being found and being used.
#include "ratelimit/gcra_cell.h"

#include <gtest/gtest.h>

#include <chrono>

using coefficient::ratelimit::GcraCell;
using coefficient::ratelimit::Operation;
using coefficient::ratelimit::Policy;
using coefficient::ratelimit::Step;
using coefficient::ratelimit::TermsHistory;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kMoment = 1'700'000'000'000'000'000;
constexpr std::uint64_t kHour = 3'600'000'000'000;
constexpr std::uint64_t kTag = (std::uint64_t{0x1234} << 6U) | 1U;
constexpr std::uint64_t kTagOfOthers = kTag + 1;  // the same key, the next generation

// 1000 at once, and that many again in an hour.
TermsHistory hourly() {
  return TermsHistory(
      make_terms(Policy{.name = "p", .limit = 1000, .period = 1h, .burst = 1000}, kMoment));
}

}  // namespace

// What is 500 requests too many by these terms is a full bucket by those in force: cut to these, it
// would give 500 requests away.
TEST(GcraCell, DebtUnderOtherTermsIsNotCut) {
  for (const Operation operation : {Operation::kProbe, Operation::kCheck, Operation::kReserve}) {
    GcraCell cell;
    cell.publish(kTagOfOthers, kMoment + 2 * kHour);
    Step step;
    EXPECT_FALSE(cell.apply(kTag, hourly(), kMoment, operation, 1, step));
    EXPECT_EQ(cell.lock(), kMoment + 2 * kHour);
  }
}

TEST(GcraCell, DebtBeyondItsOwnTermsIs) {
  GcraCell cell;
  cell.publish(kTag, kMoment + 2 * kHour);
  Step step;
  EXPECT_TRUE(cell.apply(kTag, hourly(), kMoment, Operation::kCheck, 1, step));
  EXPECT_FALSE(step.allowed);
  EXPECT_EQ(cell.lock(), kMoment + kHour);
}

TEST(GcraCell, ACreditGoesToNobodyElse) {
  GcraCell cell;
  cell.publish(kTagOfOthers, kMoment + kHour);
  Step step;
  EXPECT_FALSE(cell.apply(kTag, hourly(), kMoment, Operation::kRefund, 1, step));
  EXPECT_EQ(cell.lock(), kMoment + kHour);
}
