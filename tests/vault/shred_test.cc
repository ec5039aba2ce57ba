#include "coefficient/vault/shred_ledger.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <thread>

#include "coefficient/vault/vault.h"
#include "vault/ledger_text.h"
#include "vault/process.h"
#include "vault/vault_fixture.h"

namespace test {
namespace {

std::atomic<int> fsync_calls{0};
std::atomic<bool> fsync_fails{false};

}  // namespace
}  // namespace test

// Takes the place of libc's in this program.
extern "C" int fsync(int fd) {
  ++test::fsync_calls;
  if (!test::fsync_fails) return static_cast<int>(syscall(SYS_fsync, fd));
  errno = EIO;
  return -1;
}

namespace test {
namespace {

class ShredTest : public VaultTest {
 protected:
  // What a backup of the database has of one tenant.
  static void copy_tenant(Store& from, Store& to, const std::string& tenant) {
    Batch batch;
    const auto keys = from.read_data_keys(tenant, std::nullopt).value();
    batch.data_keys = DataKeysWrite{tenant, 0, keys.rows};
    const auto list = from.list_records({tenant, "", ""}, 1000).value();
    for (const RecordInfo& info : list) {
      const auto stored = from.read_record({info.tenant, info.kind, info.name}).value();
      batch.records.push_back({*stored.record, *stored.high_water, 0});
    }
    const auto keks = from.read_keks().value();
    for (const KekRow& row : keks) batch.keks.push_back({row, std::nullopt});
    ASSERT_TRUE(to.apply(batch));
  }
  static bool all_destroyed(Store& in, const std::string& tenant) {
    const auto keys = in.read_data_keys(tenant, std::nullopt).value();
    for (const DataKeyRow& row : keys.rows)
      if (row.state != DataKeyState::kDestroyed || !row.wraps.empty() ||
          row.kcv != std::array<std::byte, 32>{})
        return false;
    return !keys.rows.empty();
  }
};

TEST_F(ShredTest, AShreddedTenantIsGoneAndItsNameIsNeverUsedAgain) {
  const auto vault = open();
  put(*vault, "secret");
  ASSERT_TRUE(vault->rotate_dek("org-1"));
  put(*vault, "secret", {"org-1", "k", "n"});
  put(*vault, "kept", {"org-2", "k", "n"});
  ASSERT_TRUE(vault->shred("org-1"));
  const auto again = open();
  for (Vault* v : {vault.get(), again.get()}) {
    EXPECT_EQ(code(v->get(kRef)), ErrorCode::kFailedPrecondition);
    EXPECT_EQ(code(v->put(kRef, bytes("x"))), ErrorCode::kFailedPrecondition);
    EXPECT_EQ(code(v->remove(kRef)), ErrorCode::kFailedPrecondition);
    EXPECT_EQ(code(v->list({"org-1", "", ""}, 1)), ErrorCode::kFailedPrecondition);
    EXPECT_EQ(code(v->rotate_dek("org-1")), ErrorCode::kFailedPrecondition);
    EXPECT_EQ(get(*v, {"org-2", "k", "n"}), "kept");
  }
  EXPECT_TRUE(all_destroyed(memory, "org-1"));
  EXPECT_EQ(data_keys().rows.size(), 2u);
  EXPECT_TRUE(memory.list_records({"org-1", "", ""}, 1)->empty());
  EXPECT_TRUE(vault->shred("org-1"));
  EXPECT_EQ(ledger.read()->size(), 1u);
}

TEST_F(ShredTest, AlsoATenantThatHasNothingYet) {
  const auto vault = open();
  ASSERT_TRUE(vault->shred("org-1"));
  EXPECT_TRUE(all_destroyed(memory, "org-1"));
  ListLedger lost;
  const auto without = Vault::create({store, lost, arena, {kek}, nullptr, clock}).value();
  EXPECT_EQ(code(without->put(kRef, bytes("x"))), ErrorCode::kFailedPrecondition)
      << "the store says so by itself";
}

TEST_F(ShredTest, AnotherProcessWithTheKeyInItsCacheNoticesAtTheNextCall) {
  const auto other = open();
  const auto vault = open();
  put(*other, "secret");
  EXPECT_EQ(get(*other), "secret");
  ASSERT_TRUE(vault->shred("org-1"));
  EXPECT_EQ(code(other->get(kRef)), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(code(other->put(kRef, bytes("x"))), ErrorCode::kFailedPrecondition);
}

TEST_F(ShredTest, ARestoredBackupDoesNotResurrectIt) {
  const auto vault = open();
  put(*vault, "secret");
  MemoryStore restored;
  copy_tenant(memory, restored, "org-1");
  ASSERT_TRUE(vault->shred("org-1"));
  {  // Without the ledger it would: the test can fail.
    MemoryStore copy;
    copy_tenant(restored, copy, "org-1");
    ListLedger lost;
    const auto naive = Vault::create({copy, lost, arena, {kek}, nullptr, clock}).value();
    EXPECT_EQ(get(*naive), "secret");
  }
  const auto after = Vault::create(parts(restored, {kek})).value();
  EXPECT_EQ(code(after->get(kRef)), ErrorCode::kFailedPrecondition);
  EXPECT_TRUE(all_destroyed(restored, "org-1"));
  EXPECT_TRUE(restored.list_records({"org-1", "", ""}, 1)->empty());
}

TEST_F(ShredTest, ARestoreBelowARunningVaultDoesNotResurrectItEither) {
  const auto vault = open();
  put(*vault, "secret");
  const StoredRecord record = memory.read_record(kRef).value();
  const DataKeys keys = data_keys();
  ASSERT_TRUE(vault->shred("org-1"));
  store.on_record = [&](const RecordRef&, StoredRecord& r) { r = record; };
  store.on_data_keys = [&](DataKeys& k) { k = keys; };
  EXPECT_EQ(code(vault->get(kRef)), ErrorCode::kFailedPrecondition);
}

TEST_F(ShredTest, TheLedgerComesFirst) {
  const auto vault = open();
  put(*vault, "secret");
  ledger.fails = true;
  EXPECT_EQ(code(vault->shred("org-1")), ErrorCode::kUnavailable);
  EXPECT_EQ(get(*vault), "secret") << "nothing was destroyed";
  ledger.fails = false;
  store.on_apply = [](const Batch&) { return Error{ErrorCode::kUnavailable, "disk"}; };
  EXPECT_EQ(code(vault->shred("org-1")), ErrorCode::kUnavailable);
  EXPECT_EQ(code(vault->get(kRef)), ErrorCode::kFailedPrecondition) << "the ledger has it";
  store.on_apply = nullptr;
  EXPECT_TRUE(vault->shred("org-1"));
  EXPECT_TRUE(all_destroyed(memory, "org-1"));
  EXPECT_EQ(ledger.read()->size(), 1u);
}

// Until the store can be written again it is pending, and no other tenant has to wait for that.
TEST_F(ShredTest, AStoreThatCannotBeWrittenKeepsNoOtherTenantUnreadable) {
  const RecordRef other{"org-2", "k", "n"};
  const auto vault = open();
  put(*vault, "secret");
  put(*vault, "kept", other);
  for (const ErrorCode error :
       {ErrorCode::kUnavailable, ErrorCode::kResourceExhausted, ErrorCode::kInternal}) {
    store.on_apply = [error](const Batch&) { return Error{error, "disk"}; };
    EXPECT_EQ(code(vault->shred("org-1")), error);
    const auto again = Vault::create(parts(store, {kek}));
    ASSERT_TRUE(again) << again.error().message;
    for (Vault* v : {vault.get(), again->get()}) {
      EXPECT_EQ(v->unfinished_shreds(), std::vector<std::string>{"org-1"});
      EXPECT_EQ(code(v->get(kRef)), ErrorCode::kFailedPrecondition);
      EXPECT_EQ(get(*v, other), "kept");
    }
  }
  EXPECT_EQ(ledger.read()->size(), 1u);
  store.on_apply = [](const Batch&) { return Error{ErrorCode::kDataLoss, "damaged"}; };
  EXPECT_EQ(code(Vault::create(parts(store, {kek}))), ErrorCode::kDataLoss);
  EXPECT_FALSE(all_destroyed(memory, "org-1"));
}

TEST_F(ShredTest, WhateverWritesFinishesAShred) {
  const std::function<void(Vault&)> writes[] = {
      [](Vault& v) {
        put(v, "x", {"org-2", "k", "n"});
      },
      [](Vault& v) {
        EXPECT_TRUE(v.remove({"org-2", "k", "n"}));
      },
      [](Vault& v) { EXPECT_TRUE(v.rotate_dek("org-2")); },
      [](Vault& v) {
        EXPECT_TRUE(v.rewrap({"local", "main", "1"}));
      },
      [this](Vault&) { open(); }};
  int i = 0;
  for (const auto& write : writes) {
    const std::string tenant = "gone-" + std::to_string(++i);
    const auto vault = open();
    put(*vault, "kept", {"org-2", "k", "n"});
    put(*vault, "secret", {tenant, "k", "n"});
    store.on_apply = [](const Batch&) { return Error{ErrorCode::kUnavailable, "disk"}; };
    EXPECT_FALSE(vault->shred(tenant));
    store.on_apply = nullptr;
    EXPECT_FALSE(all_destroyed(memory, tenant));
    write(*vault);
    EXPECT_TRUE(all_destroyed(memory, tenant)) << i;
    EXPECT_TRUE(memory.list_records({tenant, "", ""}, 1)->empty());
    put(*vault, "kept", {"org-2", "k", "n"});
    EXPECT_TRUE(vault->unfinished_shreds().empty());
  }
}

TEST_F(ShredTest, AKeyThatIsBeingUnwrappedIsNotKept) {
  put(*open(), "secret");
  const auto vault = open();
  bool shredded = false;
  kek->on_unwrap = [&] {
    const bool first = !std::exchange(shredded, true);
    EXPECT_TRUE(!first || vault->shred("org-1"));
  };
  (void)vault->get(kRef);  // either answer is right: it began before the shred
  ASSERT_TRUE(shredded);
  EXPECT_EQ(code(vault->get(kRef)), ErrorCode::kFailedPrecondition);
}

class LedgerTest : public ::testing::Test {
 protected:
  static std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write(const std::string& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
  }
  static ShredEntry entry(const std::string& tenant, int at = 1700000000) {
    return {tenant, Timestamp(std::chrono::seconds(at))};
  }
  std::vector<std::string> tenants() const {
    std::vector<std::string> out;
    const auto entries = FileShredLedger::open(path_).value()->read().value();
    for (const ShredEntry& e : entries) out.push_back(e.tenant);
    return out;
  }
  ErrorCode open_error() const {
    const auto ledger = FileShredLedger::open(path_);
    return ledger ? ErrorCode{0} : ledger.error().code;
  }
  TempDir directory_;
  std::string path_ = directory_.file("ledger");
  using Names = std::vector<std::string>;
};

TEST_F(LedgerTest, KeepsEntries) {
  EXPECT_EQ(open_error(), ErrorCode::kNotFound) << "a lost ledger is not an empty one";
  {
    const auto ledger = FileShredLedger::create(path_).value();
    EXPECT_TRUE(ledger->read()->empty());
    ASSERT_TRUE(ledger->append(entry("org-1")));
    ASSERT_TRUE(ledger->append(entry("\xc3\xa4 b", -5)));
    EXPECT_EQ(ledger->append(entry("")).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(ledger->append(entry("a\nb")).error().code, ErrorCode::kInvalidArgument);
  }
  const auto entries = FileShredLedger::open(path_).value()->read().value();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[1].tenant, "\xc3\xa4 b");
  EXPECT_EQ(entries[1].shredded_at.time_since_epoch().count(), -5);
  EXPECT_EQ(FileShredLedger::create(path_).error().code, ErrorCode::kAlreadyExists);
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

// Whoever may write it decides which keys are destroyed.
TEST_F(LedgerTest, OwnerAndModeAreThoseOfAKeyFile) {
  const auto ledger = FileShredLedger::create(path_).value();
  for (const mode_t mode : {0600U, 0640U, 0644U}) {
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
    EXPECT_EQ(open_error(), ErrorCode{0}) << mode;
  }
  for (const mode_t mode : {0620U, 0602U, 0660U, 0666U, 0777U}) {
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
    EXPECT_EQ(open_error(), ErrorCode::kPermissionDenied) << mode;
    EXPECT_EQ(ledger->read().error().code, ErrorCode::kPermissionDenied) << "also one in use";
    EXPECT_EQ(ledger->append(entry("t")).error().code, ErrorCode::kPermissionDenied);
  }
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  EXPECT_TRUE(tenants().empty());
  if (geteuid() == 0) {
    ASSERT_EQ(chown(path_.c_str(), 65534, 65534), 0);
    EXPECT_EQ(open_error(), ErrorCode::kPermissionDenied);
  }
}

TEST_F(LedgerTest, IsMadeWholeOrNotAtAll) {
  std::ofstream(path_ + ".new") << "CF";  // what a crash leaves
  EXPECT_EQ(open_error(), ErrorCode::kNotFound);
  ASSERT_TRUE(FileShredLedger::create(path_));
  EXPECT_EQ(content(path_), "CFL1\n");
  EXPECT_FALSE(std::ifstream(path_ + ".new").is_open());
  ASSERT_EQ(symlink("nowhere", (path_ + "-link").c_str()), 0);
  EXPECT_EQ(FileShredLedger::create(path_ + "-link").error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(FileShredLedger::create(path_ + "/x").error().code, ErrorCode::kUnavailable);
}

TEST_F(LedgerTest, WhateverACrashLeftUnfinishedIsCutOff) {
  {
    const auto ledger = FileShredLedger::create(path_).value();
    ASSERT_TRUE(ledger->append(entry("one")));
  }
  const std::string one = content(path_);
  ASSERT_TRUE(FileShredLedger::open(path_).value()->append(entry("two")));
  const std::string two = content(path_);
  for (std::size_t n = one.size(); n <= two.size(); ++n) {
    write(path_, two.substr(0, n));
    const bool whole = n + 1 >= two.size();
    EXPECT_EQ(tenants(), whole ? (Names{"one", "two"}) : Names{"one"}) << n;
    ASSERT_TRUE(FileShredLedger::open(path_).value()->append(entry("three"))) << n;
    EXPECT_EQ(tenants(), whole ? (Names{"one", "two", "three"}) : (Names{"one", "three"})) << n;
  }
}

TEST_F(LedgerTest, AnyChangedByteOfAnEarlierLineIsDamage) {
  {
    const auto ledger = FileShredLedger::create(path_).value();
    for (const char* tenant : {"one", "two", "three"}) ASSERT_TRUE(ledger->append(entry(tenant)));
  }
  const std::string good = content(path_);
  const std::size_t last = good.rfind('\n', good.size() - 2) + 1;
  for (std::size_t i = 0; i < last; ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    write(path_, bad);
    EXPECT_EQ(open_error(), ErrorCode::kDataLoss) << i;
  }
  const std::size_t second = good.find('\n', 5) + 1;
  write(path_, good.substr(0, 5) + good.substr(second));
  EXPECT_EQ(open_error(), ErrorCode::kDataLoss) << "a removed entry";
  write(path_, good + good.substr(last));
  EXPECT_EQ(open_error(), ErrorCode::kDataLoss) << "a repeated entry";
  for (const char* text : {"", "CFL1", "CFL2\n", "\nCFL1\n"}) {
    write(path_, text);
    EXPECT_EQ(open_error(), ErrorCode::kDataLoss) << text;
  }
}

TEST_F(LedgerTest, TwoHandlesAndManyThreads) {
  const auto one = FileShredLedger::create(path_).value();
  const auto two = FileShredLedger::open(path_).value();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(
            (t % 2 == 0 ? one : two)->append(entry(std::to_string(t) + "-" + std::to_string(i))));
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(tenants().size(), 40u);
  EXPECT_EQ(one->read()->size(), 40u);
}

// The write that does not fit is taken back, and the ledger goes on when there is room again.
TEST_F(LedgerTest, AFullDiskLeavesItWhole) {
  {
    const auto ledger = FileShredLedger::create(path_).value();
    ASSERT_TRUE(ledger->append(entry("one")));
  }
  const std::size_t size = content(path_).size();
  const int status = in_child([&] {
    if (std::signal(SIGXFSZ, SIG_IGN) == SIG_ERR) return 1;
    const auto ledger = FileShredLedger::open(path_).value();
    const rlimit limit{size + 10, RLIM_INFINITY};  // ten bytes of the next line fit
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    const auto full = ledger->append(entry("two"));
    if (full || full.error().code != ErrorCode::kUnavailable) return 3;
    const rlimit no_limit{RLIM_INFINITY, RLIM_INFINITY};
    if (setrlimit(RLIMIT_FSIZE, &no_limit) != 0) return 4;
    return ledger->append(entry("three")) ? 0 : 5;
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(tenants(), (Names{"one", "three"}));
}

TEST_F(LedgerTest, AFailedFsyncLeavesNoEntry) {
  const auto ledger = FileShredLedger::create(path_).value();
  ASSERT_TRUE(ledger->append(entry("one")));
  const std::string before = content(path_);
  fsync_fails = true;
  const auto failed = ledger->append(entry("two"));
  fsync_fails = false;
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kInternal);
  EXPECT_EQ(content(path_), before) << "it might pass for durable";
  EXPECT_EQ(ledger->append(entry("two")).error().code, ErrorCode::kInternal);
  ASSERT_TRUE(FileShredLedger::open(path_).value()->append(entry("two")));
  EXPECT_EQ(tenants(), (Names{"one", "two"}));
}

// A process died between the write of an entry and its fsync.
TEST_F(LedgerTest, NoKeyIsDestroyedOnTheWordOfAnEntryThatMayNotBeDurable) {
  MemoryStore store;
  const auto arena = SecretArena::create().value();
  const auto kek = random_kek({"main"}, *arena);
  const auto ledger = FileShredLedger::create(path_).value();
  const auto vault = Vault::create({store, *ledger, arena, {kek}}).value();
  ASSERT_TRUE(vault->put({"t", "k", "n"}, bytes("s")));
  LedgerHash last{};
  std::ofstream(path_, std::ios::app) << format_ledger_line(entry("t"), last).value();
  fsync_fails = true;
  EXPECT_EQ(ledger->read().error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(vault->shred("t"));
  EXPECT_FALSE(Vault::create({store, *ledger, arena, {kek}}));
  fsync_fails = false;
  EXPECT_EQ(store.read_data_keys("t", std::nullopt)->rows.front().state, DataKeyState::kActive);
  const int calls = fsync_calls;
  ASSERT_TRUE(vault->shred("t"));
  EXPECT_GT(fsync_calls, calls);
  EXPECT_EQ(tenants(), Names{"t"});
  EXPECT_FALSE(vault->get({"t", "k", "n"}));
}

TEST_F(LedgerTest, AVaultShredsWithIt) {
  MemoryStore store;
  const auto arena = SecretArena::create().value();
  const auto kek = random_kek({"main"}, *arena);
  const auto ledger = FileShredLedger::create(path_).value();
  const auto vault = Vault::create({store, *ledger, arena, {kek}}).value();
  ASSERT_TRUE(vault->put({"t", "k", "n"}, bytes("s")));
  ASSERT_TRUE(vault->shred("t"));
  EXPECT_EQ(tenants(), Names{"t"});
  const auto reopened = FileShredLedger::open(path_).value();
  EXPECT_FALSE(Vault::create({store, *reopened, arena, {kek}}).value()->get({"t", "k", "n"}));
}

}  // namespace
}  // namespace test
