#include "coefficient/core/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

using namespace coefficient;

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good = 7;
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 7);
  const Result<int> bad = Error{ErrorCode::kNotFound, "no such thing"};
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(Result<>{});
}

TEST(Result, CarriesMoveOnlyValuesOut) {
  Result<std::unique_ptr<int>> r = std::make_unique<int>(3);
  const std::unique_ptr<int> out = *std::move(r);
  EXPECT_EQ(*out, 3);
}

TEST(Result, CodesHaveTheCanonicalNames) {
  EXPECT_EQ(to_string(ErrorCode::kResourceExhausted), "resource_exhausted");
  EXPECT_EQ(to_string(ErrorCode::kUnauthenticated), "unauthenticated");
  EXPECT_EQ(to_string(static_cast<ErrorCode>(99)), "unknown");
}

TEST(ResultDeathTest, UncheckedAccessAborts) {
  const Result<int> r = Error{ErrorCode::kDeadlineExceeded, "late"};
  EXPECT_DEATH((void)r.value(), "late");
  const Result<int> ok = 1;
  EXPECT_DEATH((void)ok.error(), "error\\(\\) on a value");
}
