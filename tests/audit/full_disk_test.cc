// A disk that is full, as the kernel says it and not a stand-in: a small file system in memory.
// Needs root, to mount it.
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <set>

#include "coefficient/audit/verify.h"
#include "log_support.h"
#include "support/child.h"
#include "support/small_disk.h"

using namespace coefficient;
using namespace coefficient::audit;

namespace {

class FullDiskTest : public testing::Test {
 protected:
  static constexpr std::size_t kDiskBytes = std::size_t{2} << 20;

  void SetUp() override {
    std::filesystem::create_directory(temp_.path() / "disk");
    disk_.emplace(temp_.path() / "disk", kDiskBytes);
    if (!disk_->ready()) GTEST_SKIP() << disk_->why_not();
    // The control: it is another file system, and it is that small.
    struct stat here {};
    struct stat there {};
    ASSERT_EQ(::stat(temp_.path().c_str(), &here), 0);
    ASSERT_EQ(::stat(disk_->path().c_str(), &there), 0);
    ASSERT_NE(here.st_dev, there.st_dev);
    ASSERT_LE(std::filesystem::space(disk_->path()).available, kDiskBytes);
    std::filesystem::create_directory(log_dir());
  }
  [[nodiscard]] std::string log_dir() const { return (disk_->path() / "log").string(); }

  Result<Receipt> append_one(Log& log) {
    Record record = test::event();
    record.id = "r" + std::to_string(next_++);
    record.reason = std::string(700, 'x');
    auto receipt = log.append(record);
    (receipt && !receipt->dropped ? acknowledged_ : refused_).insert(record.id);
    return receipt;
  }
  // Appends until the log says that it is full.
  void append_until_full(Log& log) {
    for (int i = 0; i < 10'000; ++i) {
      const auto receipt = append_one(log);
      if (receipt) continue;
      ASSERT_EQ(receipt.error().code, ErrorCode::kResourceExhausted) << receipt.error().message;
      return;
    }
    FAIL() << "the disk did not become full";
  }
  // What was acknowledged is there, what was refused is not, and all of it is sound.
  void expect_sound() {
    const auto report = verify_log(log_dir(), {.parse_records = true});
    ASSERT_TRUE(report) << report.error().message;
    for (const Damage& damage : report->damages) ADD_FAILURE() << damage.what;
    std::set<std::string> there;
    for (const Record& record : test::records(log_dir())) there.insert(record.id);
    EXPECT_TRUE(
        std::includes(there.begin(), there.end(), acknowledged_.begin(), acknowledged_.end()));
    for (const std::string& id : refused_) EXPECT_FALSE(there.contains(id)) << id;
  }
  [[nodiscard]] std::ptrdiff_t count(const std::string& action) const {
    const auto all = test::actions(log_dir());
    return std::count(all.begin(), all.end(), action);
  }

  test::TempDir temp_;
  std::optional<test::SmallDisk> disk_;
  int next_ = 0;
  std::set<std::string> acknowledged_;
  std::set<std::string> refused_;
};

}  // namespace

TEST_F(FullDiskTest, IsOnRecordLosesNothingAndPasses) {
  auto log = Log::create(log_dir(), test::kOrigin, system_clock(), {.max_segment_bytes = 262'144});
  ASSERT_TRUE(log) << log.error().error.message;
  for (int round = 1; round <= 3; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    // The control: with room nothing is refused, and more fits than one segment holds.
    for (int i = 0; i < 300; ++i) ASSERT_TRUE(append_one(**log));
    ASSERT_TRUE((*log)->checkpoint());
    ASSERT_TRUE(disk_->fill());
    ASSERT_NO_FATAL_FAILURE(append_until_full(**log));
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(append_one(**log).error().code, ErrorCode::kResourceExhausted);
    EXPECT_EQ(count("log.full"), round);  // in the room that was kept for it
    ASSERT_NO_FATAL_FAILURE(expect_sound());
    ASSERT_TRUE(disk_->make_room());
    const auto receipt = append_one(**log);
    ASSERT_TRUE(receipt) << receipt.error().message;
    ASSERT_TRUE((*log)->checkpoint());
    ASSERT_NO_FATAL_FAILURE(expect_sound());
    if (round == 3) break;
    // The next round has the room that this one used.
    ASSERT_TRUE(disk_->resize(kDiskBytes * static_cast<std::size_t>(round + 1)));
  }
  ASSERT_TRUE((*log)->close());
  log->reset();
  ASSERT_TRUE(Log::open(log_dir(), system_clock()));
  expect_sound();
}

// A checkpoint for which there is no room is refused and leaves nothing of itself.
TEST_F(FullDiskTest, ACheckpointIsRefusedAndSignedLater) {
  auto log = Log::create(log_dir(), test::kOrigin, system_clock(), {.max_segment_bytes = 262'144});
  ASSERT_TRUE(log);
  ASSERT_TRUE(append_one(**log));
  ASSERT_TRUE(disk_->fill());
  bool refused = false;
  for (int i = 0; i < 200 && !refused; ++i) {
    // Room for records was written in advance: they go on longer than checkpoints do.
    ASSERT_TRUE(append_one(**log));
    const auto note = (*log)->checkpoint();
    refused = !note;
    if (refused) {
      EXPECT_EQ(note.error().code, ErrorCode::kResourceExhausted);
    }
  }
  EXPECT_TRUE(refused);
  ASSERT_NO_FATAL_FAILURE(expect_sound());
  ASSERT_TRUE(disk_->make_room());
  const auto note = (*log)->checkpoint();
  ASSERT_TRUE(note) << note.error().message;
  EXPECT_EQ(verify_log(log_dir())->confirmed, (*log)->size());
  ASSERT_TRUE((*log)->close());
  log->reset();
  expect_sound();
  ASSERT_TRUE(Log::open(log_dir(), system_clock()));
}

// No other file fills it but the log's own: a process writes until it cannot, and ends.
TEST_F(FullDiskTest, ALogThatFilledItsDiskOpensAgainWhenThereIsRoom) {
  ASSERT_TRUE(Log::create(log_dir(), test::kOrigin, system_clock()));
  test::Child child({AUDIT_CRASH_CHILD, "durable", log_dir()});
  for (std::string line = child.line(); !line.empty(); line = child.line())
    if (line != "checkpoint") acknowledged_.insert(line);
  EXPECT_FALSE(child.kill()) << "it ended by itself";
  EXPECT_GT(acknowledged_.size(), 500U);
  // On a disk without room it may not open, and then it is for that reason only.
  {
    const auto log = Log::open(log_dir(), system_clock());
    if (!log) {
      EXPECT_EQ(log.error().error.code, ErrorCode::kResourceExhausted) << log.error().error.message;
      EXPECT_FALSE(log.error().damage);
    }
  }
  ASSERT_NO_FATAL_FAILURE(expect_sound());
  ASSERT_TRUE(disk_->resize(4 * kDiskBytes));
  auto log = Log::open(log_dir(), system_clock());
  ASSERT_TRUE(log) << log.error().error.message;
  ASSERT_TRUE(append_one(**log));
  log->reset();
  expect_sound();
}

// The same against a child that says "written" before it is: what the full disk took must be
// missed, or the test above shows nothing.
TEST_F(FullDiskTest, TheCountFindsWhatAnEarlyAnswerLoses) {
  ASSERT_TRUE(Log::create(log_dir(), test::kOrigin, system_clock()));
  test::Child child({AUDIT_CRASH_CHILD, "early", log_dir()});
  for (std::string line = child.line(); !line.empty(); line = child.line())
    if (line != "checkpoint") acknowledged_.insert(line);
  std::set<std::string> missing = acknowledged_;
  for (const Record& record : test::records(log_dir())) missing.erase(record.id);
  EXPECT_FALSE(missing.empty());
}

TEST_F(FullDiskTest, WhoGoesOnWithoutARecordHasTheirNumberOnRecord) {
  auto log = Log::create(log_dir(), test::kOrigin, system_clock(),
                         {.on_failure = OnFailure::kFailOpenCounted, .max_segment_bytes = 262'144});
  ASSERT_TRUE(log);
  ASSERT_TRUE(disk_->fill());
  for (int i = 0; i < 10'000 && refused_.size() < 5; ++i) ASSERT_TRUE(append_one(**log));
  ASSERT_EQ(refused_.size(), 5U);
  EXPECT_GT((*log)->dropped(), 0U);
  ASSERT_TRUE(disk_->make_room());
  ASSERT_TRUE(append_one(**log));
  EXPECT_EQ((*log)->dropped(), 0U);
  ASSERT_TRUE((*log)->close());
  log->reset();
  expect_sound();
  // In one record or more: that of the number is short, and may fit where another did not.
  std::int64_t dropped = 0;
  for (const Record& record : test::records(log_dir())) {
    if (record.action == "audit.dropped")
      dropped += std::get<std::int64_t>(record.details.at("count").data);
  }
  EXPECT_EQ(dropped, 5);
}

// A new key that found no room: records are written on, but nothing is signed until the log is
// opened anew, and then by the key that was in office or by its successor.
TEST_F(FullDiskTest, AChangeOfKeysIsFinishedOrUndoneByTheNextOpening) {
  ManualClock clock(std::chrono::sys_days(std::chrono::year(2026) / 11 / 23));
  const LogOptions options{.max_segment_bytes = 262'144,
                           .max_segment_age = std::chrono::hours(1000),
                           .heartbeat_every = std::chrono::seconds(0)};
  auto log = Log::create(log_dir(), test::kOrigin, clock, options);
  ASSERT_TRUE(log);
  ASSERT_TRUE(append_one(**log));
  ASSERT_TRUE((*log)->checkpoint());
  ASSERT_TRUE(disk_->fill());
  clock.advance(std::chrono::hours(25));
  const auto now = std::chrono::floor<std::chrono::microseconds>(clock.now());
  const auto ticked = (*log)->tick(now);
  ASSERT_FALSE(ticked);
  EXPECT_EQ(ticked.error().code, ErrorCode::kResourceExhausted) << ticked.error().message;
  ASSERT_TRUE(disk_->make_room());
  ASSERT_TRUE(append_one(**log));
  EXPECT_EQ((*log)->checkpoint().error().code, ErrorCode::kFailedPrecondition);
  log->reset();
  auto again = Log::open(log_dir(), clock, options);
  ASSERT_TRUE(again) << again.error().error.message;
  ASSERT_TRUE(append_one(**again));
  ASSERT_TRUE((*again)->tick(now));
  ASSERT_TRUE((*again)->close());
  again->reset();
  expect_sound();
}
