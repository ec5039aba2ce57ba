#include "coefficient/ratelimit/headers.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace coefficient {
namespace {

using namespace std::chrono_literals;
using ratelimit::Decision;
using ratelimit::HeaderDialect;
using ratelimit::HeaderField;
using ratelimit::Mode;
using ratelimit::Policy;
using ratelimit::quota_exceeded_problem;
using ratelimit::ratelimit_headers;
using ratelimit::ratelimit_policy_field;
using ratelimit::retry_after_field;

constexpr std::chrono::system_clock::time_point kAnsweredAt(1'700'000'000s);

Decision allowed(std::string_view policy, std::uint64_t limit, std::uint64_t remaining,
                 std::chrono::nanoseconds reset) {
  Decision decision;
  decision.allowed = true;
  decision.limit = limit;
  decision.remaining = remaining;
  decision.reset_after = reset;
  decision.policy = policy;
  return decision;
}

Decision refused(std::string_view policy, std::uint64_t limit, std::uint64_t remaining,
                 std::optional<std::chrono::nanoseconds> retry, std::chrono::nanoseconds reset) {
  Decision decision = allowed(policy, limit, remaining, reset);
  decision.allowed = false;
  decision.retry_after = retry;
  return decision;
}

std::string text(const std::vector<HeaderField>& fields) {
  std::string out;
  for (const HeaderField& field : fields) out += field.name + ": " + field.value + "\n";
  return out;
}

std::string render(HeaderDialect dialect, const std::vector<Decision>& decisions) {
  return text(ratelimit_headers(dialect, decisions, kAnsweredAt));
}

TEST(Headers, PolicyField) {
  const std::vector<Policy> policies{
      {.name = "burst", .limit = 100, .period = 60s, .burst = 100},
      {.name = "trial", .limit = 1, .period = 1s, .burst = 1, .mode = Mode::kShadow},
      {.name = "org:day/2", .limit = 1000, .period = 24h, .burst = 10}};
  EXPECT_EQ(ratelimit_policy_field(policies), R"("burst";q=100;w=60, "org:day/2";q=1000;w=86400)");
  EXPECT_EQ(ratelimit_policy_field({}), "");
  EXPECT_EQ(ratelimit_policy_field(std::span(policies).subspan(1, 1)), "");
}

TEST(Headers, PolicyWindowIsAWholeSecondAtLeast) {
  const auto field = [](std::chrono::nanoseconds period, std::uint64_t limit) {
    return ratelimit_policy_field(
        std::vector<Policy>{{.name = "p", .limit = limit, .period = period}});
  };
  EXPECT_EQ(field(1ns, 1), R"("p";q=1;w=1)");
  EXPECT_EQ(field(1500ms, 7), R"("p";q=7;w=2)");
  EXPECT_EQ(field(1s, std::uint64_t{1} << 61U), R"("p";q=999999999999999;w=1)");
}

TEST(Headers, EveryDialectOfAnAllowedRequest) {
  const std::vector<Decision> decisions{allowed("burst", 100, 50, 30s),
                                        allowed("daily", 1000, 20, 3600s + 1ns)};
  EXPECT_EQ(render(HeaderDialect::kIetf, decisions),
            "RateLimit: \"burst\";r=50;t=30, \"daily\";r=20;t=3601\n");
  EXPECT_EQ(render(HeaderDialect::kLegacySeconds, decisions),
            "X-RateLimit-Limit: 1000\nX-RateLimit-Remaining: 20\nX-RateLimit-Reset: 3601\n");
  EXPECT_EQ(render(HeaderDialect::kLegacyEpoch, decisions),
            "X-RateLimit-Limit: 1000\nX-RateLimit-Remaining: 20\nX-RateLimit-Reset: 1700003601\n");
  EXPECT_EQ(render(HeaderDialect::kGithub, decisions),
            "x-ratelimit-limit: 1000\nx-ratelimit-remaining: 20\nx-ratelimit-used: 980\n"
            "x-ratelimit-reset: 1700003601\nx-ratelimit-resource: daily\n");
}

TEST(Headers, ARefusalTellsWhenToRetry) {
  const std::vector<Decision> decisions{refused("burst", 10, 0, 100ms, 500ms),
                                        allowed("daily", 1000, 20, 60s)};
  // t of what refuses is Retry-After, though all is forgotten only later.
  EXPECT_EQ(render(HeaderDialect::kIetf, decisions),
            "RateLimit: \"burst\";r=0;t=1, \"daily\";r=20;t=60\nRetry-After: 1\n");
  EXPECT_EQ(render(HeaderDialect::kLegacySeconds, decisions),
            "X-RateLimit-Limit: 10\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1\n"
            "Retry-After: 1\n");
}

TEST(Headers, RetryAfterIsRoundedUpAndNeverZero) {
  const auto field = [](std::optional<std::chrono::nanoseconds> retry) {
    return retry_after_field(std::vector<Decision>{refused("p", 1, 0, retry, 1s)});
  };
  EXPECT_EQ(field(0ns), "1");
  EXPECT_EQ(field(1ns), "1");
  EXPECT_EQ(field(1s), "1");
  EXPECT_EQ(field(1s + 1ns), "2");
  EXPECT_EQ(field(714'285'715ns), "1");
  EXPECT_EQ(field(-5s), "1");
  EXPECT_EQ(field(std::chrono::nanoseconds::max()), "9223372037");
  EXPECT_EQ(field(std::nullopt), std::nullopt);
  EXPECT_EQ(retry_after_field({}), std::nullopt);
  // An allowed request that should wait was not refused.
  Decision reserved = allowed("p", 1, 0, 1s);
  reserved.retry_after = 3s;
  EXPECT_EQ(retry_after_field(std::vector<Decision>{reserved}), std::nullopt);
}

TEST(Headers, NeverHasNoTime) {
  const std::vector<Decision> decisions{refused("burst", 10, 5, std::nullopt, 0ns)};
  EXPECT_EQ(render(HeaderDialect::kIetf, decisions), "RateLimit: \"burst\";r=5\n");
}

TEST(Headers, NothingForNoDecisions) {
  for (const auto dialect : {HeaderDialect::kIetf, HeaderDialect::kLegacySeconds,
                             HeaderDialect::kLegacyEpoch, HeaderDialect::kGithub})
    EXPECT_EQ(render(dialect, {}), "");
}

TEST(Headers, ExtremesStayNumbers) {
  Decision most =
      allowed("p", std::numeric_limits<std::uint64_t>::max(),
              std::numeric_limits<std::uint64_t>::max(), std::chrono::nanoseconds::max());
  EXPECT_EQ(render(HeaderDialect::kIetf, {most}),
            "RateLimit: \"p\";r=999999999999999;t=9223372037\n");
  EXPECT_EQ(text(ratelimit_headers(HeaderDialect::kLegacyEpoch, std::vector<Decision>{most},
                                   std::chrono::system_clock::time_point::max())),
            "X-RateLimit-Limit: 999999999999999\nX-RateLimit-Remaining: 999999999999999\n"
            "X-RateLimit-Reset: 9223372037\n");
  most.remaining = 7;
  most.limit = 3;  // a burst above the limit
  EXPECT_EQ(render(HeaderDialect::kGithub, {most}).substr(0, 66),
            "x-ratelimit-limit: 3\nx-ratelimit-remaining: 3\nx-ratelimit-used: 0\n");
}

TEST(Headers, NoNameEndsAField) {
  const std::string evil = "a\"b\\c\r\nSet-Cookie: x\x80";
  const std::vector<Decision> decisions{refused(evil, 1, 0, 1s, 1s)};
  for (const auto dialect : {HeaderDialect::kIetf, HeaderDialect::kLegacySeconds,
                             HeaderDialect::kLegacyEpoch, HeaderDialect::kGithub})
    for (const HeaderField& field : ratelimit_headers(dialect, decisions, kAnsweredAt))
      for (const char c : field.value) EXPECT_TRUE(c >= ' ' && c <= '~' && c != '\\');
  EXPECT_EQ(ratelimit_headers(HeaderDialect::kIetf, decisions, kAnsweredAt)[0].value,
            R"("a?b?c??Set-Cookie:?x?";r=0;t=1)");
  const auto body = nlohmann::json::parse(quota_exceeded_problem(decisions));
  EXPECT_EQ(body["violated-policies"][0], "a?b?c??Set-Cookie:?x?");
}

TEST(Headers, ProblemNamesThoseThatRefuse) {
  const std::vector<Decision> decisions{refused("burst", 10, 0, 1s, 1s),
                                        allowed("hourly", 10, 1, 1s),
                                        refused("daily", 10, 0, std::nullopt, 1s)};
  const auto body = nlohmann::json::parse(quota_exceeded_problem(decisions));
  EXPECT_EQ(body["type"], "https://iana.org/assignments/http-problem-types#quota-exceeded");
  EXPECT_EQ(body["status"], 429);
  EXPECT_EQ(body["violated-policies"], (nlohmann::json{"burst", "daily"}));
  EXPECT_EQ(body["title"], "Request cannot be satisfied as assigned quota has been exceeded");
}

}  // namespace
}  // namespace coefficient
