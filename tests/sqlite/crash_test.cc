// kill -9 at random moments: what was acknowledged is there, whole, and everything opens again.
#include <map>
#include <random>

#include "coefficient/sqlite/archive.h"
#include "crash_records.h"
#include "store_support.h"
#include "support/child.h"

using namespace coefficient;
using sqlite::Archive;
using sqlite::VaultStore;
using test::RawDatabase;

namespace {

constexpr int kWriteRounds = 240;
constexpr int kRestoreRounds = 60;

// sqlite_crash_child with these arguments.
std::vector<std::string> crash_child(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), SQLITE_CRASH_CHILD);
  return arguments;
}

class CrashTest : public testing::Test {
 protected:
  // Lets a child work, kills it after some lines that begin with `counted`, and notes what it said
  // before it died.
  void crash_once(const std::vector<std::string>& arguments, std::string_view counted = {}) {
    test::Child child(crash_child(arguments));
    const auto note = [&](const std::string& line) {
      const auto space = line.find(' ');
      auto& number = said_[line.substr(0, space)];
      number = std::max(number, std::stoull(line.substr(space + 1)));
    };
    for (int left = 1 + static_cast<int>(random_() % (counted.empty() ? 12 : 3)); left > 0;) {
      const std::string line = child.line();
      ASSERT_FALSE(line.empty()) << "the child ended by itself";
      note(line);
      if (line.starts_with(counted)) --left;
    }
    ASSERT_TRUE(child.kill());
    for (std::string line = child.line(); !line.empty(); line = child.line()) note(line);
  }
  // Every third time not before the child has shipped something.
  void write_and_crash(int round) {
    crash_once({"write", temp_.path()}, round % 3 == 2 ? "shipped" : "");
  }

  // How many acknowledged writes are not there. Batches must be whole in any case.
  int lost(VaultStore& store) {
    int lost = 0;
    for (const auto& names : test::kCrashGroups) {
      std::uint64_t group_version = 0;
      for (const std::string& name : names) {
        const auto stored = store.read_record(test::crash_ref(name));
        EXPECT_TRUE(stored) << stored.error().message;
        const std::uint64_t version = stored->record ? stored->record->info.version : 0;
        if (version < said_[names.front()]) ++lost;
        if (name == names.front()) group_version = version;
        EXPECT_EQ(version, group_version) << name << ": half a batch";
        if (version == 0) continue;
        EXPECT_EQ(stored->record->blob, test::crash_batch({name}, version - 1).records[0].row.blob);
        EXPECT_EQ(stored->high_water->version, version);
      }
    }
    return lost;
  }
  std::unique_ptr<VaultStore> open(const std::filesystem::path& directory) {
    auto store = VaultStore::open(directory);
    EXPECT_TRUE(store) << store.error().message;
    EXPECT_EQ(RawDatabase(directory / "vault.db").rows("PRAGMA integrity_check"), "ok\x1f\n");
    return store ? std::move(*store) : nullptr;
  }
  std::filesystem::path store_path() const { return temp_.path() / "store"; }

  test::TempDir temp_;
  std::mt19937 random_{std::random_device{}()};
  std::map<std::string, unsigned long long> said_;
};

}  // namespace

TEST_F(CrashTest, NothingAcknowledgedIsLost) {
  for (int round = 0; round < kWriteRounds; ++round) {
    ASSERT_NO_FATAL_FAILURE(write_and_crash(round));
    auto store = open(store_path());
    ASSERT_NE(store, nullptr);
    ASSERT_EQ(lost(*store), 0) << "round " << round;
    if (round % 10 != 9) continue;
    auto archive = Archive::open(temp_.path() / "archive");
    ASSERT_TRUE(archive);
    const auto verified = archive->verify();
    ASSERT_TRUE(verified && verified->intact());
    if (said_.contains("shipped")) {
      ASSERT_GE(verified->last->seq, said_["shipped"]);
    }
    ASSERT_TRUE(archive->take_base(*store));  // there is none if no child came so far
    ASSERT_TRUE(archive->ship(*store));
    const auto to = temp_.path() / ("checked" + std::to_string(round));
    const auto restored = archive->restore({}, to);
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(RawDatabase(to / "vault.db").vault_state(),
              RawDatabase(store_path() / "vault.db").vault_state());
  }
  EXPECT_GT(said_["shipped"], 0U);
  RecordProperty("acknowledged", static_cast<int>(said_["a"] + said_["b"] + said_["c"]));
  EXPECT_GE(said_["a"] + said_["b"] + said_["c"] + said_["rotated1"], 1ULL * kWriteRounds);
}

TEST_F(CrashTest, ARestoreIsCompleteOrIsNoStore) {
  ASSERT_NO_FATAL_FAILURE(write_and_crash(0));
  {
    auto store = open(store_path());
    auto archive = Archive::open(temp_.path() / "archive");
    ASSERT_TRUE(archive->take_base(*store));
    for (std::uint64_t i = 0; i < 50; ++i)
      ASSERT_TRUE(store->apply(test::batch_of(test::put("t", "n", i, std::to_string(i)))));
    ASSERT_TRUE(archive->ship(*store));
  }
  const std::string state = RawDatabase(store_path() / "vault.db").vault_state();
  int first = 0;
  for (int round = 0; round < kRestoreRounds; ++round) {
    ASSERT_NO_FATAL_FAILURE(crash_once({"restore", temp_.path(), std::to_string(first)}));
    for (;; ++first) {
      const auto directory = temp_.path() / ("restored" + std::to_string(first));
      if (!std::filesystem::exists(directory)) break;
      auto store = VaultStore::open(directory, coefficient::system_clock(), {.create = false});
      if (store) {
        ASSERT_EQ(RawDatabase(directory / "vault.db").vault_state(), state);
      } else {
        ASSERT_GT(static_cast<unsigned long long>(first), said_["restored"]) << "acknowledged";
        ASSERT_TRUE(store.error().code == ErrorCode::kFailedPrecondition ||
                    store.error().code == ErrorCode::kNotFound)
            << store.error().message;
      }
      std::filesystem::remove_all(directory);
    }
  }
}

// Several processes on one store and one archive, one of them killed every time.
TEST_F(CrashTest, ProcessesShareAStoreAndSurviveEachOther) {
  constexpr int kTimes = 100;
  auto store = VaultStore::open(store_path());
  auto archive = Archive::open(temp_.path() / "archive");
  ASSERT_TRUE(store && archive && archive->take_base(**store));
  std::vector<std::unique_ptr<test::Child>> counters;
  for (int i = 0; i < 3; ++i) {
    counters.push_back(std::make_unique<test::Child>(
        crash_child({"count", temp_.path(), std::to_string(kTimes)})));
  }
  for (int i = 0; i < 5; ++i) {
    test::Child killed(crash_child({"count", temp_.path(), "1000000"}));
    for (const auto start = (*store)->read_record(test::crash_ref("shared"));;) {
      const auto now = (*store)->read_record(test::crash_ref("shared"));
      ASSERT_TRUE(start && now) << now.error().message;
      if (now->record &&
          (!start->record || now->record->info.version > start->record->info.version + 10))
        break;
    }
    ASSERT_TRUE(killed.kill());
  }
  for (const auto& counter : counters)
    EXPECT_EQ(counter->line(), "counted " + std::to_string(kTimes));
  const auto shared = (*store)->read_record(test::crash_ref("shared"));
  ASSERT_TRUE(shared && shared->record);
  EXPECT_GE(shared->record->info.version, 3ULL * kTimes);
  const auto shipped = archive->ship(**store);
  ASSERT_TRUE(shipped) << shipped.error().message;
  EXPECT_EQ(shipped->last.seq, shared->record->info.version);  // one count, one transaction
  ASSERT_TRUE(archive->verify()->intact());
  ASSERT_TRUE(archive->restore({}, temp_.path() / "restored"));
  EXPECT_EQ(RawDatabase(temp_.path() / "restored" / "vault.db").vault_state(),
            RawDatabase(store_path() / "vault.db").vault_state());
}

// The same rounds and the same count against a child that says "done" before it is: the count must
// find what that loses, or the test above shows nothing.
TEST_F(CrashTest, TheCountFindsWhatAnEarlyAnswerLoses) {
  int found = 0;
  for (int round = 0; round < kWriteRounds && found == 0; ++round) {
    ASSERT_NO_FATAL_FAILURE(crash_once({"early", temp_.path()}));
    auto store = open(store_path());
    ASSERT_NE(store, nullptr);
    found = lost(*store);
  }
  EXPECT_GT(found, 0);
}
