#include "coefficient/sqlite/archive.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <thread>

#include "archive_fixture.h"

using namespace coefficient;
using sqlite::Archive;
using sqlite::Progress;
using sqlite::VaultStore;
using std::chrono::milliseconds;
using std::chrono::system_clock;
using test::ArchiveTest;
using test::batch_of;
using test::content_of;
using test::described;
using test::put;
using test::RawDatabase;
using test::set_content;

TEST_F(ArchiveTest, RestoresTwentyRandomPointsExactly) {
  work(10);  // before the first base: not restorable
  ASSERT_TRUE(archive_->take_base(*store_));
  std::mt19937 random(7);
  for (int i = 0; i < 12; ++i) {
    work(static_cast<int>(random() % 30));
    ASSERT_TRUE(archive_->ship(*store_));
    if (i % 4 == 2) {
      ASSERT_TRUE(archive_->take_base(*store_));
    }
    if (i % 5 == 3) reopen_store();
  }
  const auto verified = archive_->verify();
  ASSERT_TRUE(verified);
  EXPECT_EQ(described(*verified), "");
  EXPECT_EQ(verified->bases, 4U);
  EXPECT_EQ(verified->first->seq, 0U);
  EXPECT_EQ(verified->last->seq, states_.rbegin()->first);
  for (int i = 0; i < 20; ++i) {
    const std::uint64_t seq = 1 + random() % states_.rbegin()->first;
    ASSERT_TRUE(states_.contains(seq));
    EXPECT_EQ(restored_state(seq), states_[seq]) << seq;
  }
}

TEST_F(ArchiveTest, RestoresToATime) {
  ASSERT_TRUE(archive_->take_base(*store_));
  work(5);
  clock_.advance(-std::chrono::hours(1));  // a clock that steps back: the times stay in order
  work(5);
  clock_.advance(std::chrono::hours(2));
  work(5);
  ASSERT_TRUE(archive_->ship(*store_));
  const auto reached = [&](system_clock::time_point time) {
    auto report = archive_->restore({.seq = {}, .time = time}, fresh());
    return report ? static_cast<int>(report->reached.seq) : -1;
  };
  EXPECT_EQ(reached(times_[3]), 3);
  EXPECT_EQ(reached(times_[3] + milliseconds(999)), 3);
  EXPECT_EQ(reached(times_[3] - milliseconds(1)), 2);
  EXPECT_EQ(reached(times_[5]), 10);  // all that were made while the clock was back have this time
  EXPECT_EQ(reached(times_[11] - milliseconds(1)), 10);
  EXPECT_EQ(reached(times_[15] + std::chrono::hours(1000)), 15);
  EXPECT_EQ(
      archive_->restore({.seq = {}, .time = system_clock::time_point(milliseconds(-1))}, fresh())
          .error()
          .code,
      ErrorCode::kNotFound);
}

TEST_F(ArchiveTest, RefusesATimeBeforeTheOldestBase) {
  work(3);  // not recorded: when they were made is not known
  const auto first = clock_.now();
  EXPECT_EQ(archive_->take_base(*store_)->time, first);
  work(2);
  const auto second = clock_.now();
  ASSERT_TRUE(archive_->take_base(*store_));
  work(2);
  ASSERT_TRUE(archive_->ship(*store_));
  EXPECT_EQ(archive_->verify()->first->time, first);
  const auto restore = [&](system_clock::time_point time) {
    return archive_->restore({.seq = {}, .time = time}, fresh());
  };
  EXPECT_EQ(restore(first)->reached.seq, 0U);
  EXPECT_EQ(restore(second - milliseconds(1))->base.seq, 0U);
  for (const auto time : {first - milliseconds(1), system_clock::time_point(milliseconds(0))}) {
    const auto to = fresh();
    const auto refused = archive_->restore({.seq = {}, .time = time}, to);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
    EXPECT_FALSE(std::filesystem::exists(to));
  }
  std::filesystem::remove(file("0000000000000000000.base"));
  EXPECT_EQ(restore(second)->reached.seq, 2U);
  EXPECT_EQ(restore(second - milliseconds(1)).error().code, ErrorCode::kNotFound);
  // A clock that is behind does not put a history's beginning before the one it goes on from.
  const auto to = fresh();
  ASSERT_TRUE(archive_->restore({}, to));
  const auto last = clock_.now();
  clock_.advance(-std::chrono::hours(1));
  auto restored = VaultStore::open(to, clock_);
  auto own = Archive::open(temp_.path() / "own");
  ASSERT_TRUE(restored && own);
  EXPECT_EQ(own->take_base(**restored)->time, last);
}

TEST_F(ArchiveTest, WithoutATargetItRestoresTheEnd) {
  small_archive();
  const auto to = fresh();
  const auto report = archive_->restore({}, to);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->reached.seq, 20U);
  EXPECT_EQ(report->base.seq, 10U);
  EXPECT_EQ(state_of(to.filename()), states_[20]);
}

TEST_F(ArchiveTest, ARestoredStoreOpensAndHasAHistoryOfItsOwn) {
  small_archive();
  const auto to = fresh();
  ASSERT_TRUE(archive_->restore({.seq = 7, .time = {}}, to));
  struct stat status {};
  ASSERT_EQ(::stat((to / "vault.db").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  auto restored = VaultStore::open(to, clock_);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_FALSE((*restored)->changelog_status()->recording);
  EXPECT_EQ((*restored)->changelog_status()->last_seq, 7U);
  EXPECT_TRUE((*restored)->apply(batch_of(put("new", "a", 0, "x"))));
  // Neither takes the other's archive.
  EXPECT_EQ(archive_->ship(**restored).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(archive_->take_base(**restored).error().code, ErrorCode::kFailedPrecondition);
  auto own = Archive::open(temp_.path() / "own");
  ASSERT_TRUE(own);
  ASSERT_TRUE(own->take_base(**restored));
  EXPECT_TRUE((*restored)->apply(batch_of(put("new", "a", 1, "y"))));
  EXPECT_EQ(own->ship(**restored)->last.seq, 8U);
  EXPECT_EQ(own->ship(*store_).error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(ArchiveTest, RefusesTargetsThatItCannotReach) {
  small_archive();
  EXPECT_EQ(archive_->restore({.seq = 21, .time = {}}, fresh()).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(archive_->restore({.seq = ~std::uint64_t{0}, .time = {}}, fresh()).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(archive_->restore({.seq = 1, .time = clock_.now()}, fresh()).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(archive_->restore({}, temp_.path() / "store").error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(archive_->restore({}, temp_.path() / "no" / "parent").error().code,
            ErrorCode::kNotFound);
}

TEST_F(ArchiveTest, ShippingNeedsABase) {
  EXPECT_EQ(archive_->ship(*store_).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(archive_->restore({}, fresh()).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(archive_->verify()->intact());
  EXPECT_FALSE(store_->changelog_status()->recording);
}

TEST_F(ArchiveTest, WhatWasShippedLeavesTheStore) {
  ASSERT_TRUE(archive_->take_base(*store_));
  work(30);
  EXPECT_EQ(store_->changelog_status()->unarchived, 30U);
  const auto shipped = archive_->ship(*store_);
  ASSERT_TRUE(shipped);
  EXPECT_EQ(shipped->transactions, 30U);
  EXPECT_EQ(shipped->last.seq, 30U);
  EXPECT_EQ(store_->changelog_status()->unarchived, 0U);
  EXPECT_EQ(archive_->ship(*store_)->transactions, 0U);
}

TEST_F(ArchiveTest, BackupsEndWhileWritersGoOn) {
  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0;
  std::vector<std::thread> writers;
  for (int t = 0; t < 4; ++t) {
    writers.emplace_back([&, t] {
      for (std::uint64_t version = 0; !stop; ++version) {
        const std::string name = "writer" + std::to_string(t);
        if (!store_->apply(batch_of(put("acme", name, version, std::to_string(version))))) ++failed;
      }
    });
  }
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(archive_->take_base(*store_));
    const auto shipped = archive_->ship(*store_);
    EXPECT_TRUE(shipped) << shipped.error().message;
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(failed, 0);
  ASSERT_TRUE(archive_->ship(*store_));
  EXPECT_EQ(described(*archive_->verify()), "");
  const auto to = fresh();
  ASSERT_TRUE(archive_->restore({}, to));
  EXPECT_EQ(state_of(to.filename()), state_of("store"));
}

TEST_F(ArchiveTest, RefusedAndRolledBackBatchesAreNotRecorded) {
  ASSERT_TRUE(archive_->take_base(*store_));
  EXPECT_FALSE(store_->apply(batch_of(put("acme", "a", 3, "x"))));
  vault::Batch half = batch_of(put("acme", "a", 0, "x"));  // fails after the record is written
  half.data_keys = {.tenant = "acme",
                    .expected_revision = 0,
                    .rows = {test::data_key("acme", 1, vault::DataKeyState::kActive),
                             test::data_key("acme", 2, vault::DataKeyState::kActive)}};
  const auto refused = store_->apply(half);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(store_->changelog_status()->last_seq, 0U);
  EXPECT_FALSE(store_->read_record({"acme", "api_key", "a"})->record);
}

TEST_F(ArchiveTest, AFullChangelogStopsWritersUntilItIsShipped) {
  store_.reset();
  auto store = VaultStore::open(temp_.path() / "store", clock_, {.max_unarchived_bytes = 1 << 20});
  ASSERT_TRUE(store);
  ASSERT_TRUE(archive_->take_base(**store));
  const auto content = [](std::uint64_t version) {
    return std::string(300000, static_cast<char>('a' + version));
  };
  std::uint64_t version = 0;
  while ((*store)->apply(batch_of(put("acme", "a", version, content(version))))) ++version;
  EXPECT_EQ(version, 4U);  // the one that goes over the limit is still taken
  const auto refused = (*store)->apply(batch_of(put("acme", "a", version, content(version))));
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE(archive_->ship(**store));
  EXPECT_TRUE((*store)->apply(batch_of(put("acme", "a", version, content(version)))));
}

TEST_F(ArchiveTest, AfterStoppingANewArchiveIsNeeded) {
  small_archive();
  ASSERT_TRUE(store_->stop_recording());
  EXPECT_FALSE(store_->changelog_status()->recording);
  EXPECT_EQ(archive_->ship(*store_).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(archive_->take_base(*store_).error().code, ErrorCode::kFailedPrecondition);
  auto other = Archive::open(temp_.path() / "other");
  EXPECT_TRUE(other->take_base(*store_));
  work(1);
  EXPECT_TRUE(other->ship(*store_));
}

TEST_F(ArchiveTest, ASecondBaseOfOnePointReplacesTheFirst) {
  ASSERT_TRUE(archive_->take_base(*store_));
  const auto count = [&] {
    return std::distance(std::filesystem::directory_iterator(archive_path()), {});
  };
  const auto before = count();
  ASSERT_TRUE(archive_->take_base(*store_));
  EXPECT_EQ(count(), before);
  EXPECT_TRUE(archive_->verify()->findings.empty());
}

TEST_F(ArchiveTest, AnyCallCanBeStoppedAndDoneAgain) {
  const sqlite::ProgressCallback stop = [](const Progress&) { return false; };
  work(3);
  EXPECT_EQ(archive_->take_base(*store_, stop).error().code, ErrorCode::kDeadlineExceeded);
  ASSERT_TRUE(archive_->take_base(*store_));
  work(300);
  EXPECT_EQ(archive_->ship(*store_, stop).error().code, ErrorCode::kDeadlineExceeded);
  ASSERT_TRUE(archive_->ship(*store_));
  EXPECT_EQ(archive_->verify(stop).error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(described(*archive_->verify()), "");
  for (const Progress::Step step : {Progress::Step::kCopy, Progress::Step::kReplay}) {
    const auto to = fresh();
    const auto stopped =
        archive_->restore({}, to, [&](const Progress& progress) { return progress.step != step; });
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, ErrorCode::kDeadlineExceeded);
    EXPECT_FALSE(std::filesystem::exists(to)) << "this call made it";
  }
  EXPECT_EQ(restored_state(300), states_[300]);
}

TEST_F(ArchiveTest, AnInterruptedRestoreIsCalledAgain) {
  small_archive();
  const auto to = fresh();
  std::filesystem::create_directory(to);
  const auto leave = [&] {
    set_content(to / "vault.db.restoring", "half");
    set_content(to / "vault.db.restoring-wal", "half");
  };
  leave();
  EXPECT_EQ(VaultStore::open(to, clock_).error().code, ErrorCode::kFailedPrecondition);
  // Not the file that another process works on.
  const int other = ::open(to.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(::flock(other, LOCK_EX | LOCK_NB), 0);
  EXPECT_EQ(archive_->restore({}, to).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(content_of(to / "vault.db.restoring"), "half");
  ::close(other);
  // Nor one among others.
  set_content(to / "notes", "x");
  EXPECT_EQ(archive_->restore({}, to).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(content_of(to / "vault.db.restoring"), "half");
  std::filesystem::remove(to / "notes");
  // A call that fails leaves the directory, which it did not make, empty.
  EXPECT_EQ(archive_->restore({.seq = 999, .time = {}}, to).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(std::filesystem::is_empty(to));
  leave();
  ASSERT_TRUE(archive_->restore({}, to));
  EXPECT_EQ(state_of(to.filename()), states_[20]);
  const std::filesystem::directory_iterator files(to);
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}
