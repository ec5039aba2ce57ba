#include "coefficient/webhook/refusal.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

using namespace coefficient::webhook;

TEST(Refusal, EveryReasonHasItsOwnName) {
  std::set<std::string_view> names;
  for (int i = 1; i <= 10; ++i) EXPECT_TRUE(names.insert(to_string(static_cast<Reason>(i))).second);
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_EQ(to_string(static_cast<Reason>(11)), "unknown");
}

TEST(Refusal, TheSenderLearnsNothingFromTheStatusOfABadRequest) {
  for (const Reason reason :
       {Reason::kMissingHeader, Reason::kDuplicateHeader, Reason::kMalformedSignature,
        Reason::kMalformedTimestamp, Reason::kTooOld, Reason::kTooNew, Reason::kBadSignature})
    EXPECT_EQ(http_status(reason), 401);
  EXPECT_EQ(http_status(Reason::kBodyTooLarge), 413);
  EXPECT_EQ(http_status(Reason::kReplayed), 409);
  EXPECT_EQ(http_status(Reason::kUnavailable), 503);
}
