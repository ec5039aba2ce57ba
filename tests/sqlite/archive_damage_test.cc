// Files of an archive that are damaged, missing, of somebody else, or no files at all.
#include <sys/stat.h>

#include <algorithm>
#include <random>

#include "archive_fixture.h"

using namespace coefficient;
using sqlite::Archive;
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
using Kind = sqlite::VerifyReport::Kind;

TEST_F(ArchiveTest, AnotherArchiveGoesOnWhereADamagedOneEnds) {
  const auto names = small_archive();
  set_content(file(names.back()), "damaged");
  EXPECT_EQ(archive_->ship(*store_).error().code, ErrorCode::kDataLoss);
  auto other = Archive::open(temp_.path() / "other");
  ASSERT_TRUE(other && other->take_base(*store_));
  work(3);
  EXPECT_EQ(other->ship(*store_)->last.seq, 23U);
  ASSERT_TRUE(other->restore({.seq = 22, .time = {}}, temp_.path() / "from-other"));
  EXPECT_EQ(state_of("from-other"), states_[22]);
  // The one before now has a gap, and says so instead of skipping it.
  std::filesystem::remove(file(names.back()));
  EXPECT_EQ(archive_->ship(*store_).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(restored_state(15), states_[15]);
}

TEST_F(ArchiveTest, AStoreThatIsOlderThanItsArchiveIsFound) {
  ASSERT_TRUE(archive_->take_base(*store_));
  work(3);
  store_.reset();
  std::filesystem::copy(temp_.path() / "store", temp_.path() / "old");
  reopen_store();
  work(3);
  ASSERT_TRUE(archive_->ship(*store_));
  store_.reset();
  std::filesystem::remove_all(temp_.path() / "store");
  std::filesystem::rename(temp_.path() / "old", temp_.path() / "store");
  reopen_store();
  EXPECT_EQ(archive_->ship(*store_).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(archive_->check_store(*store_).error().message,
            "the store is older than its archive: it ends at change 3, the archive at 6");
  for (int i = 0; i < 4; ++i)  // past the archive's end, with other content
    ASSERT_TRUE(store_->apply(batch_of(put("fork", std::to_string(i), 0, "x"))));
  EXPECT_EQ(archive_->ship(*store_).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(archive_->check_store(*store_).error().message,
            "change 6 of the store is not the one at which its archive ends");
  EXPECT_EQ(archive_->verify()->last->seq, 6U);
}

TEST_F(ArchiveTest, SaysWhetherItIsTheArchiveOfAStore) {
  EXPECT_EQ(archive_->check_store(*store_).error().code, ErrorCode::kFailedPrecondition);
  const auto names = small_archive();
  EXPECT_TRUE(archive_->check_store(*store_));
  work(1);  // what waits is no difference
  EXPECT_TRUE(archive_->check_store(*store_));
  std::filesystem::rename(file(names.back()), temp_.path() / "aside");
  EXPECT_TRUE(archive_->verify()->intact());
  const auto cut = archive_->check_store(*store_);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::kDataLoss);
  EXPECT_NE(cut.error().message.find("the newest files are missing"), std::string::npos);
  std::filesystem::rename(temp_.path() / "aside", file(names.back()));
  EXPECT_TRUE(archive_->check_store(*store_));
  // One of another store is whole and has as many transactions, but it is not this one's.
  auto other_store = VaultStore::open(temp_.path() / "other-store", clock_);
  auto other = Archive::open(temp_.path() / "other");
  ASSERT_TRUE(other->take_base(**other_store));
  for (std::uint64_t i = 0; i < 21; ++i)
    ASSERT_TRUE((*other_store)->apply(batch_of(put("acme", "a", i, "x"))));
  ASSERT_TRUE(other->ship(**other_store));
  EXPECT_TRUE(other->check_store(**other_store));
  EXPECT_EQ(other->check_store(*store_).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(archive_->check_store(**other_store).error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(ArchiveTest, NamesExactlyTheFileOfEachFlippedByte) {
  std::mt19937 random(3);
  for (const std::string& name : small_archive()) {
    const std::string whole = content_of(file(name));
    for (int i = 0; i < 12; ++i) {
      std::string flipped = whole;
      flipped[random() % flipped.size()] ^= static_cast<char>(1 << random() % 8);
      set_content(file(name), flipped);
      const auto report = archive_->verify();
      ASSERT_TRUE(report);
      EXPECT_FALSE(report->intact());
      for (const auto& finding : report->findings) {
        // Besides, the snapshot of a damaged description is described by nothing.
        if (finding.kind == Kind::kLeftover) continue;
        EXPECT_EQ(finding.file, name) << described(*report);
      }
    }
    set_content(file(name), whole.substr(0, whole.size() / 2));
    EXPECT_FALSE(archive_->verify()->intact()) << name;
    set_content(file(name), "");
    EXPECT_FALSE(archive_->verify()->intact()) << name;
    set_content(file(name), whole);
    EXPECT_EQ(described(*archive_->verify()), "");
  }
}

TEST_F(ArchiveTest, SaysWhatIsMissing) {
  const auto names = small_archive();
  for (const std::string& name : names) {
    std::filesystem::rename(file(name), temp_.path() / "aside");
    const auto report = archive_->verify();
    ASSERT_TRUE(report);
    // Nobody can know of the newest file, nor that there was a base between the first and the last.
    const bool shows = name != names.back() && name != "0000000000000000010.base";
    EXPECT_EQ(report->intact(), !shows) << name << '\n' << described(*report);
    EXPECT_EQ(described(*report).find("or its .base is gone") != std::string::npos,
              name.ends_with(".base"));
    std::filesystem::rename(temp_.path() / "aside", file(name));
  }
  EXPECT_TRUE(archive_->verify()->intact());
}

TEST_F(ArchiveTest, RestoresAroundADamagedBaseAndNotThroughDamagedChanges) {
  const auto names = small_archive();
  const std::string newest_snapshot = *std::ranges::find_if(
      names, [](const std::string& n) { return n.starts_with("0000000000000000010-"); });
  set_content(file(newest_snapshot), "damaged");
  EXPECT_EQ(restored_state(20), states_[20]);  // from the base before
  const std::string changes = "0000000000000000011.changes";
  std::string content = content_of(file(changes));
  content[content.size() / 2] ^= 1;
  set_content(file(changes), content);
  EXPECT_EQ(restored_state(10), states_[10]);
  EXPECT_NE(restored_state(11).find(changes), std::string::npos);
  std::filesystem::remove(file(changes));
  EXPECT_NE(restored_state(16).find("changes 11 to 15 before it are missing"), std::string::npos);
}

TEST_F(ArchiveTest, RefusesFilesOfAnotherHistory) {
  small_archive();
  auto other_store = VaultStore::open(temp_.path() / "other-store", clock_);
  auto other = Archive::open(temp_.path() / "other");
  ASSERT_TRUE(other->take_base(**other_store));
  for (std::uint64_t i = 0; i < 10; ++i)
    ASSERT_TRUE((*other_store)->apply(batch_of(put("evil", "a", i, "x"))));
  ASSERT_TRUE(other->ship(**other_store));
  const std::string changes = "0000000000000000001.changes";
  std::filesystem::copy_file(temp_.path() / "other" / changes, file(changes),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_FALSE(archive_->verify()->intact());
  EXPECT_NE(restored_state(5).find(changes), std::string::npos);
}

TEST_F(ArchiveTest, LinksPipesAndDirectoriesAreNotFiles) {
  const auto names = small_archive();
  for (const std::string& name : names) {
    const auto aside = temp_.path() / "aside";
    std::filesystem::rename(file(name), aside);
    std::filesystem::create_symlink(aside, file(name));
    EXPECT_FALSE(archive_->verify()->intact()) << name;
    std::filesystem::remove(file(name));
    ASSERT_EQ(::mkfifo(file(name).c_str(), 0600), 0);
    EXPECT_FALSE(archive_->verify()->intact()) << name;
    std::filesystem::remove(file(name));
    std::filesystem::create_directory(file(name));
    EXPECT_FALSE(archive_->verify()->intact()) << name;
    std::filesystem::remove(file(name));
    std::filesystem::rename(aside, file(name));
  }
}

TEST_F(ArchiveTest, LeftoversAndUnknownFilesAreHarmless) {
  small_archive();
  set_content(file("tmp-0000000000000000099.changes"), "half");
  set_content(file("0000000000000000009-0123456789abcdef.db"), "an interrupted backup");
  set_content(file("README"), "hello");
  const auto report = archive_->verify();
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->intact());
  EXPECT_EQ(report->findings.size(), 3U);
  work(1);
  EXPECT_TRUE(archive_->ship(*store_));
  EXPECT_FALSE(std::filesystem::exists(file("tmp-0000000000000000099.changes")));
  EXPECT_EQ(restored_state(21), states_[21]);
}

TEST_F(ArchiveTest, AHostileSnapshotWithARightHashIsRefused) {
  // Whoever can write the archive can describe any database: its schema must still be ours.
  ASSERT_TRUE(archive_->take_base(*store_));
  work(1);
  ASSERT_TRUE(store_->stop_recording());
  RawDatabase(temp_.path() / "store" / "vault.db")
      .run("CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM record; END");
  auto other = Archive::open(temp_.path() / "other");
  ASSERT_TRUE(other->take_base(*store_));
  EXPECT_TRUE(other->verify()->intact());
  const auto refused = other->restore({}, fresh());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kDataLoss);
}
