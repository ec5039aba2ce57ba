// Every call that changes a file fails in turn: nothing acknowledged is lost, nothing refused comes
// back, and everything opens afterwards.
#include <algorithm>
#include <cstdlib>
#include <map>

#include "coefficient/sqlite/archive.h"
#include "faults.h"
#include "sqlite/archive_state.h"
#include "store_support.h"

using namespace coefficient;
using sqlite::Archive;
using sqlite::VaultStore;
using test::batch_of;
using test::FaultPlan;
using test::put;
using test::RawDatabase;
using Kind = FaultPlan::Kind;

namespace {

/// One run of a fixed piece of work, and what it was told.
class FaultRun {
 public:
  FaultRun(FaultPlan& plan) : calls_(plan) {}

  // Opens, writes, backs up and restores; goes on after each error, as a host would.
  void work() {
    if (auto opened = VaultStore::open(path("store"))) store_ = std::move(*opened);
    if (auto opened = sqlite::ArchiveAccess::open(path("archive"), calls_))
      archive_.emplace(std::move(*opened));
    if (store_ == nullptr) return;
    write("a");
    backup(&Archive::take_base);
    for (int i = 0; i < 3; ++i) {
      write("a");
      write("b");
      rotate();
      backup(&Archive::ship);
    }
    backup(&Archive::take_base);
    write("b");
    backup(&Archive::ship);
    if (archive_) restored_ = archive_->restore({}, path("restored")).has_value();
  }

  // What a killed process would leave: the files, with the log that no close has cleaned up.
  void copy_as_killed() {
    std::filesystem::create_directory(path("killed"));
    for (const char* name : {"vault.db", "vault.db-wal"}) {
      if (std::filesystem::exists(path("store") / name))
        std::filesystem::copy(path("store") / name, path("killed") / name);
    }
  }

  void check() {
    copy_as_killed();
    store_.reset();
    archive_.reset();
    check_store("killed");
    check_store("store");
    check_archive();
    check_restored();
  }

 private:
  struct Told {
    std::uint64_t version = 0;  // acknowledged
    bool unknown = false;       // the next one may be there
  };
  std::filesystem::path path(const std::string& name) const { return temp_.path() / name; }

  void settle(Told& told, const Result<>& applied, std::uint64_t version) {
    if (applied) {
      told = {.version = version, .unknown = false};
    } else if (applied.error().code == ErrorCode::kInternal) {
      told.unknown = true;
    } else {
      EXPECT_EQ(applied.error().code, ErrorCode::kUnavailable) << applied.error().message;
    }
  }
  // As kInternal asks: reads what is there before it writes again.
  std::uint64_t current(const std::string& name) {
    const auto stored = store_->read_record({"t", "api_key", name});
    if (!stored || !stored->record) return told_[name].version;
    return stored->record->info.version;
  }
  void write(const std::string& name) {
    const std::uint64_t expected = current(name);
    const auto batch = batch_of(put("t", name, expected, std::to_string(expected + 1)));
    settle(told_[name], store_->apply(batch), expected + 1);
  }
  void rotate() {
    const std::uint64_t expected = current("r1");
    vault::Batch batch;
    for (const char* name : {"r1", "r2", "r3"})
      batch.records.push_back(put("t", name, expected, "r"));
    settle(told_["r1"], store_->apply(batch), expected + 1);
  }
  template <class Call>
  void backup(Call call) {
    if (!archive_) return;
    const auto done = ((*archive_).*call)(*store_, {});
    if (done) return;
    const ErrorCode code = done.error().code;
    EXPECT_TRUE(code == ErrorCode::kUnavailable || code == ErrorCode::kInternal ||
                code == ErrorCode::kFailedPrecondition)
        << done.error().message;
  }

  void check_store(const std::string& directory) {
    auto store = VaultStore::open(path(directory));
    ASSERT_TRUE(store) << directory << ": " << store.error().message;
    EXPECT_EQ(RawDatabase(path(directory) / "vault.db").rows("PRAGMA integrity_check"), "ok\x1f\n");
    for (const auto& [name, told] : told_) {
      const auto stored = (*store)->read_record({"t", "api_key", name});
      ASSERT_TRUE(stored);
      const std::uint64_t version = stored->record ? stored->record->info.version : 0;
      if (told.unknown) {
        EXPECT_TRUE(version == told.version || version == told.version + 1) << directory << name;
      } else {
        EXPECT_EQ(version, told.version) << directory << ' ' << name;
      }
      if (name != "r1") continue;
      for (const char* other : {"r2", "r3"}) {
        const auto beside = (*store)->read_record({"t", "api_key", other});
        EXPECT_EQ(beside->record ? beside->record->info.version : 0, version) << "half a batch";
      }
    }
  }

  void check_archive() {
    auto store = VaultStore::open(path("store"));
    auto archive = sqlite::ArchiveAccess::open(path("archive"), calls_);
    ASSERT_TRUE(store && archive);
    const auto before = archive->verify();
    ASSERT_TRUE(before);
    for (const auto& finding : before->findings) {
      EXPECT_TRUE(finding.kind == sqlite::VerifyReport::Kind::kLeftover || finding.file.empty())
          << finding.file << ": " << finding.what;
    }
    const auto base = archive->take_base(**store);
    ASSERT_TRUE(base) << base.error().message;
    const auto shipped = archive->ship(**store);
    ASSERT_TRUE(shipped) << shipped.error().message;
    ASSERT_TRUE(archive->verify()->intact());
    // From the end and, where there is one, from the oldest base.
    for (const std::uint64_t seq : {shipped->last.seq, archive->verify()->first->seq}) {
      const auto to = path("restored-" + std::to_string(seq));
      std::filesystem::remove_all(to);
      ASSERT_TRUE(archive->restore({.seq = seq, .time = {}}, to));
      if (seq == shipped->last.seq) {
        EXPECT_EQ(RawDatabase(to / "vault.db").vault_state(),
                  RawDatabase(path("store") / "vault.db").vault_state());
      }
    }
  }

  void check_restored() {
    if (!std::filesystem::exists(path("restored"))) return;
    auto store = VaultStore::open(path("restored"), coefficient::system_clock(), {.create = false});
    if (restored_) {
      EXPECT_TRUE(store);
    }
    if (store) {
      EXPECT_EQ(RawDatabase(path("restored") / "vault.db").rows("PRAGMA integrity_check"),
                "ok\x1f\n");
    }
  }

  test::TempDir temp_;
  test::FaultyCalls calls_;
  std::unique_ptr<VaultStore> store_;
  std::optional<Archive> archive_;
  std::map<std::string, Told> told_;
  bool restored_ = false;
};

struct FaultCase {
  const char* name;
  Kind kind;
  bool lasting;
};

class FaultTest : public testing::TestWithParam<FaultCase> {};

// Every call unless COEFFICIENT_FAULT_STRIDE asks for each n-th only, as sanitizer runs do.
long stride() {
  const char* text = std::getenv("COEFFICIENT_FAULT_STRIDE");
  return text == nullptr ? 1 : std::max(1L, std::strtol(text, nullptr, 10));
}

}  // namespace

TEST_P(FaultTest, NothingAcknowledgedIsLostAndNothingRefusedComesBack) {
  FaultPlan plan;
  const test::FaultVfs vfs(plan);
  long calls = 1;
  long armed_runs = 0;
  long failed_runs = 0;
  for (long at = 0; at <= calls; at += at == 0 ? 1 : stride()) {
    SCOPED_TRACE("call " + std::to_string(at));
    FaultRun run(plan);
    plan.arm(at, GetParam().kind, GetParam().lasting);
    run.work();
    if (at == 0) calls = plan.calls();  // of the run without a fault
    armed_runs += at == 0 ? 0 : 1;
    if (at != 0 && plan.calls() >= at) ++failed_runs;
    plan.disarm();
    run.check();
    if (HasFailure()) break;
  }
  EXPECT_EQ(failed_runs, armed_runs);
  EXPECT_GT(calls, 100);
  RecordProperty("calls", static_cast<int>(calls));
}

INSTANTIATE_TEST_SUITE_P(All, FaultTest,
                         testing::Values(FaultCase{"Eio", Kind::kIo, false},
                                         FaultCase{"EioLasting", Kind::kIo, true},
                                         FaultCase{"Enospc", Kind::kNoSpace, false},
                                         FaultCase{"EnospcLasting", Kind::kNoSpace, true},
                                         FaultCase{"ShortWrite", Kind::kShortWrite, false},
                                         FaultCase{"ShortWriteLasting", Kind::kShortWrite, true}),
                         [](const auto& tested) { return std::string(tested.param.name); });

// What no fsync has covered is lost: then, too, what was acknowledged is there.
TEST(PowerCut, WhatWasAcknowledgedSurvivesIt) {
  FaultPlan plan;
  test::FaultVfs vfs(plan);
  vfs.remember(true);
  test::TempDir temp;
  const auto directory = std::filesystem::canonical(temp.path()) / "store";
  auto store = VaultStore::open(directory);
  ASSERT_TRUE(store);
  auto archive = Archive::open(temp.path() / "archive");
  ASSERT_TRUE(archive);
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(
        (*store)->apply(batch_of(put("t", "n" + std::to_string(i), 0, std::string(3000, 'x')))));
    if (i == 20) {
      ASSERT_TRUE(archive->take_base(**store));
    }
    if (i % 7 == 0) RawDatabase(directory / "vault.db").run("PRAGMA wal_checkpoint");
    const auto cut = temp.path() / ("cut" + std::to_string(i));
    std::filesystem::create_directory(cut);
    vfs.power_cut(directory, cut);
    RawDatabase raw(cut / "vault.db");
    EXPECT_EQ(raw.rows("PRAGMA integrity_check"), "ok\x1f\n") << i;
    EXPECT_EQ(raw.rows("SELECT count(*) FROM record"), std::to_string(i + 1) + "\x1f\n");
  }
  // The control: a change without an fsync is not there after a power cut.
  RawDatabase(directory / "vault.db").run("PRAGMA synchronous=OFF; DELETE FROM record");
  const auto cut = temp.path() / "cut-without-fsync";
  std::filesystem::create_directory(cut);
  vfs.power_cut(directory, cut);
  EXPECT_EQ(RawDatabase(cut / "vault.db").rows("SELECT count(*) FROM record"), "60\x1f\n");
}
