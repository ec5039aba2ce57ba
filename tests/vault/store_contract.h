#ifndef COEFFICIENT_TESTS_VAULT_STORE_CONTRACT_H_
#define COEFFICIENT_TESTS_VAULT_STORE_CONTRACT_H_

// The contract of vault::Store as tests. An implementation includes this in one file of its tests
// and instantiates it:
//
//   INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, ::testing::Values(StoreMaker{make_it}));
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "coefficient/core/encoding.h"
#include "coefficient/vault/store.h"

namespace store_contract {

using namespace coefficient;
using namespace coefficient::vault;

/// A store that was opened, with what it needs. reopen() closes it and opens it again on the same
/// data, as a new process would; a store that keeps none returns false.
class OpenStore {
 public:
  OpenStore() = default;
  OpenStore(const OpenStore&) = delete;
  OpenStore& operator=(const OpenStore&) = delete;
  virtual ~OpenStore() = default;
  virtual Store& store() = 0;
  virtual bool reopen() = 0;
};
using StoreMaker = std::function<std::unique_ptr<OpenStore>()>;

inline DekId dek(unsigned char n) {
  DekId id{};
  id[0] = std::byte{n};
  id[15] = std::byte{0xff};
  return id;
}
inline RecordWrite record(const RecordRef& ref, std::uint64_t version, std::uint64_t expected) {
  RecordWrite out;
  out.row.info = {std::string(ref.tenant),
                  std::string(ref.kind),
                  std::string(ref.name),
                  version,
                  false,
                  dek(1),
                  Timestamp(std::chrono::seconds(1700000000 + version % 1000))};
  out.row.blob = Blob::for_overwrite(300);
  for (std::size_t i = 0; i < out.row.blob.size(); ++i)
    out.row.blob.data()[i] = static_cast<std::byte>((i + version % 7) & 0xff);
  out.high_water = {version, false, dek(1), {}};
  out.high_water.mac[31] = std::byte{static_cast<unsigned char>(version & 0xff)};
  out.expected_version = expected;
  return out;
}
inline RecordWrite tombstone(const RecordRef& ref, std::uint64_t version, std::uint64_t expected) {
  RecordWrite out = record(ref, version, expected);
  out.row.info.removed = out.high_water.removed = true;
  out.row.blob = {};
  return out;
}
inline Batch batch_of(std::vector<RecordWrite> records) {
  Batch batch;
  batch.records = std::move(records);
  return batch;
}
inline KekVersion kek(std::string id, std::string version = "1") {
  return {"local", std::move(id), std::move(version)};
}
inline WrapRow wrap(const KekVersion& under, WrapPurpose purpose = WrapPurpose::kPrimary) {
  return {purpose, under, WrapAlgorithm::kAesKwp, std::vector<std::byte>(40, std::byte{0x5c})};
}
inline DataKeyRow data_key(unsigned char n, std::string tenant, DataKeyState state,
                           std::vector<WrapRow> wraps) {
  DataKeyRow row{dek(n), std::move(tenant), state, {}, std::move(wraps), Timestamp{}};
  row.kcv[0] = std::byte{n};
  row.created_at = Timestamp(std::chrono::seconds(1700000000 + n));
  return row;
}
inline Batch keys_of(std::string tenant, std::uint64_t revision, std::vector<DataKeyRow> rows) {
  Batch batch;
  batch.data_keys = DataKeysWrite{std::move(tenant), revision, std::move(rows)};
  return batch;
}
inline Batch kek_of(const KekVersion& version, KekState state, std::optional<KekState> expected) {
  KekRow row{
      version, state, WrapAlgorithm::kOpaque, {std::byte{1}, std::byte{0}, std::byte{2}}, {}};
  row.kcv[5] = std::byte{9};
  Batch batch;
  batch.keks.push_back({std::move(row), expected});
  return batch;
}

// One text of everything in a row, for comparing.
inline std::string show(const RecordInfo& i) {
  return i.tenant + "|" + i.kind + "|" + i.name + "|" + std::to_string(i.version) +
         (i.removed ? "|removed|" : "|") + hex_encode(i.dek_id) + "|" +
         std::to_string(i.updated_at.time_since_epoch().count());
}
inline std::string show(const StoredRecord& r) {
  std::string out = r.record ? show(r.record->info) + "|" + hex_encode(r.record->blob) : "none";
  if (!r.high_water) return out + " none";
  return out + " " + std::to_string(r.high_water->version) +
         (r.high_water->removed ? "|removed|" : "|") + hex_encode(r.high_water->dek_id) + "|" +
         hex_encode(r.high_water->mac);
}
inline std::string show(const RecordWrite& w) {
  return show(StoredRecord{w.row, w.high_water});
}
inline std::string show(const DataKeyRow& r) {
  std::string out = hex_encode(r.dek_id) + "|" + r.tenant + "|" +
                    std::to_string(static_cast<int>(r.state)) + "|" + hex_encode(r.kcv) + "|" +
                    std::to_string(r.created_at.time_since_epoch().count());
  for (const WrapRow& w : r.wraps)
    out += "|" + std::to_string(static_cast<int>(w.purpose)) + w.kek.provider + "," + w.kek.kek_id +
           "," + w.kek.version + "," + std::to_string(static_cast<int>(w.algorithm)) +
           hex_encode(w.wrapped);
  return out;
}
inline std::string show(const KekRow& r) {
  return r.kek.provider + "," + r.kek.kek_id + "," + r.kek.version + "|" +
         std::to_string(static_cast<int>(r.state)) + std::to_string(static_cast<int>(r.algorithm)) +
         hex_encode(r.canary) + "|" + hex_encode(r.kcv);
}
template <class Row>
std::vector<std::string> show_all(const std::vector<Row>& rows) {
  std::vector<std::string> out;
  for (const Row& row : rows) out.push_back(show(row));
  return out;
}
inline std::vector<std::string> names(const std::vector<RecordInfo>& rows) {
  std::vector<std::string> out;
  for (const RecordInfo& row : rows) out.push_back(row.kind + "/" + row.name);
  return out;
}

class StoreContract : public ::testing::TestWithParam<StoreMaker> {
 protected:
  void SetUp() override {
    open_ = GetParam()();
    ASSERT_NE(open_, nullptr);
  }
  Store& store() { return open_->store(); }
  bool reopen() { return open_->reopen(); }
  void applies(const Batch& batch) {
    const auto done = store().apply(batch);
    EXPECT_TRUE(done) << done.error().message;
  }
  void refuses(const Batch& batch) {
    const auto done = store().apply(batch);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::kFailedPrecondition) << done.error().message;
  }
  std::string read(const RecordRef& ref) { return show(store().read_record(ref).value()); }

 private:
  std::unique_ptr<OpenStore> open_;
};

inline constexpr RecordRef kRef{"t", "k", "n"};

TEST_P(StoreContract, AnEmptyStoreHasNothing) {
  EXPECT_EQ(read(kRef), "none none");
  EXPECT_TRUE(store().list_records({"t", "", ""}, 10)->empty());
  EXPECT_EQ(store().read_data_keys("t")->revision, 0u);
  EXPECT_TRUE(store().read_data_keys("t")->rows.empty());
  EXPECT_TRUE(store().list_data_keys_under(kek("a"), std::nullopt, 10)->empty());
  EXPECT_TRUE(store().read_keks()->empty());
  applies({});
}

TEST_P(StoreContract, ARecordComesBackAsItWasWritten) {
  const RecordRef refs[] = {kRef,
                            {"t", "k", "'; DROP TABLE record; --"},
                            {"\xc3\xa4", "%_*?[", "\xf0\x9f\x94\x91"},
                            {"t", "k", std::string_view("0123456789", 10)},
                            {"T", "K", "N"}};
  std::uint64_t version = 1;
  for (const RecordRef& ref : refs) {
    const RecordWrite write = record(ref, version++, 0);
    applies(batch_of({write}));
    EXPECT_EQ(read(ref), show(write));
  }
  EXPECT_EQ(read(kRef), show(record(kRef, 1, 0))) << "the others did not touch it";
  EXPECT_EQ(read({"t", "k", "N"}), "none none") << "names are compared byte by byte";
}

TEST_P(StoreContract, LargeValuesAndLongNames) {
  const std::string name(255, 'x');
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  RecordWrite write = record({name, name, name}, kMax, 0);
  write.row.blob = Blob(std::vector<std::byte>((std::size_t{1} << 20) + 1));
  applies(batch_of({write}));
  EXPECT_EQ(read({name, name, name}), show(write));
}

TEST_P(StoreContract, AWriteReplacesBothRowsIfTheVersionIsTheExpectedOne) {
  applies(batch_of({record(kRef, 1, 0)}));
  refuses(batch_of({record(kRef, 1, 0)}));
  refuses(batch_of({record(kRef, 3, 2)}));
  refuses(batch_of({record({"t", "k", "absent"}, 2, 1)}));
  EXPECT_EQ(read(kRef), show(record(kRef, 1, 0)));
  applies(batch_of({record(kRef, 2, 1)}));
  EXPECT_EQ(read(kRef), show(record(kRef, 2, 1)));
  applies(batch_of({tombstone(kRef, 3, 2)}));
  EXPECT_EQ(read(kRef), show(tombstone(kRef, 3, 2))) << "tombstones are rows";
  refuses(batch_of({record(kRef, 4, 0)}));
  applies(batch_of({record(kRef, 4, 3)}));
}

TEST_P(StoreContract, OneBrokenExpectationUndoesTheWholeBatch) {
  const KekVersion live = kek("live");
  applies(kek_of(live, KekState::kLive, std::nullopt));
  Batch good = batch_of({record(kRef, 1, 0), record({"t", "k", "m"}, 1, 0)});
  good.data_keys = DataKeysWrite{"t", 0, {data_key(1, "t", DataKeyState::kActive, {wrap(live)})}};
  good.keks = kek_of(kek("new"), KekState::kLive, std::nullopt).keks;
  good.expect_live = {live};
  good.expect_unreferenced = {live};
  const std::function<void(Batch&)> faults[] = {
      [](Batch& b) { b.records[1].expected_version = 1; },
      [](Batch& b) { b.data_keys->expected_revision = 1; },
      [](Batch& b) { b.keks[0].expected_state = KekState::kLive; },
      [](Batch& b) { b.expect_live.push_back(kek("absent")); },
      [](Batch& b) { b.data_keys->rows[0].tenant = "other"; }};
  for (const auto& fault : faults) {
    Batch bad = good;
    fault(bad);
    refuses(bad);
    EXPECT_EQ(read(kRef), "none none");
    EXPECT_EQ(store().read_data_keys("t")->revision, 0u);
    EXPECT_TRUE(store().read_data_keys("t")->rows.empty());
    EXPECT_EQ(store().read_keks()->size(), 1u);
  }
  applies(good);  // expect_unreferenced is about what is stored, not about what is written
  EXPECT_EQ(read(kRef), show(record(kRef, 1, 0)));
  EXPECT_EQ(store().read_keks()->size(), 2u);
  refuses([&] {
    Batch again;
    again.expect_unreferenced = {live};
    return again;
  }());
}

TEST_P(StoreContract, ListsAreOrderedByBytesPagedAndOfOneTenant) {
  const std::vector<RecordRef> refs = {{"t", "b", "z"},        {"t", "a", "B"},  {"t", "a", "a"},
                                       {"t", "a", "\xc3\xa4"}, {"t", "a", "aa"}, {"t", "B", "x"}};
  for (const RecordRef& ref : refs) applies(batch_of({record(ref, 1, 0)}));
  applies(batch_of({record({"s", "a", "a"}, 1, 0), record({"tt", "a", "a"}, 1, 0)}));
  applies(batch_of({tombstone({"t", "a", "B"}, 2, 1)}));
  const std::vector<std::string> all = {"B/x", "a/B", "a/a", "a/aa", "a/\xc3\xa4", "b/z"};
  const auto listed = store().list_records({"t", "", ""}, 1000).value();
  EXPECT_EQ(names(listed), all);
  EXPECT_EQ(show(listed[1]), show(tombstone({"t", "a", "B"}, 2, 1).row.info));
  std::vector<RecordInfo> paged;
  for (RecordRef after{"t", "", ""};;) {
    const auto page = store().list_records(after, 2).value();
    if (page.empty()) break;
    ASSERT_LE(page.size(), 2u);
    paged.insert(paged.end(), page.begin(), page.end());
    after = {"t", paged.back().kind, paged.back().name};
    ASSERT_LE(paged.size(), all.size());
  }
  EXPECT_EQ(names(paged), all);
  EXPECT_EQ(names(store().list_records({"t", "a", "ab"}, 1).value()),
            std::vector<std::string>{"a/\xc3\xa4"})
      << "the place to start from need not exist";
}

TEST_P(StoreContract, DataKeysHaveARevisionPerTenant) {
  const auto active = data_key(2, "t", DataKeyState::kActive, {wrap(kek("a"))});
  applies(keys_of("t", 0, {active}));
  EXPECT_EQ(store().read_data_keys("t")->revision, 1u);
  EXPECT_EQ(store().read_data_keys("other")->revision, 0u);
  refuses(keys_of("t", 0, {active}));
  applies(keys_of("t", 1, {}));
  EXPECT_EQ(store().read_data_keys("t")->revision, 1u) << "an expectation changes nothing";
  refuses(keys_of("t", 2, {}));
  applies(keys_of("absent", 0, {}));
  // A rotation: both rows in one batch, so there is one active key before and after.
  const auto old = data_key(2, "t", DataKeyState::kDecryptOnly, {wrap(kek("a"))});
  const auto next = data_key(1, "t", DataKeyState::kActive,
                             {wrap(kek("b")), wrap(kek("x"), WrapPurpose::kBreakGlass)});
  applies(keys_of("t", 1, {old, next}));
  const DataKeys keys = store().read_data_keys("t").value();
  EXPECT_EQ(keys.revision, 2u);
  EXPECT_EQ(show_all(keys.rows), show_all(std::vector<DataKeyRow>{next, old}));
}

TEST_P(StoreContract, OneDataKeyIsReadByIdAndOfItsTenantOnly) {
  const auto one = data_key(1, "t", DataKeyState::kActive, {wrap(kek("a"))});
  const auto two = data_key(2, "t", DataKeyState::kDecryptOnly, {wrap(kek("a"))});
  applies(keys_of("t", 0, {one, two}));
  const DataKeys found = store().read_data_keys("t", dek(2)).value();
  EXPECT_EQ(found.revision, 1u);
  EXPECT_EQ(show_all(found.rows), show_all(std::vector<DataKeyRow>{two}));
  EXPECT_TRUE(store().read_data_keys("t", dek(3))->rows.empty());
  EXPECT_TRUE(store().read_data_keys("other", dek(2))->rows.empty());
}

TEST_P(StoreContract, ATenantHasOneActiveDataKeyAndADekIdOneTenant) {
  const auto active = [](unsigned char n, const char* tenant) {
    return data_key(n, tenant, DataKeyState::kActive, {wrap(kek("a"))});
  };
  refuses(keys_of("t", 0, {active(1, "t"), active(2, "t")}));
  applies(keys_of("t", 0, {active(1, "t")}));
  refuses(keys_of("t", 1, {active(2, "t")}));
  refuses(keys_of("u", 0, {active(1, "u")}));
  refuses(keys_of("u", 0, {active(3, "t")}));
  applies(keys_of("u", 0, {active(3, "u")}));
  EXPECT_EQ(store().read_data_keys("t")->rows.size(), 1u);
}

TEST_P(StoreContract, AReplacedDataKeyHasTheNewWrapsOnly) {
  const KekVersion old = kek("old"), fresh = kek("new"), spare = kek("spare");
  applies(keys_of("t", 0,
                  {data_key(1, "t", DataKeyState::kActive,
                            {wrap(old), wrap(spare, WrapPurpose::kBreakGlass)})}));
  const auto rewrapped = data_key(1, "t", DataKeyState::kActive, {wrap(fresh)});
  applies(keys_of("t", 1, {rewrapped}));
  EXPECT_EQ(show_all(store().read_data_keys("t")->rows),
            show_all(std::vector<DataKeyRow>{rewrapped}));
  for (const KekVersion& gone : {old, spare})
    EXPECT_TRUE(store().list_data_keys_under(gone, std::nullopt, 10)->empty());
  auto destroyed = data_key(1, "t", DataKeyState::kDestroyed, {});
  destroyed.kcv = {};
  applies(keys_of("t", 2, {destroyed}));
  EXPECT_EQ(show_all(store().read_data_keys("t")->rows),
            show_all(std::vector<DataKeyRow>{destroyed}));
  EXPECT_TRUE(store().list_data_keys_under(fresh, std::nullopt, 10)->empty());
}

TEST_P(StoreContract, DataKeysAreListedByKekVersionOfAnyPurpose) {
  const KekVersion a = kek("a"), b = kek("b");
  std::vector<std::string> under_a;
  for (unsigned char n = 1; n <= 9; ++n) {
    const std::string tenant = "t" + std::to_string(10 - n);
    std::vector<WrapRow> wraps = {wrap(n % 3 == 0 ? b : a)};
    if (n == 6) wraps.push_back(wrap(a, WrapPurpose::kBreakGlass));
    const auto row = data_key(n, tenant, DataKeyState::kActive, wraps);
    if (n % 3 != 0 || n == 6) under_a.push_back(show(row));
    applies(keys_of(tenant, 0, {row}));
  }
  std::vector<std::string> paged;
  for (std::optional<DekId> after;;) {
    const auto page = store().list_data_keys_under(a, after, 3).value();
    if (page.empty()) break;
    ASSERT_LE(page.size(), 3u);
    for (const DataKeyRow& row : page) paged.push_back(show(row));
    after = page.back().dek_id;
    ASSERT_LE(paged.size(), 9u);
  }
  EXPECT_EQ(paged, under_a) << "by dek_id, each once, with all its wraps";
  EXPECT_EQ(store().list_data_keys_under(b, std::nullopt, 10)->size(), 3u);
  for (const KekVersion& other : {kek("a", "2"), KekVersion{"hsm", "a", "1"}, kek("A")})
    EXPECT_TRUE(store().list_data_keys_under(other, std::nullopt, 10)->empty());
}

TEST_P(StoreContract, KekVersionsHaveAStateThatIsExpected) {
  const KekVersion a = kek("a"), b = kek("a", "2"), c{"aaa", "z", "1"};
  for (const KekVersion& version : {a, b, c})
    applies(kek_of(version, KekState::kLive, std::nullopt));
  refuses(kek_of(a, KekState::kLive, std::nullopt));
  refuses(kek_of(a, KekState::kDestroyed, KekState::kDestroyed));
  applies(kek_of(a, KekState::kDestroyed, KekState::kLive));
  const auto rows = store().read_keks().value();
  EXPECT_EQ(show_all(rows),
            (std::vector<std::string>{show(kek_of(c, KekState::kLive, {}).keks[0].row),
                                      show(kek_of(a, KekState::kDestroyed, {}).keks[0].row),
                                      show(kek_of(b, KekState::kLive, {}).keks[0].row)}));
  Batch expects;
  expects.expect_live = {b, c};
  applies(expects);
  expects.expect_live = {b, a};
  refuses(expects);
}

TEST_P(StoreContract, PurgeTakesTheRecordsOfOneTenantAndNothingElse) {
  applies(batch_of({record({"t", "k", "1"}, 1, 0), record({"t", "k", "2"}, 1, 0),
                    record({"tt", "k", "1"}, 1, 0)}));
  applies(keys_of("t", 0, {data_key(1, "t", DataKeyState::kActive, {wrap(kek("a"))})}));
  Batch refused = keys_of("t", 7, {});
  refused.purge_tenant = "t";
  refuses(refused);
  EXPECT_EQ(store().list_records({"t", "", ""}, 10)->size(), 2u);
  Batch purge = keys_of("t", 1, {data_key(1, "t", DataKeyState::kDestroyed, {})});
  purge.purge_tenant = "t";
  applies(purge);
  EXPECT_TRUE(store().list_records({"t", "", ""}, 10)->empty());
  EXPECT_EQ(read({"t", "k", "1"}), "none none") << "the high-water row as well";
  EXPECT_EQ(store().list_records({"tt", "", ""}, 10)->size(), 1u);
  EXPECT_EQ(store().read_data_keys("t")->rows.size(), 1u);
}

TEST_P(StoreContract, OfConcurrentWritesOfOneVersionOneSucceeds) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 20;
  applies(batch_of({record(kRef, 1, 0)}));
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([this] {
      for (int done = 0; done < kRounds;) {
        const auto stored = store().read_record(kRef);
        if (!stored) continue;  // busy
        const std::uint64_t version = stored->record->info.version;
        ASSERT_EQ(show(*stored), show(record(kRef, version, 0))) << "both rows of one moment";
        const auto applied = store().apply(batch_of({record(kRef, version + 1, version)}));
        if (applied) {
          ++done;
        } else {
          ASSERT_NE(applied.error().code, ErrorCode::kInternal) << applied.error().message;
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store().read_record(kRef)->record->info.version, 1u + kThreads * kRounds);
}

TEST_P(StoreContract, WhatWasAppliedIsThereAfterReopening) {
  applies(batch_of({record(kRef, 1, 0)}));
  const auto key = data_key(1, "t", DataKeyState::kActive, {wrap(kek("a"))});
  applies(keys_of("t", 0, {key}));
  applies(kek_of(kek("a"), KekState::kLive, std::nullopt));
  if (!reopen()) GTEST_SKIP() << "this store keeps nothing";
  EXPECT_EQ(read(kRef), show(record(kRef, 1, 0)));
  const auto keys = store().read_data_keys("t").value();
  EXPECT_EQ(keys.revision, 1u);
  EXPECT_EQ(show_all(keys.rows), show_all(std::vector<DataKeyRow>{key}));
  EXPECT_EQ(store().read_keks()->size(), 1u);
  refuses(batch_of({record(kRef, 1, 0)}));
}

}  // namespace store_contract

#endif  // COEFFICIENT_TESTS_VAULT_STORE_CONTRACT_H_
