#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "rate_limit_section.h"
#include "rate_limits.h"

using namespace gateway;

TEST(WithoutRedis, SharedLimitsAreRefusedAndTheModuleIsNamed) {
  RateLimitConfig config;
  std::vector<Problem> problems;
  read_rate_limits(initial_rate_limits(), config, problems);
  ASSERT_TRUE(problems.empty());
  EXPECT_TRUE(RateLimits::create(config, coefficient::system_clock()));

  config.redis = "unix:/nowhere";
  const auto limits = RateLimits::create(config, coefficient::system_clock());
  ASSERT_FALSE(limits);
  EXPECT_EQ(limits.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_NE(limits.error().message.find("COEFFICIENT_BUILD_REDIS"), std::string::npos);
}
