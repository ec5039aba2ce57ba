#include "rfc3339.h"

#include <gtest/gtest.h>

#include <random>

using examples::parse_rfc3339;
using examples::rfc3339;
using namespace std::chrono;

TEST(Rfc3339, ReadsWhatIsOfItsForm) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:01Z"), system_clock::time_point(seconds(1)));
  EXPECT_EQ(
      parse_rfc3339("2026-11-24T23:05:06.25Z"),
      sys_days(year(2026) / 11 / 24) + hours(23) + minutes(5) + seconds(6) + milliseconds(250));
  EXPECT_EQ(parse_rfc3339("2024-02-29T00:00:00.007Z"),
            sys_days(year(2024) / 2 / 29) + milliseconds(7));
  EXPECT_EQ(parse_rfc3339("2200-12-31T23:59:59.9Z"),
            sys_days(year(2201) / 1 / 1) - milliseconds(100));
}

TEST(Rfc3339, RefusesEverythingElse) {
  for (const char* text : {"",
                           "Z",
                           "2026-11-24",
                           "2026-11-24T23:05Z",
                           "2026-11-24T23:05:06",
                           "2026-11-24 23:05:06Z",
                           "2026-11-24T23:05:06z",
                           "2026-11-24T23:05:06+00:00",
                           "2026-02-29T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-11-24T24:00:00Z",
                           "2026-11-24T23:60:00Z",
                           "2026-11-24T23:05:60Z",
                           "2026-11-24T23:05:06.Z",
                           "2026-11-24T23:05:06.1234Z",
                           "2026-11-24T23:05:06ZZ",
                           "1969-12-31T23:59:59Z",
                           "2201-01-01T00:00:00Z",
                           "9999-01-01T00:00:00Z",
                           "-026-11-24T23:05:06Z"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(Rfc3339, ReadsWhatItWrites) {
  EXPECT_EQ(rfc3339(system_clock::time_point(milliseconds(1))), "1970-01-01T00:00:00.001Z");
  EXPECT_EQ(rfc3339(system_clock::time_point(milliseconds(-1))), "1969-12-31T23:59:59.999Z");
  std::mt19937_64 random(8);
  for (int i = 0; i < 1000; ++i) {
    const system_clock::time_point time(milliseconds(random() % 7'000'000'000'000));
    EXPECT_EQ(parse_rfc3339(rfc3339(time)), time);
  }
}
