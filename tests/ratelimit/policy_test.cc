#include "coefficient/ratelimit/policy.h"

#include <gtest/gtest.h>

#include "coefficient/ratelimit/decision.h"
#include "coefficient/ratelimit/limiter.h"
#include "ratelimit/at.h"

using namespace coefficient;
using namespace coefficient::ratelimit;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

constexpr std::uint64_t kMost = std::uint64_t{1} << 61U;

TEST(Policy, TextThatIsRead) {
  const Policy p = *parse_policy("name=burst;limit=10;period=1s;burst=5");
  EXPECT_EQ(p.name, "burst");
  EXPECT_EQ(p.limit, 10U);
  EXPECT_EQ(p.period, 1s);
  EXPECT_EQ(p.burst, 5U);
  EXPECT_EQ(p.algorithm, Algorithm::kGcra);
  EXPECT_EQ(p.mode, Mode::kEnforce);
  EXPECT_EQ(p.max_wait, 0s);
  const Policy q =
      *parse_policy("mode=shadow;max_wait=3s;period=24h;algorithm=gcra;limit=50;name=a/b:c._-9");
  EXPECT_EQ(q.burst, 50U);
  EXPECT_EQ(q.mode, Mode::kShadow);
  EXPECT_EQ(q.max_wait, 3s);
  EXPECT_EQ(q.period, 24h);
  EXPECT_EQ(parse_policy("name=w;limit=5;period=1m;algorithm=sliding")->algorithm,
            Algorithm::kSlidingWindow);
}

TEST(Policy, Durations) {
  const std::vector<std::pair<const char*, nanoseconds>> durations = {
      {"1ns", 1ns},         {"7us", 7us},
      {"1500ms", 1500ms},   {"90s", 90s},
      {"2m", 2min},         {"12h", 12h},
      {"640000h", 640000h}, {"2305843009213693952ns", nanoseconds(std::int64_t{1} << 61)}};
  for (const auto& [text, duration] : durations) {
    const auto p = parse_policy("name=n;limit=1;period=" + std::string(text));
    ASSERT_TRUE(p) << text;
    EXPECT_EQ(p->period, duration) << text;
  }
  for (const char* text : {"", "s", "1", "1 s", "-1s", "+1s", "01s", "1.5s", "1d", "1S", "1mss",
                           "0s", "1s ", "2305843009213693953ns", "9223372036854775808ns",
                           "18446744073709551616ns", "641000h", "99999999999999999999h"})
    EXPECT_EQ(parse_policy("name=n;limit=1;period=" + std::string(text)).error().code,
              ErrorCode::kInvalidArgument)
        << text;
}

TEST(Policy, TextThatIsRefused) {
  for (const char* text : {
           "",
           ";",
           "name",
           "name=n",
           "name=n;limit=1",
           "name=n;period=1s",
           "limit=1;period=1s",
           "name=n;limit=1;period=1s;",
           ";name=n;limit=1;period=1s",
           "name=n;;limit=1;period=1s",
           "name=n;limit=1;period=1s;limit=1",
           "name=n;limit=1;period=1s;color=red",
           "name=n;limit=1;period=1s;Burst=1",
           "name=n;limit=0;period=1s",
           "name=n;limit=01;period=1s",
           "name=n;limit=1e3;period=1s",
           "name=n;limit=18446744073709551616;period=1s",
           "name=n;limit=2305843009213693953;period=1s",
           "name=n;limit=1;period=1s;burst=0",
           "name=n;limit=1;period=1s;burst=-1",
           "name=n;limit=1;period=1s;burst=",
           "name=n;limit=1;period=2305843009213693952ns;burst=2",
           "name=n;limit=1;period=2305843009213693952ns;max_wait=1ns",
           "name=n;limit=1;period=1s;algorithm=fixed",
           "name=n;limit=1;period=1s;algorithm=sliding;max_wait=1s",
           "name=n;limit=1;period=1s;mode=off",
           "name=;limit=1;period=1s",
           "name=a b;limit=1;period=1s",
           "name=\"a\";limit=1;period=1s",
           "name=n\n;limit=1;period=1s",
           "name=0123456789012345678901234567890123456789012345678901234567890123X;limit=1;"
           "period=1s",
       }) {
    const auto p = parse_policy(text);
    ASSERT_FALSE(p) << text;
    EXPECT_EQ(p.error().code, ErrorCode::kInvalidArgument) << text;
  }
  EXPECT_EQ(parse_policy(std::string(513, 'a')).error().code, ErrorCode::kResourceExhausted);
}

// What an operator put there by mistake may be a secret.
TEST(Policy, ErrorsDoNotRepeatWhatIsNotKnown) {
  for (const char* text : {"s3cr3t", "s3cr3t=1", "name=s3cr3t!", "name=n;limit=s3cr3t"})
    EXPECT_EQ(parse_policy(text).error().message.find("s3cr3t"), std::string::npos) << text;
}

TEST(Policy, TextOfAPolicyGivesThePolicy) {
  for (const char* text :
       {"name=burst;limit=10;period=1s;burst=5", "name=n;limit=7;period=1500ms",
        "name=n;limit=1;period=1ns;max_wait=90m", "name=n;limit=1;period=24h;mode=shadow",
        "name=w;limit=5;period=61s;algorithm=sliding",
        "name=w;limit=5;period=1m;burst=9;algorithm=sliding;mode=shadow"})
    EXPECT_EQ(to_text(*parse_policy(text)), text);
}

TEST(Policy, BoundsOfTheStruct) {
  const Policy good = ten_per_second();
  EXPECT_TRUE(check_policy(good));
  const auto refused = [&](auto change) {
    Policy p = good;
    change(p);
    return !check_policy(p) && !Limiter::create(p);
  };
  EXPECT_TRUE(refused([](Policy& p) { p.name.clear(); }));
  EXPECT_TRUE(refused([](Policy& p) { p.name = "\xc3\xa4"; }));
  EXPECT_TRUE(refused([](Policy& p) { p.limit = 0; }));
  EXPECT_TRUE(refused([](Policy& p) { p.limit = kMost + 1; }));
  EXPECT_TRUE(refused([](Policy& p) { p.period = 0s; }));
  EXPECT_TRUE(refused([](Policy& p) { p.period = -1s; }));
  EXPECT_TRUE(refused([](Policy& p) { p.period = nanoseconds(kMost) + 1ns; }));
  EXPECT_TRUE(refused([](Policy& p) { p.burst = 0; }));
  EXPECT_TRUE(refused([](Policy& p) { p.burst = kMost / 100'000'000 + 1; }));
  EXPECT_TRUE(refused([](Policy& p) { p.max_wait = -1ns; }));
  EXPECT_TRUE(refused([](Policy& p) { p.max_wait = nanoseconds(kMost) - 500ms + 1ns; }));
  EXPECT_FALSE(refused([](Policy& p) { p.max_wait = nanoseconds(kMost) - 500ms; }));
  EXPECT_TRUE(refused([](Policy& p) { p.algorithm = static_cast<Algorithm>(7); }));
  EXPECT_TRUE(refused([](Policy& p) { p.mode = static_cast<Mode>(7); }));
}

TEST(Decision, WhichOneBinds) {
  const Decision rich{.allowed = true, .remaining = 7};
  const Decision poor{.allowed = true, .remaining = 1};
  const Decision soon{.allowed = false, .remaining = 9, .retry_after = 1s};
  const Decision late{.allowed = false, .remaining = 9, .retry_after = 2s};
  const Decision never{.allowed = false, .retry_after = std::nullopt};
  const auto binds = [](std::vector<Decision> all) { return &binding_decision(all) - all.data(); };
  EXPECT_EQ(binds({rich}), 0);
  EXPECT_EQ(binds({rich, poor, poor}), 1);
  EXPECT_EQ(binds({rich, soon, poor}), 1);
  EXPECT_EQ(binds({soon, late, late}), 1);
  EXPECT_EQ(binds({late, never, never, soon}), 1);
}

}  // namespace
