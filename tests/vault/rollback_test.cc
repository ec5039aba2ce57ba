// What a hostile administrator of the database can do to rows, and what the vault notices. The
// last tests are of what it does not notice; docs/vault.md says the same.
#include "coefficient/vault/vault.h"
#include "vault/vault_fixture.h"

namespace test {
namespace {

class RollbackTest : public VaultTest {
 protected:
  void SetUp() override {
    vault_ = open();
    put(*vault_, "v1");
    old_ = memory.read_record(kRef).value();
    put(*vault_, "v2");
    new_ = memory.read_record(kRef).value();
  }
  // Every way to use the record, by a vault that has just started and by one that has run.
  void expect_refused(std::function<void(StoredRecord&)> change, bool by_a_new_vault = true) {
    const auto fresh = open();
    store.on_record = [change = std::move(change)](const RecordRef&, StoredRecord& r) {
      change(r);
    };
    for (Vault* v : {vault_.get(), fresh.get()}) {
      if (v == fresh.get() && !by_a_new_vault) continue;
      EXPECT_EQ(code(v->get(kRef)), ErrorCode::kDataLoss);
      EXPECT_EQ(code(v->put(kRef, bytes("x"))), ErrorCode::kDataLoss)
          << "a put must not launder it";
      EXPECT_EQ(code(v->remove(kRef)), ErrorCode::kDataLoss);
    }
    store.on_record = nullptr;
    EXPECT_EQ(get(*vault_), "v2");
  }
  std::unique_ptr<Vault> vault_;
  StoredRecord old_, new_;
};

TEST_F(RollbackTest, AnOldRecordRow) {
  expect_refused([this](StoredRecord& r) { r.record = old_.record; });
}

// The content is not opened to be replaced, so that a damaged record can be put anew.
TEST_F(RollbackTest, AnOldBlobInTheNewRow) {
  const auto fresh = open();
  store.on_record = [this](const RecordRef&, StoredRecord& r) {
    r.record->blob = old_.record->blob;
  };
  for (Vault* v : {vault_.get(), fresh.get()}) EXPECT_EQ(code(v->get(kRef)), ErrorCode::kDataLoss);
  EXPECT_EQ(put(*vault_, "v3"), 3u);
  store.on_record = nullptr;
  EXPECT_EQ(get(*vault_), "v3");
}

TEST_F(RollbackTest, AnOldHighWaterRow) {
  expect_refused([this](StoredRecord& r) { r.high_water = old_.high_water; });
}

TEST_F(RollbackTest, AForgedHighWaterRow) {
  expect_refused([this](StoredRecord& r) {
    r.record = old_.record;
    r.high_water->version = 1;
  });
  expect_refused([](StoredRecord& r) { r.high_water->mac[0] ^= std::byte{1}; });
}

TEST_F(RollbackTest, ADeletedRow) {
  expect_refused([](StoredRecord& r) { r.record.reset(); });
  expect_refused([](StoredRecord& r) { r.high_water.reset(); });
}

TEST_F(RollbackTest, AForgedTombstone) {
  expect_refused([](StoredRecord& r) {
    r.record->info.removed = true;
    r.record->blob = {};
  });
  expect_refused([](StoredRecord& r) {
    r.record->info.removed = r.high_water->removed = true;
    r.record->blob = {};
  });
}

TEST_F(RollbackTest, ARemovedRecordThatComesBack) {
  ASSERT_TRUE(vault_->remove(kRef));
  const auto fresh = open();
  store.on_record = [this](const RecordRef&, StoredRecord& r) { r.record = new_.record; };
  EXPECT_EQ(code(vault_->get(kRef)), ErrorCode::kDataLoss);
  EXPECT_EQ(code(fresh->get(kRef)), ErrorCode::kDataLoss);
}

TEST_F(RollbackTest, AnotherRecordsRows) {
  put(*vault_, "other", {"org-1", "oauth", "gitlab"});
  put(*vault_, "other", {"org-1", "oauth", "gitlab"});
  const auto other = memory.read_record({"org-1", "oauth", "gitlab"}).value();
  expect_refused([&](StoredRecord& r) { r = other; });
  put(*vault_, "other", {"org-2", "oauth", "github"});
  put(*vault_, "other", {"org-2", "oauth", "github"});
  const auto tenant = memory.read_record({"org-2", "oauth", "github"}).value();
  expect_refused([&](StoredRecord& r) { r = tenant; });
}

TEST_F(RollbackTest, AFlipOfAnyBitOfTheBlob) {
  const std::size_t bits = new_.record->blob.size() * 8;
  for (std::size_t bit = 0; bit < bits; bit += 3) {
    store.on_record = [bit](const RecordRef&, StoredRecord& r) {
      r.record->blob.data()[bit / 8] ^= std::byte{static_cast<unsigned char>(1U << bit % 8)};
    };
    ASSERT_EQ(code(vault_->get(kRef)), ErrorCode::kDataLoss) << bit;
  }
}

TEST_F(RollbackTest, BothRowsOfAnOldMomentAreNoticedByWhoSawTheNewOne) {
  expect_refused([this](StoredRecord& r) { r = old_; }, false);
  expect_refused([](StoredRecord& r) { r = {}; }, false);
}

TEST_F(RollbackTest, ADataKeyRowOfAnotherTenant) {
  put(*vault_, "other", {"org-2", "oauth", "github"});
  const DataKeyRow other = data_keys("org-2").rows.at(0);
  const DataKeyRow own = data_keys("org-1").rows.at(0);
  const std::function<void(DataKeyRow&)> changes[] = {
      [&](DataKeyRow& row) { row.wraps = other.wraps; },
      [&](DataKeyRow& row) {
        row.wraps = other.wraps;
        row.kcv = other.kcv;
      },
      [&](DataKeyRow& row) { row.kcv = other.kcv; },
      [&](DataKeyRow& row) { row.wraps[0].wrapped[70] ^= std::byte{1}; },
      [&](DataKeyRow& row) { row.wraps.clear(); },
      [&](DataKeyRow& row) { row.wraps[0].purpose = WrapPurpose::kBreakGlass; }};
  for (const auto& change : changes) {
    const auto fresh = open();
    store.on_data_keys = [&](DataKeys& keys) {
      for (DataKeyRow& row : keys.rows) change(row);
    };
    EXPECT_EQ(code(fresh->get(kRef)), ErrorCode::kDataLoss);
    EXPECT_EQ(code(fresh->put(kRef, bytes("x"))), ErrorCode::kDataLoss);
    store.on_data_keys = nullptr;
  }
}

// AES-KWP binds no AAD, so the check value alone must notice.
TEST_F(RollbackTest, AKeyWrapOfAnotherTenantByAesKwp) {
  MemoryStore kwp_memory;
  HookedStore kwp_store(kwp_memory);
  const auto kwp = random_kek({"main"}, *arena, {.algorithm = WrapAlgorithm::kAesKwp});
  const auto writer = Vault::create(parts(kwp_store, {kwp})).value();
  put(*writer, "one", {"a", "k", "n"});
  put(*writer, "two", {"b", "k", "n"});
  const DataKeyRow b = kwp_memory.read_data_keys("b", std::nullopt)->rows.at(0);
  for (const bool with_kcv : {false, true}) {
    const auto fresh = Vault::create(parts(kwp_store, {kwp})).value();
    EXPECT_EQ(get(*fresh, {"b", "k", "n"}), "two");
    kwp_store.on_data_keys = [&](DataKeys& keys) {
      keys.rows[0].wraps = b.wraps;
      if (with_kcv) keys.rows[0].kcv = b.kcv;
    };
    EXPECT_EQ(code(fresh->get({"a", "k", "n"})), ErrorCode::kDataLoss);
    kwp_store.on_data_keys = nullptr;
  }
}

TEST_F(RollbackTest, NotNoticedByAVaultThatNeverSawTheNewRows) {
  const auto fresh = open();
  store.on_record = [this](const RecordRef&, StoredRecord& r) { r = old_; };
  EXPECT_EQ(get(*fresh), "v1") << "both rows of one record, or the whole database, put back";
  store.on_record = [](const RecordRef&, StoredRecord& r) { r = {}; };
  EXPECT_EQ(get(*open()), "error: not_found");
}

TEST_F(RollbackTest, NotNoticedOnceTheRecordFellOutOfWhatIsRemembered) {
  const auto small = open({.seen_records = 1});
  EXPECT_EQ(get(*small), "v2");
  for (int i = 0; i < 200; ++i) put(*small, "x", {"org-1", "k", std::to_string(i)});
  store.on_record = [this](const RecordRef& ref, StoredRecord& r) {
    if (ref.name == "github") r = old_;
  };
  EXPECT_EQ(get(*small), "v1");
}

}  // namespace
}  // namespace test
