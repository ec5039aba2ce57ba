// Every call that changes a file fails in turn: nothing acknowledged is lost, nothing refused comes
// back, and the log opens afterwards.
#include "faults.h"

#include <map>

#include "coefficient/audit/verify.h"
#include "log_support.h"

using namespace coefficient;
using namespace coefficient::audit;
using namespace std::chrono_literals;
using test::event;
using Kind = test::FaultyCalls::Kind;

namespace {

/// One run of a fixed piece of work, and what it was told.
class FaultRun {
 public:
  explicit FaultRun(test::FaultyCalls& calls) : calls_(calls) {}

  // Goes on after each error, as a host would.
  void work() {
    auto log = LogAccess::create(temp_.string(), test::kOrigin, clock_, options(), calls_);
    if (!log) return;
    created_ = true;
    log_ = *std::move(log);
    for (int i = 0; i < 14; ++i) {
      append();
      if (i % 4 == 3) (void)log_->checkpoint();
      if (i == 6)
        (void)log_->tick(std::chrono::floor<std::chrono::microseconds>(clock_.now()) + 25h);
      if (i == 10) (void)log_->prune({.before = Timestamp::max(), .before_index = 7});
    }
    (void)log_->close();
    log_.reset();
  }

  void check() {
    log_.reset();
    if (!created_) return;
    auto log = Log::open(temp_.string(), clock_, options());
    ASSERT_TRUE(log) << log.error().error.message;
    ASSERT_TRUE((*log)->append(event("after")));
    log->reset();
    const auto report = verify_log(temp_.string(), {.parse_records = false});
    ASSERT_TRUE(report) << report.error().message;
    for (const Damage& damage : report->damages) ADD_FAILURE() << damage.what;
    const auto texts = test::texts(temp_.string());
    std::map<std::string, std::size_t> found;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (texts[i].empty()) continue;  // pruned
      const auto record = parse_record(texts[i]);
      ASSERT_TRUE(record);
      EXPECT_EQ(record->seq, i);
      EXPECT_TRUE(found.emplace(record->id, i).second) << "twice";
    }
    for (const auto& [id, index] : acknowledged_) {
      if (index < report->first_kept) continue;
      ASSERT_TRUE(found.contains(id)) << "lost: " << id;
      EXPECT_EQ(found[id], index);
    }
    for (const std::string& id : refused_) EXPECT_FALSE(found.contains(id)) << "came back: " << id;
  }
  [[nodiscard]] std::size_t acknowledged() const { return acknowledged_.size(); }

 private:
  static LogOptions options() { return {.max_segment_bytes = 65'536, .heartbeat_every = 0s}; }

  void append() {
    Record record = event();
    record.id = "r" + std::to_string(next_++);
    record.reason = std::string(17'000, 'x');
    const auto receipt = log_->append(record);
    if (receipt) {
      acknowledged_[record.id] = receipt->index;
      return;
    }
    const ErrorCode code = receipt.error().code;
    EXPECT_TRUE(code == ErrorCode::kUnavailable || code == ErrorCode::kResourceExhausted ||
                code == ErrorCode::kInternal || code == ErrorCode::kFailedPrecondition)
        << receipt.error().message;
    if (code != ErrorCode::kInternal) refused_.push_back(record.id);
    if (code == ErrorCode::kResourceExhausted || code == ErrorCode::kUnavailable) return;
    log_.reset();
    auto again = LogAccess::open(temp_.string(), clock_, options(), {}, calls_);
    if (again) {
      log_ = *std::move(again);
      return;
    }
    EXPECT_FALSE(again.error().damage) << again.error().error.message;
    calls_.disarm();  // what lasts is repaired
    again = Log::open(temp_.string(), clock_, options());
    ASSERT_TRUE(again) << again.error().error.message;
    log_ = *std::move(again);
  }

  test::TempDir temp_{test::TempDir::Where::kMemory};
  ManualClock clock_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 23)};
  test::FaultyCalls& calls_;
  std::unique_ptr<Log> log_;
  bool created_ = false;
  int next_ = 0;
  std::map<std::string, std::size_t> acknowledged_;
  std::vector<std::string> refused_;
};

struct FaultCase {
  const char* name;
  Kind kind;
  bool lasting;
};
class FaultTest : public testing::TestWithParam<FaultCase> {};

}  // namespace

TEST_P(FaultTest, NothingAcknowledgedIsLostAndNothingRefusedComesBack) {
  test::FaultyCalls calls;
  long count = 1;
  long failed_runs = 0;
  long armed_runs = 0;
  for (long at = 0; at <= count; at += at == 0 ? 1 : test::fault_stride()) {
    SCOPED_TRACE("call " + std::to_string(at));
    FaultRun run(calls);
    calls.arm(at, GetParam().kind, GetParam().lasting);
    run.work();
    if (at == 0) {
      count = calls.calls();  // of the run without a fault
      EXPECT_EQ(run.acknowledged(), 14U);
    }
    armed_runs += at == 0 ? 0 : 1;
    if (at != 0 && calls.calls() >= at) ++failed_runs;
    calls.disarm();
    run.check();
    if (HasFailure()) break;
  }
  EXPECT_EQ(failed_runs, armed_runs);
  EXPECT_GT(count, 60);
  RecordProperty("calls", static_cast<int>(count));
}

INSTANTIATE_TEST_SUITE_P(All, FaultTest,
                         testing::Values(FaultCase{"Eio", Kind::kIo, false},
                                         FaultCase{"EioLasting", Kind::kIo, true},
                                         FaultCase{"Enospc", Kind::kNoSpace, false},
                                         FaultCase{"EnospcLasting", Kind::kNoSpace, true},
                                         FaultCase{"ShortWrite", Kind::kShortWrite, false},
                                         FaultCase{"ShortWriteLasting", Kind::kShortWrite, true}),
                         [](const auto& tested) { return std::string(tested.param.name); });

class FailureTest : public test::LogTest {};

// The control of the sweep above: that a sync stands between a record and its acknowledgement.
TEST_F(FailureTest, EachAppendWaitsForTheDisk) {
  test::FaultyCalls calls;
  auto log = LogAccess::create(dir(), test::kOrigin, clock_, {}, calls);
  ASSERT_TRUE(log);
  for (int i = 0; i < 5; ++i) {
    const long before = calls.syncs();
    ASSERT_TRUE((*log)->append(event()));
    EXPECT_EQ(calls.syncs(), before + 1);
  }
}

TEST_F(FailureTest, AFailedSyncPoisonsTheLog) {
  test::FaultyCalls calls;
  auto log = LogAccess::create(dir(), test::kOrigin, clock_, {}, calls);
  ASSERT_TRUE(log);
  calls.arm(2, Kind::kIo, false);  // the write, then the sync
  EXPECT_EQ((*log)->append(event()).error().code, ErrorCode::kInternal);
  calls.disarm();
  EXPECT_EQ((*log)->append(event()).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ((*log)->checkpoint().error().code, ErrorCode::kFailedPrecondition);
  log->reset();
  EXPECT_TRUE(open()->append(event()));
}

TEST_F(FailureTest, AFullDiskIsOnRecordAndTheLogGoesOnWhenThereIsRoom) {
  test::FaultyCalls calls;
  auto log = LogAccess::create(dir(), test::kOrigin, clock_, {.max_segment_bytes = 65'536}, calls);
  ASSERT_TRUE(log);
  Record record = event();
  record.reason = std::string(30'000, 'x');
  for (int round = 0; round < 3; ++round) {
    calls.fill_disk(true);
    int appended = 0;
    while ((*log)->append(record)) ASSERT_LT(++appended, 50);
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ((*log)->append(record).error().code, ErrorCode::kResourceExhausted);
    calls.fill_disk(false);
    ASSERT_TRUE((*log)->append(record));
  }
  log->reset();
  const auto all = test::actions(dir());
  EXPECT_EQ(std::count(all.begin(), all.end(), "log.full"), 3);
  EXPECT_TRUE(verify_log(dir())->intact());
}

TEST_F(FailureTest, DropsAreCountedAndPutOnRecord) {
  test::FaultyCalls calls;
  auto log = LogAccess::create(dir(), test::kOrigin, clock_,
                               {.on_failure = OnFailure::kFailOpenCounted}, calls);
  ASSERT_TRUE(log);
  calls.arm(1, Kind::kIo, true);
  for (int i = 0; i < 3; ++i) {
    const auto receipt = (*log)->append(event());
    ASSERT_TRUE(receipt) << receipt.error().message;
    EXPECT_TRUE(receipt->dropped);
  }
  EXPECT_EQ((*log)->dropped(), 3U);
  Record none;
  EXPECT_EQ((*log)->append(none).error().code, ErrorCode::kInvalidArgument) << "not a failure";
  calls.disarm();
  std::uint64_t carried = (*log)->dropped();
  log->reset();
  auto again = open({.on_failure = OnFailure::kFailOpenCounted, .carry_dropped = carried});
  ASSERT_TRUE(again->append(event()));
  EXPECT_EQ(again->dropped(), 0U);
  const auto all = test::records(dir());
  const Record& dropped = all.at(all.size() - 2);
  EXPECT_EQ(dropped.action, "audit.dropped");
  EXPECT_EQ(dropped.details.at("count"), Value(3));
}

// Nothing is written or signed as if there had been no gap.
TEST_F(FailureTest, DropsAreOnRecordBeforeAnythingElseIs) {
  using Act = std::function<bool(Log & log, Timestamp now)>;
  const std::vector<std::pair<std::string, Act>> acts = {
      {"log.heartbeat",
       [](Log& log, Timestamp now) { return log.tick(now) && log.tick(now + 61s); }},
      {"log.pruned",
       [](Log& log, Timestamp) { return log.prune({.before_index = 3}).has_value(); }},
      {"log.hold", [](Log& log, Timestamp) { return log.hold("case.7", "").has_value(); }},
      {"", [](Log& log, Timestamp) { return log.checkpoint().has_value(); }},
      {"", [](Log& log, Timestamp) { return log.close().has_value(); }},
  };
  for (const auto& [action, act] : acts) {
    SCOPED_TRACE(action);
    test::TempDir temp;
    test::FaultyCalls calls;
    auto log = LogAccess::create(
        temp.string(), test::kOrigin, clock_,
        {.on_failure = OnFailure::kFailOpenCounted, .max_segment_bytes = 65'536}, calls);
    ASSERT_TRUE(log);
    ASSERT_TRUE((*log)->append(event()));
    ASSERT_TRUE((*log)->rotate());
    Record record = event();
    record.reason = std::string(30'000, 'x');
    calls.fill_disk(true);
    for (int i = 0; i < 7; ++i) ASSERT_TRUE((*log)->append(record));
    EXPECT_GT((*log)->dropped(), 0U);
    calls.fill_disk(false);
    EXPECT_TRUE(act(**log, now()));
    EXPECT_EQ((*log)->dropped(), 0U);
    std::string after;  // what follows the last record on drops
    std::int64_t written = 0;
    std::int64_t dropped = 0;
    for (const std::string& text : test::texts(temp.string())) {
      if (text.empty()) continue;  // pruned
      const Record read = parse_record(text).value();
      after = read.action == "audit.dropped" ? "" : after + read.action;
      written += read.reason == record.reason ? 1 : 0;
      if (read.action == "audit.dropped")
        dropped += std::get<std::int64_t>(read.details.at("count").data);
    }
    EXPECT_EQ(after, action);
    EXPECT_EQ(written + dropped, 7);
    EXPECT_TRUE(verify_log(temp.string())->intact());
  }
}

TEST_F(FailureTest, AReplacedFileIsNoticedBeforeTheAcknowledgement) {
  namespace fs = std::filesystem;
  struct Replacement {
    const char* name;
    void (*replace)(const fs::path& file, const fs::path& other);
  };
  const std::vector<Replacement> replacements = {
      {"removed", [](const fs::path& file, const fs::path&) { fs::remove(file); }},
      {"replaced by a copy",
       [](const fs::path& file, const fs::path& other) {
         fs::copy_file(file, other);
         fs::rename(other, file);
       }},
      {"moved", [](const fs::path& file, const fs::path& other) { fs::rename(file, other); }},
      {"moved, and another made",
       [](const fs::path& file, const fs::path& other) {
         fs::rename(file, other);
         test::write_all(file, "");
       }},
      {"removed under one of two names",
       [](const fs::path& file, const fs::path& other) {
         fs::create_hard_link(file, other);
         fs::remove(file);
       }},
      {"moved, and linked to",
       [](const fs::path& file, const fs::path& other) {
         fs::rename(file, other);
         fs::create_symlink(other, file);
       }},
  };
  for (const Replacement& replacement : replacements) {
    SCOPED_TRACE(replacement.name);
    test::TempDir temp;
    auto log = Log::create(temp.string(), test::kOrigin, clock_);
    ASSERT_TRUE(log);
    ASSERT_TRUE((*log)->append(event()));
    replacement.replace(temp.path() / "checkpoints", temp.path() / "other.notes");
    EXPECT_EQ((*log)->checkpoint().error().code, ErrorCode::kInternal);
    replacement.replace(temp.path() / test::segments(temp.path()).at(0), temp.path() / "other");
    EXPECT_EQ((*log)->append(event()).error().code, ErrorCode::kInternal);
    EXPECT_EQ((*log)->append(event()).error().code, ErrorCode::kFailedPrecondition);
  }
}
