#include "coefficient/sqlite/vault_store.h"

#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>
#include <tuple>

#include "sqlite/schema.h"
#include "store_support.h"

using namespace coefficient;
using sqlite::VaultStore;
using sqlite::VaultStoreOptions;
using test::batch_of;
using test::put;
using test::RawDatabase;

namespace {

class VaultStoreTest : public testing::Test {
 protected:
  std::unique_ptr<VaultStore> open(const VaultStoreOptions& options = {}) {
    auto store = VaultStore::open(directory(), coefficient::system_clock(), options);
    EXPECT_TRUE(store) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }
  Error refusal(const VaultStoreOptions& options = {}) {
    auto store = VaultStore::open(directory(), coefficient::system_clock(), options);
    EXPECT_FALSE(store);
    return store ? Error{} : store.error();
  }
  std::filesystem::path directory() const { return temp_.path() / "store"; }
  std::filesystem::path database() const { return directory() / "vault.db"; }

  test::TempDir temp_;
};

}  // namespace

TEST_F(VaultStoreTest, IsMadeForItsOwnerAloneAndWithTheSettingsThatThePromisesNeed) {
  auto store = open();
  ASSERT_TRUE(store->apply(batch_of(put("acme", "a", 0, "one"))));
  for (const auto& [path, mode] : {std::pair{directory(), 0700U}, std::pair{database(), 0600U},
                                   std::pair{directory() / "vault.db-wal", 0600U}}) {
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0) << path;
    EXPECT_EQ(status.st_mode & 0777U, mode) << path;
  }
  RawDatabase raw(database());
  EXPECT_EQ(raw.rows("PRAGMA journal_mode"), "wal\x1f\n");
  EXPECT_EQ(raw.rows("PRAGMA user_version"), "1\x1f\n");
  EXPECT_EQ(raw.rows("PRAGMA application_id"), std::to_string(0x43465653) + "\x1f\n");
}

TEST_F(VaultStoreTest, KeepsWhatItAcknowledgedOverAReopening) {
  auto store = open();
  ASSERT_TRUE(store->apply(batch_of(put("acme", "a", 0, "one"))));
  ASSERT_TRUE(store->apply(batch_of(put("acme", "a", 1, "two"))));
  store = open();  // a second one beside the first, then alone
  auto stored = store->read_record({"acme", "api_key", "a"});
  ASSERT_TRUE(stored && stored->record && stored->high_water);
  EXPECT_EQ(stored->record->blob, vault::Blob(test::byte_vector("two")));
  EXPECT_EQ(stored->record->info.version, 2U);
  EXPECT_EQ(stored->high_water->version, 2U);
}

TEST_F(VaultStoreTest, RefusesOptionsOutOfRange) {
  for (const VaultStoreOptions& options :
       {VaultStoreOptions{.busy_timeout = std::chrono::milliseconds(-1)},
        VaultStoreOptions{.busy_timeout = std::chrono::seconds(61)},
        VaultStoreOptions{.max_readers = 0}, VaultStoreOptions{.max_readers = 65},
        VaultStoreOptions{.max_unarchived_bytes = 1},
        VaultStoreOptions{.max_unarchived_bytes = ~std::uint64_t{0}}}) {
    EXPECT_EQ(refusal(options).code, ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(std::filesystem::exists(directory()));
}

TEST_F(VaultStoreTest, WithoutCreateNothingIsMade) {
  EXPECT_EQ(refusal({.create = false}).code, ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(directory()));
  std::filesystem::create_directory(directory());
  EXPECT_EQ(refusal({.create = false}).code, ErrorCode::kNotFound);
  EXPECT_TRUE(std::filesystem::is_empty(directory()));
}

TEST_F(VaultStoreTest, RefusesWhatIsNotAVault) {
  std::filesystem::create_directory(directory());
  {
    RawDatabase other(database());
    other.run("CREATE TABLE t (x)");
  }
  EXPECT_EQ(refusal().code, ErrorCode::kDataLoss);
  {
    RawDatabase other(database());  // and nothing was done to it
    EXPECT_EQ(other.rows("SELECT name FROM sqlite_schema"), "t\x1f\n");
    EXPECT_EQ(other.rows("PRAGMA journal_mode"), "delete\x1f\n");
  }
  std::ofstream(database(), std::ios::binary) << std::string(8192, 'x');
  EXPECT_EQ(refusal().code, ErrorCode::kDataLoss);
}

TEST_F(VaultStoreTest, RefusesANewerSchemaWithAClearError) {
  open();
  RawDatabase(database()).run("PRAGMA user_version = 2");
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::kFailedPrecondition);
  EXPECT_NE(error.message.find("schema version 2, this library knows up to 1"), std::string::npos)
      << error.message;
}

TEST_F(VaultStoreTest, DoesNotWriteWhenANewerVersionHasTakenTheStoreMeanwhile) {
  auto store = open();
  RawDatabase(database()).run("PRAGMA user_version = 2");
  const auto refused = store->apply(batch_of(put("acme", "a", 0, "one")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(RawDatabase(database()).rows("SELECT * FROM record"), "");
}

TEST_F(VaultStoreTest, RefusesASchemaThatSomebodyAddedTo) {
  for (const char* addition :
       {"CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM high_water; END",
        "CREATE VIEW v AS SELECT 1", "CREATE TABLE x (a)", "DROP INDEX data_key_active",
        "CREATE INDEX i ON record (version)"}) {
    open();
    RawDatabase(database()).run(addition);
    EXPECT_EQ(refusal().code, ErrorCode::kDataLoss) << addition;
    std::filesystem::remove_all(directory());
  }
}

TEST_F(VaultStoreTest, DoesNotFollowALinkInPlaceOfTheDatabase) {
  open();
  std::filesystem::rename(database(), temp_.path() / "elsewhere");
  std::filesystem::create_symlink(temp_.path() / "elsewhere", database());
  EXPECT_FALSE(VaultStore::open(directory()));
}

TEST_F(VaultStoreTest, OpensThroughALinkToItsDirectory) {
  open();
  std::filesystem::create_directory_symlink(directory(), temp_.path() / "link");
  EXPECT_TRUE(VaultStore::open(temp_.path() / "link/"));
}

TEST_F(VaultStoreTest, SaysThatADamagedRowIsDamaged) {
  auto store = open();
  vault::Batch batch = batch_of(put("acme", "a", 0, "one"));
  batch.data_keys = {.tenant = "acme",
                     .expected_revision = 0,
                     .rows = {test::data_key("acme", 1, vault::DataKeyState::kActive)}};
  batch.keks.push_back(
      {.row = {.kek = test::kek("1"), .canary = {}, .kcv = {}}, .expected_state = {}});
  ASSERT_TRUE(store->apply(batch));
  RawDatabase raw(database());
  raw.run(
      "PRAGMA ignore_check_constraints=ON; UPDATE record SET dek_id=x'00';"
      "UPDATE data_key_wrap SET algorithm=4; UPDATE kek SET state=0");
  EXPECT_EQ(store->read_record({"acme", "api_key", "a"}).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(store->list_records({"acme", "", ""}, 10).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(store->read_data_keys("acme").error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(store->list_data_keys_under(test::kek("1"), std::nullopt, 10).error().code,
            ErrorCode::kDataLoss);
  EXPECT_EQ(store->read_keks().error().code, ErrorCode::kDataLoss);
}

TEST_F(VaultStoreTest, ListsTheTenantsOfAllTables) {
  auto store = open();
  for (const auto& [tenant, id, state] : {std::tuple{"b", 1, vault::DataKeyState::kActive},
                                          std::tuple{"d", 2, vault::DataKeyState::kDestroyed}}) {
    vault::Batch batch;
    batch.data_keys = {.tenant = tenant,
                       .expected_revision = 0,
                       .rows = {test::data_key(tenant, static_cast<std::uint8_t>(id), state)}};
    ASSERT_TRUE(store->apply(batch));
  }
  for (const char* tenant : {"a", "b", "c"})
    for (const char* name : {"1", "2"})
      ASSERT_TRUE(store->apply(batch_of(put(tenant, name, 0, "one"))));
  RawDatabase(database()).run("DELETE FROM record WHERE tenant='c'");
  const auto shown = [&](std::string_view after, std::size_t limit) {
    std::string text;
    const auto tenants = store->list_tenants(after, limit);
    for (const auto& [tenant, shredded] : tenants.value()) text += tenant + (shredded ? "+" : "");
    return text;
  };
  EXPECT_EQ(shown("", 10), "abcd+");
  EXPECT_EQ(shown("", 2), "ab");
  EXPECT_EQ(shown("b", 2), "cd+");
  EXPECT_EQ(shown("d", 2), "");
}

TEST_F(VaultStoreTest, FindsRowsThatLackOthers) {
  using Lacks = sqlite::IncompleteRow::Lacks;
  auto store = open();
  vault::Batch batch;
  batch.keks.push_back(
      {.row = {.kek = test::kek("1"), .canary = {}, .kcv = {}}, .expected_state = {}});
  batch.data_keys = {.tenant = "acme",
                     .expected_revision = 0,
                     .rows = {test::data_key("acme", 1, vault::DataKeyState::kActive)}};
  batch.records = {put("acme", "a", 0, "one"), put("acme", "b", 0, "one")};
  ASSERT_TRUE(store->apply(batch));
  vault::Batch shredded;  // a destroyed data key has no wrap
  auto headstone = test::data_key("gone", 2, vault::DataKeyState::kDestroyed);
  headstone.wraps.clear();
  shredded.data_keys = {.tenant = "gone", .expected_revision = 0, .rows = {headstone}};
  ASSERT_TRUE(store->apply(shredded));
  EXPECT_TRUE(store->list_incomplete(10)->empty());

  RawDatabase raw(database());
  // What is found once `sql` has been done as well.
  const auto found = [&](const std::string& sql, std::size_t limit = 10) {
    raw.run(sql);
    std::string text;
    const auto rows = store->list_incomplete(limit);
    for (const sqlite::IncompleteRow& row : rows.value())
      text += std::to_string(static_cast<int>(row.lacks)) + row.tenant + row.kind + row.name + ' ';
    return text;
  };
  EXPECT_EQ(found("UPDATE kek SET state=2"), "1acme ");
  EXPECT_EQ(found("UPDATE kek SET state=1; UPDATE data_key_wrap SET purpose=2"), "1acme ");
  EXPECT_EQ(found("UPDATE data_key_wrap SET purpose=1, kek_id='other'"), "1acme ");
  EXPECT_EQ(found("UPDATE data_key_wrap SET kek_id='main'"), "");
  EXPECT_EQ(found("UPDATE data_key SET tenant='b' WHERE tenant='acme'"),
            "2acmeapi_keya 2acmeapi_keyb ");
  EXPECT_EQ(found("DELETE FROM data_key_wrap; DELETE FROM data_key WHERE tenant='b'"),
            "2acmeapi_keya 2acmeapi_keyb ");
  EXPECT_EQ(found("DELETE FROM record WHERE name='a'"), "2acmeapi_keyb 3acmeapi_keya ");
  EXPECT_EQ(found("DELETE FROM high_water WHERE name='b'"),
            "2acmeapi_keyb 3acmeapi_keya 4acmeapi_keyb ");
  EXPECT_EQ(found("SELECT 1", 2), "2acmeapi_keyb 3acmeapi_keya ");
  EXPECT_EQ(store->list_incomplete(1)->front().lacks, Lacks::kDataKey);
}

TEST_F(VaultStoreTest, ABatchThatIsTooLargeChangesNothing) {
  auto store = open();
  vault::Batch batch;
  const std::string content(std::size_t{13} << 20, 'x');
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    batch.records.push_back(put("acme", name, 0, content));
  }
  const auto refused = store->apply(batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  EXPECT_TRUE(store->list_records({"acme", "", ""}, 10)->empty());
  batch.records.pop_back();
  EXPECT_TRUE(store->apply(batch));
}

TEST_F(VaultStoreTest, AnotherWriterIsWaitedForOrIsAClearError) {
  auto store = open({.busy_timeout = std::chrono::milliseconds(0)});
  RawDatabase other(database());
  other.run("BEGIN IMMEDIATE");
  const auto refused = store->apply(batch_of(put("acme", "a", 0, "one")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(store->read_record({"acme", "api_key", "a"}));  // readers do not wait
  EXPECT_TRUE(open({.busy_timeout = std::chrono::milliseconds(0)}));
  other.run("COMMIT");
  EXPECT_TRUE(store->apply(batch_of(put("acme", "a", 0, "one"))));
}

TEST_F(VaultStoreTest, WritersSeeOnlyTheirOwnOutcome) {
  constexpr int kThreads = 16;
  constexpr int kEach = 40;
  auto store = open();
  std::atomic<int> refused = 0;
  std::atomic<int> unexpected = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const std::string name = "r" + std::to_string(t);
      for (std::uint64_t i = 0; i < kEach; ++i) {
        if (!store->apply(batch_of(put("acme", name, i, "content")))) ++unexpected;
        const auto stale = store->apply(batch_of(put("acme", name, i + 7, "stale")));
        if (!stale && stale.error().code == ErrorCode::kFailedPrecondition) ++refused;
        const auto read = store->read_record({"acme", "api_key", name});
        if (!read || !read->record || read->record->info.version != i + 1) ++unexpected;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(unexpected, 0);
  EXPECT_EQ(refused, kThreads * kEach);
  EXPECT_EQ(store->list_records({"acme", "", ""}, 100)->size(), std::size_t{kThreads});
}

TEST_F(VaultStoreTest, OfConcurrentWritesOfOneVersionExactlyOneSucceeds) {
  constexpr int kThreads = 16;
  auto store = open();
  for (std::uint64_t version = 0; version < 20; ++version) {
    std::atomic<int> succeeded = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        if (store->apply(batch_of(put("acme", "a", version, "x")))) ++succeeded;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(succeeded, 1);
  }
}

TEST(Schema, AnOlderOneIsBroughtUpToDateAndANewerOneRefused) {
  test::TempDir temp;
  const auto path = temp.path() / "x.db";
  { const std::ofstream empty(path); }
  auto connection = sqlite::Connection::open(path, sqlite::Connection::Mode::kReadWrite,
                                             std::chrono::milliseconds(0));
  ASSERT_TRUE(connection);
  const std::array<const char*, 3> steps = {
      "CREATE TABLE a (x INTEGER PRIMARY KEY) STRICT",
      "ALTER TABLE a ADD COLUMN y TEXT; INSERT INTO a VALUES (1, 'y')", "CREATE TABLE a (x)"};
  const std::span all(steps);
  ASSERT_TRUE(sqlite::prepare_schema(*connection, all.first(1)));
  ASSERT_TRUE(sqlite::prepare_schema(*connection, all.first(2)));
  EXPECT_EQ(connection->text("SELECT y FROM a").value(), "y");
  // A step that fails leaves everything as it was.
  EXPECT_FALSE(sqlite::prepare_schema(*connection, all));
  EXPECT_EQ(connection->integer("PRAGMA user_version").value(), 2);
  EXPECT_TRUE(sqlite::prepare_schema(*connection, all.first(2)));
  const auto refused = sqlite::prepare_schema(*connection, all.first(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition);
}
