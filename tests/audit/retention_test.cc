// Pruning by age and by index, and legal holds.
#include <algorithm>

#include "audit/segment.h"
#include "coefficient/audit/log.h"
#include "coefficient/audit/verify.h"
#include "log_support.h"

using namespace coefficient;
using namespace coefficient::audit;
using namespace std::chrono_literals;
using test::event;
using test::segments;
using Strings = std::vector<std::string>;
using RetentionTest = test::LogTest;

TEST_F(RetentionTest, PrunesWholeSegmentsAndSaysSo) {
  auto log = create({.max_segment_bytes = 65'536, .heartbeat_every = 0s});
  Record record = event();
  record.reason = std::string(20'000, 'x');
  for (int i = 0; i < 12; ++i) {
    clock_.advance(1h);
    ASSERT_TRUE(log->append(record));
  }
  const Strings before = segments(temp_.path());
  ASSERT_EQ(before.size(), 4U);
  const Hash root = verify_log(dir())->root;

  auto report = log->prune({.before = now() - 5h, .before_index = ~0ULL});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->segments, 2U);
  EXPECT_EQ(report->records, report->first_kept);
  EXPECT_EQ(segments(temp_.path()), Strings(before.begin() + 2, before.end()));
  const auto verified = verify_log(dir());
  EXPECT_TRUE(verified->intact()) << verified->damages.front().what;
  EXPECT_EQ(verified->first_kept, report->first_kept);
  EXPECT_NE(verified->root, root) << "there is one more record: log.pruned";
  EXPECT_EQ(verified->records, 14U);
}

TEST_F(RetentionTest, PrunesOnlyWhereAllRecordsAreOlder) {
  auto log = create({.heartbeat_every = 0s});
  for (const auto age : {100h, 1h, 100h}) {
    Record record = event();
    record.time = now() - age;
    ASSERT_TRUE(log->append(record));
  }
  ASSERT_TRUE(log->rotate());
  clock_.advance(1h);
  EXPECT_EQ(log->prune({.before = now() - 50h})->segments, 0U);
  EXPECT_EQ(log->prune({.before = now() - 1h})->segments, 0U) << "log.created is an hour old";
  EXPECT_EQ(log->prune({.before = now()})->segments, 1U);
}

TEST_F(RetentionTest, APrunedLogIsWholeAndGoesOn) {
  auto log = create({.max_segment_bytes = 65'536, .heartbeat_every = 0s});
  Record record = event();
  record.reason = std::string(20'000, 'x');
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(log->append(record));
  ASSERT_TRUE(log->checkpoint());
  EXPECT_EQ(log->prune({.before = now(), .before_index = ~0ULL})->segments, 0U) << "not older";
  const auto report = log->prune({.before = Timestamp::max(), .before_index = 7});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->segments, 2U);
  EXPECT_LE(report->first_kept, 7U);
  log.reset();
  expect_intact(14);
  log = open();
  ASSERT_TRUE(log->append(record));
  EXPECT_EQ(log->prune({})->segments, 1U) << "all but the last";
  log.reset();
  const auto verified = verify_log(dir());
  ASSERT_TRUE(verified);
  EXPECT_TRUE(verified->intact()) << verified->damages.front().what;
  EXPECT_GT(verified->first_kept, report->first_kept);

  // Without the record of it, pruning is damage.
  const std::string first = segment_name(SegmentKind::kHashes, 0);
  ASSERT_TRUE(std::filesystem::exists(path(first)));
  std::filesystem::remove(path(first));
  EXPECT_FALSE(verify_log(dir())->intact());
  EXPECT_EQ(try_open().error().damage->kind, DamageKind::kCorrupt);
}

// What is on record of it lies behind the damage: that is no reason to say that nobody pruned.
TEST_F(RetentionTest, DamageBehindWhatWasPrunedIsNotCalledRemovedRecords) {
  auto log = create({.heartbeat_every = 0s});
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(log->append(event("u" + std::to_string(i))));
  ASSERT_TRUE(log->rotate());
  for (int i = 4; i < 8; ++i) ASSERT_TRUE(log->append(event("u" + std::to_string(i))));
  ASSERT_TRUE(log->checkpoint());
  ASSERT_EQ(log->prune({})->first_kept, 5U);
  log.reset();
  const std::string segment = segments(temp_.path()).at(0);
  const std::string good = test::read_all(path(segment));
  std::string bad = good;
  bad[bad.find("\"u6\"") + 1] = 'U';
  test::write_all(path(segment), bad);
  const auto report = verify_log(dir());
  ASSERT_TRUE(report);
  ASSERT_FALSE(report->damages.empty());
  for (const Damage& damage : report->damages) {
    EXPECT_GE(damage.first_index, 7U) << damage.what;
    EXPECT_EQ(damage.what.find("removed"), std::string::npos) << damage.what;
  }
  const auto says = [&](const char* text) {
    return std::ranges::any_of(report->limits, [text](const std::string& limit) {
      return limit.find(text) != std::string::npos;
    });
  };
  EXPECT_TRUE(says("before record 5 were pruned"));
  test::write_all(path(segment), good);
  EXPECT_TRUE(verify_log(dir())->intact());
}

TEST_F(RetentionTest, AHoldForbidsPruning) {
  auto log = create({.max_segment_bytes = 65'536});
  Record record = event();
  record.reason = std::string(20'000, 'x');
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(log->append(record));
  ASSERT_TRUE(log->hold("case.7", "a court asks"));
  EXPECT_EQ(log->hold("case.7", "").error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(log->hold("../x", "").error().code, ErrorCode::kInvalidArgument);
  log.reset();
  log = open();
  EXPECT_EQ(log->prune({}).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(log->release("case.8").error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(log->release("case.7"));
  EXPECT_GT(log->prune({})->segments, 0U);
  const auto verified = verify_log(dir());
  EXPECT_TRUE(verified->intact());
}

// Whoever can write the directory can remove a hold's file, and add records that nobody signed.
TEST_F(RetentionTest, AHoldHoldsByItsRecordToo) {
  test::TempDir copy;
  {
    auto log = create({.heartbeat_every = 0s});
    ASSERT_TRUE(log->rotate());
    ASSERT_TRUE(log->hold("case.7", "a court asks"));
    Record release = event(std::string(kLogActorId));
    release.actor.type = kLogActorType;
    release.action = "log.release";
    release.details = {{"hold", "case.7"}};
    release.id = "forged";
    release.time = now();
    release.seq = log->size();
    ASSERT_TRUE(LogAccess::append(*log, to_canonical(release).value()));
    test::copy_log(temp_.path(), copy.path());  // before it is signed
    ASSERT_TRUE(std::filesystem::remove(path("hold-case.7")));
    EXPECT_EQ(log->prune({}).error().code, ErrorCode::kFailedPrecondition);
  }
  ASSERT_TRUE(std::filesystem::remove(copy.path() / "hold-case.7"));
  auto log = *Log::open(copy.string(), clock_);
  EXPECT_EQ(log->prune({}).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(log->hold("case.7", "").error().code, ErrorCode::kAlreadyExists);
  ASSERT_TRUE(log->release("case.7"));
  EXPECT_EQ(log->release("case.7").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(log->prune({})->segments, 1U);
  log.reset();
  EXPECT_TRUE(verify_log(copy.string())->intact());
  // Killed right after the release, it stays released.
  log = *Log::open(copy.string(), clock_);
  ASSERT_TRUE(log->hold("case.8", ""));
  ASSERT_TRUE(log->rotate());
  ASSERT_TRUE(log->release("case.8"));
  test::copy_log(copy.path(), temp_.path());
  EXPECT_EQ(open()->prune({})->segments, 1U);
}
