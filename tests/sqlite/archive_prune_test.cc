// Archive::prune(): what is kept can be restored exactly, what is gone says so, and whatever
// interrupts it leaves an archive.
#include <algorithm>
#include <string>
#include <utility>

#include "prune_fixture.h"
#include "sqlite/archive_state.h"

using namespace coefficient;
using sqlite::Archive;
using sqlite::Progress;
using std::chrono::milliseconds;
using test::content_of;
using test::described;
using test::Names;
using test::PruneTest;
using test::set_content;

namespace {

namespace fs = std::filesystem;

// The start, as the library writes it, with one field changed.
template <class Change>
std::string changed_start(const std::string& file, const Change& change) {
  auto start = sqlite::read_start(std::as_bytes(std::span(file))).value();
  change(start);
  const auto bytes = sqlite::write_start(start).value();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

const std::string kStart10 = "0000000000000000010.start";

}  // namespace

TEST_F(PruneTest, EachKeptStateIsExactAndEachOtherIsRefused) {
  ASSERT_NO_FATAL_FAILURE(archive_of_four_bases());
  std::uint64_t first = 0;
  for (const std::uint64_t seq : {3U, 9U, 10U, 19U, 24U, 35U}) {
    SCOPED_TRACE(seq);
    const Names before = names();
    const auto pruned = archive_->prune(keep(seq));
    ASSERT_TRUE(pruned) << pruned.error().message;
    EXPECT_EQ(pruned->first.seq, std::min<std::uint64_t>(seq / 10 * 10, 30));
    // Fewer files, by those that were named; one is new, when the archive begins elsewhere now.
    Names expected = before;
    for (const std::string& name : pruned->files) EXPECT_EQ(expected.erase(name), 1U) << name;
    if (pruned->first.seq != first) {
      EXPECT_FALSE(pruned->files.empty());
      expected.insert("00000000000000000" + std::to_string(pruned->first.seq) + ".start");
    }
    EXPECT_EQ(names(), expected);
    first = pruned->first.seq;
    if (seq == 9 || seq == 10 || seq == 35) expect_kept_from(first);
  }
  // A base, its database, the start, and the one file of changes that begins after it.
  EXPECT_EQ(names().size(), 4U);
  // It goes on as any archive.
  work(3);
  ASSERT_TRUE(archive_->ship(*store_));
  ASSERT_TRUE(archive_->take_base(*store_));
  work(2);
  ASSERT_TRUE(archive_->ship(*store_));
  expect_kept_from(30);
  ASSERT_TRUE(archive_->prune(keep(40)));
  expect_kept_from(38);
}

TEST_F(PruneTest, AnArchiveThatEndsWithItsBaseGoesOn) {
  ASSERT_TRUE(archive_->take_base(*store_));
  work(5);
  ASSERT_TRUE(archive_->take_base(*store_));  // what is before it was never shipped
  const auto pruned = archive_->prune(keep(5));
  ASSERT_TRUE(pruned) << pruned.error().message;
  EXPECT_EQ(pruned->first.seq, 5U);
  EXPECT_EQ(names().size(), 3U);
  expect_kept_from(5);
  work(2);
  EXPECT_EQ(archive_->ship(*store_)->last.seq, 7U);
  expect_kept_from(5);
}

TEST_F(PruneTest, KeepsEachStateSinceATime) {
  ASSERT_NO_FATAL_FAILURE(archive_of_four_bases());
  const auto since = [&](std::chrono::system_clock::time_point time) {
    return archive_->prune({.keep_since = time, .dry_run = true, .clock = clock_})->first.seq;
  };
  // A base at 10 has the time of transaction 10.
  EXPECT_EQ(since(times_[10] - milliseconds(1)), 0U);
  EXPECT_EQ(since(times_[10]), 10U);
  EXPECT_EQ(since(times_[1] - std::chrono::hours(1)), 0U);
  EXPECT_EQ(since(clock_.now()), 30U);
  clock_.advance(std::chrono::hours(1000));  // and nothing happened
  EXPECT_EQ(since(clock_.now()), 30U);
  const auto time = times_[23] + milliseconds(500);
  ASSERT_EQ(archive_->prune({.keep_since = time, .clock = clock_})->first.seq, 20U);
  expect_kept_from(20);
  EXPECT_EQ(archive_->restore({.seq = {}, .time = time}, fresh())->reached.seq, 23U);
  EXPECT_EQ(archive_->restore({.seq = {}, .time = times_[20]}, fresh())->reached.seq, 20U);
  const auto gone = archive_->restore({.seq = {}, .time = times_[20] - milliseconds(1)}, fresh());
  EXPECT_EQ(gone.error().code, ErrorCode::kNotFound);
  EXPECT_NE(gone.error().message.find("was pruned"), std::string::npos);
}

TEST_F(PruneTest, ADryRunSaysTheSameAndChangesNothing) {
  ASSERT_NO_FATAL_FAILURE(archive_of_four_bases());
  set_content(file("tmp-0000000000000000099.changes"), "half");
  const Names before = names();
  auto options = keep(25);
  options.dry_run = true;
  const auto said = archive_->prune(options);
  ASSERT_TRUE(said);
  EXPECT_EQ(names(), before);
  std::uint64_t bytes = 0;
  for (const std::string& name : said->files) bytes += fs::file_size(file(name));
  EXPECT_EQ(said->bytes, bytes);
  const auto done = archive_->prune(keep(25));
  EXPECT_EQ(done->files, said->files);
  EXPECT_EQ(done->bytes, said->bytes);
  EXPECT_EQ(done->first.seq, said->first.seq);
  EXPECT_TRUE(archive_->prune(keep(25))->files.empty());
}

TEST_F(PruneTest, RefusesWhatCannotBeMeant) {
  EXPECT_EQ(archive_->prune(keep(0)).error().code, ErrorCode::kFailedPrecondition);
  ASSERT_NO_FATAL_FAILURE(archive_of_four_bases());
  const Names before = names();
  EXPECT_EQ(archive_->prune({.clock = clock_}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(
      archive_->prune({.keep_seq = 1, .keep_since = clock_.now(), .clock = clock_}).error().code,
      ErrorCode::kInvalidArgument);
  EXPECT_EQ(
      archive_->prune({.keep_since = clock_.now() + milliseconds(1), .clock = clock_}).error().code,
      ErrorCode::kInvalidArgument);
  for (const std::uint64_t seq : {std::uint64_t{36}, ~std::uint64_t{0}, ~std::uint64_t{0} / 2})
    EXPECT_EQ(archive_->prune(keep(seq)).error().code, ErrorCode::kNotFound) << seq;
  EXPECT_EQ(names(), before);
}

TEST_F(PruneTest, TakesNothingFromADamagedArchive) {
  ASSERT_NO_FATAL_FAILURE(archive_of_four_bases());
  const Names before = names();
  for (const std::string& name : before) {
    const std::string whole = content_of(file(name));
    std::string flipped = whole;
    flipped[flipped.size() / 2] ^= 1;
    set_content(file(name), flipped);
    const auto refused = archive_->prune(keep(25));
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, ErrorCode::kDataLoss);
    EXPECT_NE(refused.error().message.find(name), std::string::npos) << refused.error().message;
    EXPECT_EQ(names(), before);
    set_content(file(name), whole);
  }
  fs::rename(file("0000000000000000016.changes"), temp_.path() / "aside");
  EXPECT_EQ(archive_->prune(keep(30)).error().code, ErrorCode::kDataLoss);
  fs::rename(temp_.path() / "aside", file("0000000000000000016.changes"));
  EXPECT_TRUE(archive_->prune(keep(25)));
}

TEST_F(PruneTest, AChangedStartIsFound) {
  ASSERT_NO_FATAL_FAILURE(archive_of_four_bases());
  ASSERT_TRUE(archive_->prune(keep(10)));
  const std::string start = content_of(file(kStart10));
  const auto expect_found = [&](const char* what) {
    EXPECT_FALSE(archive_->verify()->intact()) << what;
    EXPECT_EQ(archive_->prune(keep(20)).error().code, ErrorCode::kDataLoss) << what;
    EXPECT_EQ(restored_state(35), states_[35]) << what;  // the damage stops no restore
    EXPECT_TRUE(archive_->ship(*store_)) << what;        // and no backup
    set_content(file(kStart10), start);
    ASSERT_TRUE(archive_->verify()->intact());
  };
  for (std::size_t i = 0; i < start.size(); ++i) {
    std::string flipped = start;
    flipped[i] ^= 1;
    set_content(file(kStart10), flipped);
    ASSERT_FALSE(archive_->verify()->intact()) << i;
  }
  // With a right hash.
  set_content(file(kStart10), changed_start(start, [](auto& s) { s.chain[5] ^= std::byte{1}; }));
  expect_found("another place in the chain");
  set_content(file(kStart10), changed_start(start, [](auto& s) { ++s.time_ms; }));
  expect_found("another time");
  set_content(file(kStart10), changed_start(start, [](auto& s) { s.database[0] ^= std::byte{1}; }));
  expect_found("another database");
  set_content(file(kStart10), changed_start(start, [](auto& s) { s.seq = 20; }));
  expect_found("another base than its name says");
  fs::remove(file(kStart10));
  expect_found("none");
  // One for a base that never was would hide all that is before.
  const std::string later = "0000000000000000033.start";
  set_content(file(later), changed_start(start, [](auto& s) { s.seq = 33; }));
  EXPECT_FALSE(archive_->verify()->intact());
  EXPECT_EQ(restored_state(12), states_[12]);
  fs::remove(file(later));
  // What it says is there must be there.
  const std::string base = "0000000000000000010.base";
  fs::rename(file(base), temp_.path() / "aside");
  EXPECT_FALSE(archive_->verify()->intact());
  fs::rename(temp_.path() / "aside", file(base));
  EXPECT_EQ(faults_of(*archive_), "");
}

TEST_F(PruneTest, WhatWasPrunedAndIsPutBackIsNotRestored) {
  ASSERT_NO_FATAL_FAILURE(archive_of_four_bases());
  fs::copy(archive_path(), temp_.path() / "copy");
  ASSERT_TRUE(archive_->prune(keep(20)));
  fs::copy(temp_.path() / "copy", archive_path(),
           fs::copy_options::recursive | fs::copy_options::skip_existing);
  expect_kept_from(20);
  EXPECT_FALSE(archive_->verify()->findings.empty());
  const auto again = archive_->prune(keep(20));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->files.empty());
  EXPECT_TRUE(archive_->verify()->findings.empty());
}

TEST_F(PruneTest, CanBeStoppedAtEachFileAndDoneAgain) {
  ASSERT_NO_FATAL_FAILURE(archive_of_four_bases());
  fs::copy(archive_path(), temp_.path() / "copy");
  ASSERT_TRUE(archive_->prune(keep(25)));
  const Names goal = names();
  for (std::uint64_t stop_at = 0;; ++stop_at) {
    SCOPED_TRACE(stop_at);
    fs::remove_all(archive_path());
    fs::copy(temp_.path() / "copy", archive_path());
    reopen_archive();
    std::uint64_t total = 0;
    const auto stopped = archive_->prune(keep(25), [&](const Progress& progress) {
      if (progress.step != Progress::Step::kPrune) return true;
      total = progress.total;
      return progress.done < stop_at;
    });
    if (stopped) {
      EXPECT_EQ(stop_at, total);
      break;
    }
    ASSERT_EQ(stopped.error().code, ErrorCode::kDeadlineExceeded);
    EXPECT_EQ(faults_of(*archive_), "");
    EXPECT_EQ(archive_->verify()->first->seq, 20U);
    EXPECT_EQ(restore(19).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(restored_state(20), states_[20]);
    EXPECT_EQ(restored_state(35), states_[35]);
    ASSERT_TRUE(archive_->prune(keep(25)));
    EXPECT_EQ(names(), goal);
  }
}

TEST_F(PruneTest, ARestoreOrAVerificationThatItOvertakesTellsTheTruth) {
  ASSERT_NO_FATAL_FAILURE(archive_of_four_bases());
  auto other = Archive::open(archive_path());
  ASSERT_TRUE(other);
  bool pruned = false;
  const auto overtake = [&](Progress::Step step, std::uint64_t seq) {
    pruned = false;
    return [&, step, seq](const Progress& progress) {
      if (progress.step == step && !std::exchange(pruned, true)) {
        EXPECT_TRUE(other->prune(keep(seq)));
      }
      return true;
    };
  };
  const auto restored =
      archive_->restore({.seq = 8, .time = {}}, fresh(), overtake(Progress::Step::kCopy, 10));
  EXPECT_TRUE(pruned);
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, ErrorCode::kNotFound) << restored.error().message;
  const auto verified = archive_->verify(overtake(Progress::Step::kVerify, 20));
  EXPECT_TRUE(pruned);
  ASSERT_TRUE(verified);
  EXPECT_EQ(described(*verified), "");
  EXPECT_EQ(verified->first->seq, 20U);
  // One that is of what is kept does not notice.
  const auto kept =
      archive_->restore({.seq = 33, .time = {}}, fresh(), overtake(Progress::Step::kCopy, 30));
  EXPECT_TRUE(pruned);
  EXPECT_TRUE(kept) << kept.error().message;
}

TEST_F(PruneTest, OneWriterAtATime) {
  ASSERT_NO_FATAL_FAILURE(archive_of_four_bases());
  auto other = Archive::open(archive_path());
  ASSERT_TRUE(other);
  int refused = 0;
  ASSERT_TRUE(archive_->prune(keep(25), [&](const Progress& progress) {
    if (progress.step == Progress::Step::kPrune) {
      EXPECT_EQ(other->prune(keep(5)).error().code, ErrorCode::kUnavailable);
      EXPECT_EQ(other->ship(*store_).error().code, ErrorCode::kUnavailable);
      ++refused;
    }
    return true;
  }));
  EXPECT_GT(refused, 0);
}
