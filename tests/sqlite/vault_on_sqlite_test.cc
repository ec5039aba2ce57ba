// The vault on this store, through a backup: what a restore brings back and what it must not.
#include "coefficient/sqlite/archive.h"
#include "coefficient/sqlite/vault_store.h"
#include "vault/vault_fixture.h"

namespace {

using namespace coefficient;

class VaultOnSqlite : public test::VaultTest {
 protected:
  std::unique_ptr<sqlite::VaultStore> open_store(const std::string& name) {
    return sqlite::VaultStore::open(temp_.file(name), clock).value();
  }
  static constexpr vault::RecordRef kOther{"org-2", "oauth", "github"};
  test::TempDir temp_;
};

}  // namespace

TEST_F(VaultOnSqlite, ARestoreDoesNotBringBackADestroyedTenant) {
  const auto database = open_store("store");
  auto archive = sqlite::Archive::open(temp_.file("archive"));
  ASSERT_TRUE(archive);
  auto vault = vault::Vault::create(parts(*database, {kek})).value();
  ASSERT_EQ(put(*vault, "first"), 1U);
  ASSERT_TRUE(archive->take_base(*database));
  ASSERT_EQ(put(*vault, "second"), 2U);
  ASSERT_TRUE(vault->rotate_dek("org-1"));
  ASSERT_EQ(put(*vault, "third"), 3U);
  ASSERT_EQ(put(*vault, "kept", kOther), 1U);
  const auto before = archive->ship(*database);
  ASSERT_TRUE(before);
  ASSERT_TRUE(vault->shred("org-1"));
  ASSERT_TRUE(archive->ship(*database));

  for (const char* name : {"with-ledger", "without-ledger"}) {
    ASSERT_TRUE(archive->restore({.seq = before->last.seq, .time = {}}, temp_.file(name)));
  }
  const auto restored = open_store("with-ledger");
  const auto again = vault::Vault::create(parts(*restored, {kek}));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_FALSE((*again)->get(kRef));
  EXPECT_EQ(get(**again, kOther), "kept");

  // The control: it was in the backup, and only the ledger has kept it away.
  test::ListLedger empty;
  const auto careless = open_store("without-ledger");
  const auto without = vault::Vault::create({*careless, empty, arena, {kek}, nullptr, clock});
  ASSERT_TRUE(without) << without.error().message;
  EXPECT_EQ(get(**without), "third");
}

TEST_F(VaultOnSqlite, APrunedArchiveDoesNotBringBackADestroyedTenantEither) {
  const auto database = open_store("store");
  auto archive = sqlite::Archive::open(temp_.file("archive"));
  ASSERT_TRUE(archive);
  auto vault = vault::Vault::create(parts(*database, {kek})).value();
  ASSERT_TRUE(archive->take_base(*database));
  ASSERT_EQ(put(*vault, "first"), 1U);
  ASSERT_EQ(put(*vault, "kept", kOther), 1U);
  const auto before = archive->take_base(*database);
  ASSERT_TRUE(before);
  ASSERT_TRUE(vault->shred("org-1"));
  ASSERT_TRUE(archive->ship(*database));
  const auto pruned = archive->prune({.keep_seq = before->seq, .clock = clock});
  ASSERT_TRUE(pruned) << pruned.error().message;
  ASSERT_EQ(pruned->first.seq, before->seq);  // what is kept begins with the tenant's secret in it

  for (const char* name : {"with-ledger", "without-ledger"}) {
    ASSERT_TRUE(archive->restore({.seq = before->seq, .time = {}}, temp_.file(name)));
  }
  const auto restored = open_store("with-ledger");
  const auto again = vault::Vault::create(parts(*restored, {kek}));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_FALSE((*again)->get(kRef));
  EXPECT_EQ(get(**again, kOther), "kept");

  test::ListLedger empty;
  const auto careless = open_store("without-ledger");
  const auto without = vault::Vault::create({*careless, empty, arena, {kek}, nullptr, clock});
  ASSERT_TRUE(without) << without.error().message;
  EXPECT_EQ(get(**without), "first");
}

TEST_F(VaultOnSqlite, RestoringToATimeGivesTheSecretOfThatTime) {
  const auto database = open_store("store");
  auto archive = sqlite::Archive::open(temp_.file("archive"));
  auto vault = vault::Vault::create(parts(*database, {kek})).value();
  ASSERT_TRUE(archive && archive->take_base(*database));
  put(*vault, "monday");
  const auto monday = clock.now();
  clock.advance(std::chrono::hours(24));
  put(*vault, "tuesday");
  ASSERT_TRUE(archive->ship(*database));
  ASSERT_TRUE(archive->restore({.seq = {}, .time = monday}, temp_.file("restored")));
  const auto restored = open_store("restored");
  auto again = vault::Vault::create(parts(*restored, {kek}));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(get(**again), "monday");
}
