// kill -9 at random moments: every acknowledged record is there, and the log opens again.
#include <random>
#include <set>

#include "coefficient/audit/verify.h"
#include "log_support.h"
#include "support/child.h"
#include "support/seed.h"

using namespace coefficient;
using namespace coefficient::audit;

namespace {

class CrashTest : public test::LogTest {
 protected:
  // Lets a child work, kills it after some lines, and notes what it said before it died.
  void crash_once(const std::string& mode) {
    test::Child child({AUDIT_CRASH_CHILD, mode, dir()});
    const auto note = [&](const std::string& line) {
      if (line != "checkpoint") acknowledged_.insert(line);
    };
    for (auto left = 1 + random_() % 60; left > 0; --left) {
      const std::string line = child.line();
      ASSERT_FALSE(line.empty()) << "the child ended by itself";
      note(line);
    }
    ASSERT_TRUE(child.kill());
    for (std::string line = child.line(); !line.empty(); line = child.line()) note(line);
  }
  // How many acknowledged records are not there.
  int lost() {
    std::set<std::string> missing = acknowledged_;
    for (const Record& record : test::records(dir())) missing.erase(record.id);
    return static_cast<int>(missing.size());
  }

  std::mt19937 random_{test::seed()};
  std::set<std::string> acknowledged_;
};

}  // namespace

TEST_F(CrashTest, NothingAcknowledgedIsLost) {
  constexpr int kRounds = 60;
  create().reset();
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_NO_FATAL_FAILURE(crash_once("durable"));
    if (round % 10 != 9) continue;
    {
      auto log = open();
      ASSERT_NE(log, nullptr);
    }
    ASSERT_EQ(lost(), 0) << "round " << round;
    const auto report = verify_log(dir(), {.parse_records = true});
    ASSERT_TRUE(report);
    for (const Damage& damage : report->damages) ADD_FAILURE() << damage.what;
  }
  RecordProperty("acknowledged", static_cast<int>(acknowledged_.size()));
  EXPECT_GT(acknowledged_.size(), static_cast<std::size_t>(kRounds));
}

// The same count against a child that says "done" before it is: it must find what that loses, or
// the test above shows nothing.
TEST_F(CrashTest, TheCountFindsWhatAnEarlyAnswerLoses) {
  create().reset();
  int found = 0;
  for (int round = 0; round < 60 && found == 0; ++round) {
    ASSERT_NO_FATAL_FAILURE(crash_once("early"));
    { auto log = open(); }
    found = lost();
  }
  EXPECT_GT(found, 0);
}
