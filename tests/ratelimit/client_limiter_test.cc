#include "coefficient/ratelimit/client_limiter.h"

#include <gtest/gtest.h>

#include <ctime>
#include <vector>

#include "ratelimit/http_date.h"

namespace coefficient {
namespace {

using namespace std::chrono_literals;
using ratelimit::Answer;
using ratelimit::AnswerField;
using ratelimit::ClientLimiter;
using ratelimit::ClientLimiterOptions;
using ratelimit::RateAdvice;
using ratelimit::Service;
using Limited = ratelimit::RateAdvice::Limited;

// 2023-11-14 22:13:20 UTC, a Tuesday.
constexpr std::chrono::system_clock::time_point kNow(1'700'000'000s);
constexpr const char* kDate = "Tue, 14 Nov 2023 22:13:20 GMT";

RateAdvice read(Service service, int status, const std::vector<AnswerField>& fields,
                std::string_view body = "") {
  return ratelimit::read_rate_advice(service, {status, fields, body}, kNow);
}

TEST(HttpDate, ReadsWhatExistsAndNothingElse) {
  using ratelimit::detail::parse_http_date;
  EXPECT_EQ(parse_http_date(kDate), std::chrono::sys_seconds(1'700'000'000s));
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), std::chrono::sys_seconds(784111777s));
  EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 23:59:60 GMT"),
            std::chrono::sys_seconds(1709251200s));
  for (const char* text : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                           "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
                           "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
                           "Wed, 30 Feb 2024 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
                           "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, +6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ",
                           "Sun, 06 Nov 1994 08-49:37 GMT"})
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
}

TEST(HttpDate, AgreesWithTheSystem) {
  for (std::time_t t = 1; t < 8'000'000'000; t += 98'765'432) {
    std::tm parts{};
    gmtime_r(&t, &parts);
    char text[64];
    ASSERT_EQ(std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts), 29U);
    EXPECT_EQ(ratelimit::detail::parse_http_date(text),
              std::chrono::sys_seconds(std::chrono::seconds(t)));
  }
}

TEST(RateAdvice, GithubSuccessTellsWhatRemains) {
  const RateAdvice got = read(Service::kGithub, 200,
                              {{"X-RateLimit-Limit", "5000"},
                               {"X-RateLimit-Remaining", "4987"},
                               {"x-ratelimit-reset", "1700003600"},
                               {"x-ratelimit-resource", "core"}});
  EXPECT_EQ(got.limited, Limited::kNo);
  EXPECT_EQ(got.remaining, 4987U);
  EXPECT_EQ(got.reset_in, 3600s);
  EXPECT_EQ(got.resource, "core");
}

TEST(RateAdvice, GithubResetIsTakenByItsOwnClock) {
  const RateAdvice got = read(Service::kGithub, 200,
                              {{"x-ratelimit-remaining", "1"},
                               {"x-ratelimit-reset", "1700003600"},
                               {"Date", "Tue, 14 Nov 2023 23:13:00 GMT"}});
  EXPECT_EQ(got.reset_in, 20s);
}

struct Refusal {
  const char* what;
  int status;
  std::vector<AnswerField> fields;
  const char* body;
  Limited limited;
  std::optional<std::chrono::seconds> wait;
};

TEST(RateAdvice, GithubRefusals) {
  const std::vector<Refusal> refusals{
      {"primary",
       403,
       {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1700000100"}},
       "",
       Limited::kResource,
       100s},
      {"primary, 429",
       429,
       {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1700000100"}},
       "",
       Limited::kResource,
       100s},
      {"primary, over",
       403,
       {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1600000000"}},
       "",
       Limited::kEverything,
       std::nullopt},
      {"primary, over at this moment",
       429,
       {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1700000000"}},
       "",
       Limited::kEverything,
       std::nullopt},
      {"secondary that used up the primary, too",
       403,
       {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1700000100"}},
       R"({"message":"You have exceeded a secondary rate limit."})",
       Limited::kEverything,
       std::nullopt},
      {"secondary with a time", 403, {{"Retry-After", "60"}}, "", Limited::kEverything, 60s},
      {"secondary with a date",
       403,
       {{"Retry-After", "Tue, 14 Nov 2023 22:14:20 GMT"}},
       "",
       Limited::kEverything,
       60s},
      {"secondary, some left",
       403,
       {{"retry-after", "30"},
        {"x-ratelimit-remaining", "12"},
        {"x-ratelimit-reset", "1700000100"}},
       "",
       Limited::kEverything,
       30s},
      {"secondary by its message",
       403,
       {},
       R"({"message":"You have exceeded a Secondary Rate Limit. Please wait"})",
       Limited::kEverything,
       std::nullopt},
      {"429 and nothing else", 429, {}, "", Limited::kEverything, std::nullopt},
      {"429 and garbage", 429, {{"retry-after", "soon"}}, "", Limited::kEverything, std::nullopt},
      {"remaining 0 without a time",
       429,
       {{"x-ratelimit-remaining", "0"}},
       "",
       Limited::kEverything,
       std::nullopt},
      {"forbidden",
       403,
       {{"x-ratelimit-remaining", "4999"}, {"x-ratelimit-reset", "1700000100"}},
       R"({"message":"Resource not accessible by integration"})",
       Limited::kNo,
       std::nullopt},
      {"server error", 503, {{"retry-after", "5"}}, "", Limited::kNo, std::nullopt},
  };
  for (const Refusal& one : refusals) {
    const RateAdvice got = read(Service::kGithub, one.status, one.fields, one.body);
    EXPECT_EQ(got.limited, one.limited) << one.what;
    EXPECT_EQ(got.wait, one.wait) << one.what;
  }
}

TEST(RateAdvice, SlackRefusals) {
  EXPECT_EQ(read(Service::kSlack, 429, {{"Retry-After", "30"}}).wait, 30s);
  EXPECT_EQ(read(Service::kSlack, 429, {}).limited, Limited::kResource);
  EXPECT_EQ(
      read(Service::kSlack, 200, {{"Retry-After", "30"}}, R"({"error":"ratelimited"})").limited,
      Limited::kNo);
}

TEST(RateAdvice, MalformedFieldsAreNotThere) {
  for (const char* value : {"", "-1", "+1", " 1", "1 ", "1.5", "0x1", "1e3", "one",
                            "99999999999999999999", "\xff", "1,2"}) {
    const RateAdvice got = read(
        Service::kGithub, 429,
        {{"x-ratelimit-remaining", value}, {"x-ratelimit-reset", value}, {"retry-after", value}});
    EXPECT_EQ(got.remaining, std::nullopt) << value;
    EXPECT_EQ(got.reset_in, std::nullopt) << value;
    EXPECT_EQ(got.wait, std::nullopt) << value;
    EXPECT_EQ(got.limited, Limited::kEverything);
  }
  // Two that differ say nothing; two alike are one.
  EXPECT_EQ(read(Service::kSlack, 429, {{"retry-after", "1"}, {"Retry-After", "2"}}).wait,
            std::nullopt);
  EXPECT_EQ(read(Service::kSlack, 429, {{"retry-after", "2"}, {"Retry-After", "2"}}).wait, 2s);
  EXPECT_EQ(read(Service::kSlack, 429, {{"retry-after", "9999999999999999999"}}).wait,
            315'576'000s);
  EXPECT_EQ(read(Service::kGithub, 200, {{"x-ratelimit-resource", "Co re"}}).resource, "");
}

class ClientLimiterTest : public testing::Test {
 protected:
  ClientLimiter make(const ClientLimiterOptions& options = {}) {
    return ClientLimiter::create(options, clock_).value();
  }
  RateAdvice learn(ClientLimiter& limiter, int status, std::vector<AnswerField> fields,
                   std::string_view resource = "core") {
    return limiter.after_answer(resource, {status, fields, ""});
  }
  // With the time that the clock has, as a service would say it.
  std::string epoch(std::chrono::seconds from_now) {
    return std::to_string(std::chrono::floor<std::chrono::seconds>(clock_.now() + from_now)
                              .time_since_epoch()
                              .count());
  }
  ManualClock clock_{kNow};
};

TEST_F(ClientLimiterTest, NothingKnownNothingHeld) {
  ClientLimiter limiter = make();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(limiter.before_request("core"), 0ns);
}

TEST_F(ClientLimiterTest, SendsNoMoreThanRemain) {
  ClientLimiter limiter = make();
  EXPECT_EQ(limiter.before_request("core"), 0ns);
  const std::string reset = epoch(100s);
  learn(limiter, 200, {{"x-ratelimit-remaining", "2"}, {"x-ratelimit-reset", reset}});
  EXPECT_EQ(limiter.before_request("core"), 0ns);
  EXPECT_EQ(limiter.before_request("core"), 0ns);
  EXPECT_EQ(limiter.before_request("core"), 100s);
  EXPECT_EQ(limiter.before_request("search"), 0ns);
  // An answer to an earlier request, which comes late, does not raise it.
  learn(limiter, 200, {{"x-ratelimit-remaining", "3"}, {"x-ratelimit-reset", reset}});
  EXPECT_EQ(limiter.before_request("core"), 100s);
  clock_.advance(100s);
  EXPECT_EQ(limiter.before_request("core"), 0ns);
  learn(limiter, 200, {{"x-ratelimit-remaining", "4999"}, {"x-ratelimit-reset", epoch(3600s)}});
  EXPECT_EQ(limiter.before_request("core"), 0ns);
}

TEST_F(ClientLimiterTest, APrimaryLimitStopsItsResource) {
  ClientLimiter limiter = make();
  learn(limiter, 403,
        {{"x-ratelimit-remaining", "0"},
         {"x-ratelimit-reset", epoch(900s)},
         {"x-ratelimit-resource", "search"}},
        "GET /search/code");
  EXPECT_EQ(limiter.before_request("search"), 900s);
  EXPECT_EQ(limiter.before_request("GET /search/code"), 900s);
  EXPECT_EQ(limiter.before_request("core"), 0ns);
  clock_.advance(900s);
  EXPECT_EQ(limiter.before_request("search"), 0ns);
}

TEST_F(ClientLimiterTest, ASecondaryLimitStopsAllForAMinuteAndThenLonger) {
  ClientLimiter limiter = make();
  std::vector<std::chrono::nanoseconds> waits;
  for (int i = 0; i < 9; ++i) {
    learn(limiter, 429, {});
    learn(limiter, 429, {});  // of the same flight
    waits.push_back(limiter.before_request("search"));
    clock_.advance(waits.back());
    EXPECT_EQ(limiter.before_request("core"), 0ns);
  }
  EXPECT_EQ(waits, (std::vector<std::chrono::nanoseconds>{60s, 120s, 240s, 480s, 960s, 1920s, 3600s,
                                                          3600s, 3600s}));
  EXPECT_EQ(limiter.refusals(), 9U);
  learn(limiter, 200, {});
  EXPECT_EQ(limiter.refusals(), 0U);
  learn(limiter, 403, {{"retry-after", "30"}});
  EXPECT_EQ(limiter.before_request("core"), 60s);  // not less, whatever it says
  learn(limiter, 403, {{"retry-after", "300"}});
  EXPECT_EQ(limiter.before_request("core"), 300s);
}

// "At once" from a service that refuses would be a loop without a pause.
TEST_F(ClientLimiterTest, ARefusalWithoutAWaitStillPausesAndDoubles) {
  struct Case {
    const char* what;
    Service service;
    std::vector<AnswerField> fields;
  };
  const std::vector<Case> cases = {
      {"a reset that is over",
       Service::kGithub,
       {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1600000000"}}},
      {"retry at once", Service::kSlack, {{"Retry-After", "0"}}},
      {"retry in the past", Service::kSlack, {{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"}}},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.what);
    ClientLimiter limiter = make({.service = one.service});
    for (const std::chrono::nanoseconds pause : {60s, 120s, 240s}) {
      learn(limiter, 429, one.fields);
      EXPECT_EQ(limiter.before_request("core"), pause);
      clock_.advance(pause);
    }
  }
}

TEST_F(ClientLimiterTest, ASecondaryLimitIsNotHiddenByAPrimaryOne) {
  ClientLimiter limiter = make();
  const std::string reset = epoch(900s);
  const std::vector<AnswerField> fields = {{"x-ratelimit-remaining", "0"},
                                           {"x-ratelimit-reset", reset}};
  limiter.after_answer("core", {403, fields, "You have exceeded a secondary rate limit"});
  EXPECT_EQ(limiter.before_request("search"), 60s);
  clock_.advance(60s);
  EXPECT_EQ(limiter.before_request("search"), 0ns);
  EXPECT_EQ(limiter.before_request("core"), 840s);  // of that resource nothing remains until then
}

TEST_F(ClientLimiterTest, AnEarlierSuccessEndsNoPause) {
  ClientLimiter limiter = make();
  learn(limiter, 429, {});
  learn(limiter, 200, {});
  EXPECT_EQ(limiter.before_request("core"), 60s);
  EXPECT_EQ(limiter.refusals(), 1U);
}

TEST_F(ClientLimiterTest, SlackStopsAMethod) {
  ClientLimiter limiter = make({.service = Service::kSlack});
  learn(limiter, 429, {{"Retry-After", "3"}}, "T1/chat.postMessage");
  EXPECT_EQ(limiter.before_request("T1/chat.postMessage"), 3s);
  EXPECT_EQ(limiter.before_request("T2/chat.postMessage"), 0ns);
  EXPECT_EQ(limiter.before_request("T1/users.info"), 0ns);
  clock_.advance(3s);
  EXPECT_EQ(limiter.before_request("T1/chat.postMessage"), 0ns);
  learn(limiter, 429, {}, "T1/users.info");
  EXPECT_GE(limiter.before_request("T1/users.info"), 60s);
}

TEST_F(ClientLimiterTest, NoAnswerStopsForEver) {
  ClientLimiter limiter = make({.longest_wait = 1h});
  learn(limiter, 429, {{"retry-after", "9999999999999999999"}});
  EXPECT_EQ(limiter.before_request("core"), 1h);
  clock_.advance(1h);
  EXPECT_EQ(limiter.before_request("core"), 0ns);
  learn(limiter, 200, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "9999999999999"}});
  EXPECT_EQ(limiter.before_request("core"), 1h);
  clock_.advance(1h);
  EXPECT_EQ(limiter.before_request("core"), 0ns);
}

TEST_F(ClientLimiterTest, MemoryIsBoundedAndWhatDoesNotFitStopsAll) {
  ClientLimiter limiter = make({.service = Service::kSlack, .max_resources = 4});
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(limiter.before_request("r" + std::to_string(i)), 0ns);
  for (int i = 0; i < 4; ++i)
    learn(limiter, 429, {{"retry-after", "100"}}, "m" + std::to_string(i));
  learn(limiter, 429, {{"retry-after", "50"}}, "m9");
  EXPECT_EQ(limiter.before_request("anything"), 50s);
  clock_.advance(100s);
  EXPECT_EQ(limiter.before_request("anything"), 0ns);
  const std::string longer(200, 'x');
  learn(limiter, 429, {{"retry-after", "7"}}, longer + "a");
  EXPECT_EQ(limiter.before_request(longer + "b"), 7s);
}

TEST_F(ClientLimiterTest, OptionsAreChecked) {
  const auto refused = [](const ClientLimiterOptions& options) {
    const auto made = ClientLimiter::create(options);
    return !made && made.error().code == ErrorCode::kInvalidArgument;
  };
  EXPECT_FALSE(refused({}));
  EXPECT_TRUE(refused({.first_pause = 0s}));
  EXPECT_TRUE(refused({.first_pause = 2h}));
  EXPECT_TRUE(refused({.longest_wait = std::chrono::seconds::max()}));
  EXPECT_TRUE(refused({.max_resources = 0}));
  EXPECT_TRUE(refused({.service = static_cast<Service>(9)}));
}

}  // namespace
}  // namespace coefficient
