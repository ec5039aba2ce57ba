// Rotating, rewrapping and destroying keys; canaries, break-glass, and the cache of data keys.
#include <future>
#include <latch>
#include <set>
#include <thread>
#include <utility>

#include "coefficient/core/encoding.h"
#include "coefficient/vault/vault.h"
#include "vault/vault_fixture.h"

namespace test {
namespace {

class VaultKeysTest : public VaultTest {
 protected:
  static constexpr int kTenants = 10;
  static std::string tenant(int i) { return "org-" + std::to_string(i); }
  static RecordRef ref(const std::string& tenant) { return {tenant, "key", "name"}; }

  // A provider that holds keys by these ids, the first current; ids keep their key.
  std::shared_ptr<LocalKek> kek_of(const std::vector<std::string>& ids,
                                   const std::string& provider = "local") {
    std::vector<LocalKey> keys;
    for (const std::string& id : ids) {
      if (!texts_.contains(id)) texts_[id] = text(LocalKey::generate(id)->expose());
      keys.push_back(local_key(texts_[id], *arena).value());
    }
    return LocalKek::create(std::move(keys), {.provider = provider}).value();
  }
  std::unique_ptr<Vault> open_with(const std::vector<std::string>& ids) {
    return Vault::create(parts(store, {kek_of(ids)})).value();
  }
  void fill(Vault& vault) {
    for (int i = 0; i < kTenants; ++i) put(vault, "secret of " + tenant(i), ref(tenant(i)));
  }
  void expect_all_readable(Vault& vault) {
    for (int i = 0; i < kTenants; ++i)
      EXPECT_EQ(get(vault, ref(tenant(i))), "secret of " + tenant(i));
  }
  std::size_t under(const std::string& id) {
    return memory.list_data_keys_under({"local", id, "1"}, std::nullopt, 1000)->size();
  }

 private:
  std::map<std::string, std::string> texts_;
};

TEST_F(VaultKeysTest, RotationIsForNewWrites) {
  const auto vault = open();
  put(*vault, "old");
  const DekId first = data_keys().rows.at(0).dek_id;
  const DekId second = vault->rotate_dek("org-1").value();
  EXPECT_NE(first, second);
  EXPECT_EQ(get(*vault), "old");
  put(*vault, "new", ref("org-1"));
  EXPECT_EQ(memory.read_record(kRef)->record->info.dek_id, first);
  EXPECT_EQ(memory.read_record(ref("org-1"))->record->info.dek_id, second);
  put(*vault, "moved");
  EXPECT_EQ(memory.read_record(kRef)->record->info.dek_id, second);
  std::set<std::pair<std::string, DataKeyState>> states;
  for (const DataKeyRow& row : data_keys().rows) states.emplace(hex_encode(row.dek_id), row.state);
  EXPECT_EQ(states, (std::set<std::pair<std::string, DataKeyState>>{
                        {hex_encode(first), DataKeyState::kDecryptOnly},
                        {hex_encode(second), DataKeyState::kActive}}));
  EXPECT_EQ(code(vault->rotate_dek("org-2")), ErrorCode::kNotFound);
}

TEST_F(VaultKeysTest, AnOldRowStaysRefusedAfterARotation) {
  const auto vault = open();
  put(*vault, "v1");
  const StoredRecord old = memory.read_record(kRef).value();
  ASSERT_TRUE(vault->rotate_dek("org-1"));
  put(*vault, "v2");
  store.on_record = [&](const RecordRef&, StoredRecord& r) { r.record = old.record; };
  EXPECT_EQ(code(open()->get(kRef)), ErrorCode::kDataLoss);
  store.on_record = [&](const RecordRef&, StoredRecord& r) { r = old; };
  EXPECT_EQ(code(vault->get(kRef)), ErrorCode::kDataLoss);
}

TEST_F(VaultKeysTest, RewrapTouchesDataKeysOnlyAndThenTheOldKekMayGo) {
  fill(*open_with({"a"}));
  ASSERT_EQ(under("a"), 10u);
  const auto vault = open_with({"b", "a"});
  const KekVersion a{"local", "a", "1"};
  EXPECT_EQ(code(vault->destroy_kek_version(a)), ErrorCode::kFailedPrecondition);
  const auto record = memory.read_record(ref(tenant(3)))->record->blob;
  const auto report = vault->rewrap(a).value();
  EXPECT_EQ(report.rewrapped, 10u);
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(under("a"), 0u);
  EXPECT_EQ(under("b"), 10u);
  EXPECT_EQ(memory.read_record(ref(tenant(3)))->record->blob, record);
  EXPECT_EQ(vault->rewrap(a)->rewrapped, 0u);
  EXPECT_TRUE(vault->destroy_kek_version(a));
  EXPECT_TRUE(vault->destroy_kek_version(a)) << "it is destroyed already";
  expect_all_readable(*open_with({"b"}));
  EXPECT_EQ(code(Vault::create(parts(store, {kek_of({"a", "b"})}))), ErrorCode::kFailedPrecondition)
      << "a destroyed version is never current again";
}

TEST_F(VaultKeysTest, DestroyGates) {
  const auto vault = open_with({"a"});
  EXPECT_EQ(code(vault->destroy_kek_version({"local", "a", "1"})), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(code(vault->destroy_kek_version({"local", "b", "1"})), ErrorCode::kNotFound);
}

// Two that destroy one KEK at the same time: the slower one finds it done.
TEST_F(VaultKeysTest, AKekThatAnotherDestroyedMeanwhileIsDestroyed) {
  fill(*open_with({"a"}));
  const KekVersion a{"local", "a", "1"};
  const auto other = open_with({"b", "a"});
  const auto vault = open_with({"b", "a"});
  ASSERT_TRUE(vault->rewrap(a));
  bool overtaken = false;
  store.on_apply = [&](const Batch&) -> Result<> {
    if (std::exchange(overtaken, true)) return {};
    return other->destroy_kek_version(a);
  };
  const auto done = vault->destroy_kek_version(a);
  EXPECT_TRUE(overtaken);
  EXPECT_TRUE(done) << done.error().message;
  const auto rows = memory.read_keks().value();
  EXPECT_TRUE(std::any_of(rows.begin(), rows.end(), [&](const KekRow& row) {
    return row.kek == a && row.state == KekState::kDestroyed;
  }));
}

// A data key that another process makes under the old KEK while it is being destroyed.
TEST_F(VaultKeysTest, NoNewDataKeyUnderADestroyedKek) {
  const auto late = open_with({"a"});
  const auto vault = open_with({"b", "a"});
  ASSERT_TRUE(vault->destroy_kek_version({"local", "a", "1"}));
  EXPECT_EQ(code(late->put(kRef, bytes("s"))), ErrorCode::kFailedPrecondition);
  EXPECT_TRUE(data_keys().rows.empty());
}

TEST_F(VaultKeysTest, AnInterruptedRewrapGoesOn) {
  fill(*open_with({"a"}));
  const KekVersion a{"local", "a", "1"};
  {
    const auto vault = open_with({"b", "a"});
    const auto stopped =
        vault->rewrap(a, [](const RewrapReport& r) { return r.rewrapped < 3; }).value();
    EXPECT_FALSE(stopped.complete);
    EXPECT_EQ(stopped.rewrapped, 3u);
    expect_all_readable(*vault);
  }
  const auto vault = open_with({"b", "a"});
  int writes = 0;
  store.on_apply = [&](const Batch&) -> Result<> {
    if (++writes == 3) return Error{ErrorCode::kUnavailable, "crash"};
    return {};
  };
  EXPECT_EQ(code(vault->rewrap(a)), ErrorCode::kUnavailable);
  store.on_apply = nullptr;
  EXPECT_EQ(under("a"), 5u);
  expect_all_readable(*vault);
  EXPECT_EQ(code(vault->destroy_kek_version(a)), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(vault->rewrap(a)->rewrapped, 5u);
  expect_all_readable(*open_with({"b", "a"}));
  EXPECT_TRUE(vault->destroy_kek_version(a));
}

TEST_F(VaultKeysTest, RewrapOverMoreThanAPage) {
  const auto writer = open_with({"a"});
  for (int i = 0; i < 150; ++i) put(*writer, "s", ref("tenant" + std::to_string(i)));
  int calls = 0;
  const auto vault = open_with({"b", "a"});
  const auto report = vault->rewrap({"local", "a", "1"}, [&](const RewrapReport&) {
    ++calls;
    return true;
  });
  EXPECT_EQ(report->rewrapped, 150u);
  EXPECT_EQ(calls, 150);
  EXPECT_EQ(under("a"), 0u);
}

// Or nobody could move off a compromised KEK for one bad row.
TEST_F(VaultKeysTest, ADamagedWrapKeepsNoOtherDataKeyUnderTheOldKek) {
  fill(*open_with({"a"}));
  const KekVersion a{"local", "a", "1"};
  const DataKeyRow bad = memory.list_data_keys_under(a, std::nullopt, 1)->front();
  store.on_data_keys = [&](DataKeys& keys) {
    for (DataKeyRow& row : keys.rows)
      if (row.dek_id == bad.dek_id) row.wraps.at(0).wrapped.at(9) ^= std::byte{1};
  };
  const auto vault = open_with({"b", "a"});
  for (const std::size_t rewrapped : {9U, 0U}) {  // again is the same
    int calls = 0;
    const auto report = vault->rewrap(a, [&](const RewrapReport&) { return ++calls > 0; });
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->rewrapped, rewrapped);
    EXPECT_EQ(calls, static_cast<int>(rewrapped) + 1);
    EXPECT_FALSE(report->complete);
    ASSERT_EQ(std::pair(report->failed, report->failures.size()), std::pair(1UL, 1UL));
    EXPECT_EQ(report->failures[0].dek_id, bad.dek_id);
    EXPECT_EQ(report->failures[0].tenant, bad.tenant);
    EXPECT_EQ(report->failures[0].error.code, ErrorCode::kDataLoss);
  }
  EXPECT_EQ(under("a"), 1u);
  EXPECT_EQ(code(vault->destroy_kek_version(a)), ErrorCode::kFailedPrecondition);
  const auto refused = vault->get(ref(bad.tenant));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("data key " + hex_encode(bad.dek_id) + " of tenant " +
                                         bad.tenant + ": KEK local/a/1: integrity"),
            0u)
      << refused.error().message;
  ASSERT_TRUE(vault->shred(bad.tenant));
  EXPECT_TRUE(vault->rewrap(a)->complete);
  EXPECT_TRUE(vault->destroy_kek_version(a));
}

TEST_F(VaultKeysTest, AReportOfARewrapHasABoundedList) {
  const auto writer = open_with({"a"});
  for (int i = 0; i < 150; ++i) put(*writer, "s", ref("tenant" + std::to_string(i)));
  store.on_data_keys = [](DataKeys& keys) {
    for (DataKeyRow& row : keys.rows) row.kcv[0] ^= std::byte{1};
  };
  const auto report = open_with({"b", "a"})->rewrap({"local", "a", "1"});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->failed, 150u);
  EXPECT_EQ(report->failures.size(), 100u);
}

TEST_F(VaultKeysTest, RewrapAndPutsAtOnce) {
  const auto writer = open_with({"a", "b"});
  fill(*writer);
  const auto vault = open_with({"b", "a"});
  std::thread thread([&] {
    for (int i = 0; i < 200; ++i)
      put(*writer, "secret of " + tenant(i % kTenants), ref(tenant(i % kTenants)));
  });
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(vault->rewrap({"local", i % 2 == 0 ? "a" : "b", "1"}));
  thread.join();
  expect_all_readable(*vault);
  expect_all_readable(*writer);
}

TEST_F(VaultKeysTest, BreakGlassOpensWhenThePrimaryIsLost) {
  const auto spare = kek_of({"spare"}, "safe");
  {
    const auto vault = Vault::create(parts(store, {kek_of({"a"})}, spare)).value();
    fill(*vault);
    ASSERT_EQ(data_keys(tenant(0)).rows.at(0).wraps.size(), 2u);
  }
  EXPECT_EQ(code(Vault::create(parts(store, {kek_of({"a"})}))), ErrorCode::kFailedPrecondition)
      << "a provider that is not here must be named";
  expect_all_readable(
      *Vault::create(parts(store, {kek_of({"a"})}), {.absent_providers = {"safe"}}).value());
  // The primary's key is lost: a new one takes its place, under another provider's name.
  const auto rescue = Vault::create(parts(store, {kek_of({"new"}, "local2")}, spare),
                                    {.use_break_glass = true, .absent_providers = {"local"}})
                          .value();
  expect_all_readable(*rescue);
  EXPECT_EQ(rescue->rewrap({"safe", "spare", "1"})->rewrapped, 10u);
  EXPECT_EQ(under("a"), 0u);
  EXPECT_TRUE(rescue->destroy_kek_version({"local", "a", "1"}));
  expect_all_readable(*Vault::create(parts(store, {kek_of({"new"}, "local2")}, spare)).value());
}

TEST_F(VaultKeysTest, BreakGlassIsAddedByRewrapAndKeptWithoutItsProvider) {
  fill(*open_with({"a"}));
  const auto spare = kek_of({"spare"}, "safe");
  const auto with = Vault::create(parts(store, {kek_of({"a"})}, spare)).value();
  EXPECT_EQ(with->rewrap({"local", "a", "1"})->rewrapped, 10u);
  EXPECT_EQ(memory.list_data_keys_under({"safe", "spare", "1"}, std::nullopt, 100)->size(), 10u);
  const auto without =
      Vault::create(parts(store, {kek_of({"b", "a"})}), {.absent_providers = {"safe"}}).value();
  EXPECT_EQ(without->rewrap({"local", "a", "1"})->rewrapped, 10u);
  EXPECT_EQ(memory.list_data_keys_under({"safe", "spare", "1"}, std::nullopt, 100)->size(), 10u);
  EXPECT_EQ(code(without->rewrap({"safe", "spare", "1"})), ErrorCode::kFailedPrecondition);
}

TEST_F(VaultKeysTest, TheCanaryCatchesAnotherKeyUnderTheSameName) {
  open();
  EXPECT_EQ(code(Vault::create(parts(store, {random_kek({"main"}, *arena)}))),
            ErrorCode::kDataLoss);
  EXPECT_EQ(code(Vault::create(parts(store, {random_kek({"other"}, *arena)}))),
            ErrorCode::kFailedPrecondition)
      << "a live version that is not here";
  ASSERT_EQ(memory.read_keks()->size(), 1u) << "a refused start leaves nothing behind";
  store.on_keks = [](std::vector<KekRow>& rows) { rows.at(0).kcv[0] ^= std::byte{1}; };
  EXPECT_EQ(code(Vault::create(parts(store, {kek}))), ErrorCode::kDataLoss);
  store.on_keks = nullptr;
  EXPECT_TRUE(Vault::create(parts(store, {kek})));
}

// A rewrap to a new KEK on a full disk must leave a vault that can be read.
TEST_F(VaultKeysTest, ANewKekNeedsNoWriteUntilSomethingIsWrappedUnderIt) {
  fill(*open_with({"a"}));
  store.on_apply = [](const Batch&) { return Error{ErrorCode::kUnavailable, "disk"}; };
  const auto vault = open_with({"b", "a"});
  expect_all_readable(*vault);
  EXPECT_EQ(memory.read_keks()->size(), 1u);
  EXPECT_EQ(code(vault->rewrap({"local", "a", "1"})), ErrorCode::kUnavailable);
  EXPECT_EQ(code(vault->put(ref("new"), bytes("x"))), ErrorCode::kUnavailable);
  store.on_apply = [](const Batch&) { return Error{ErrorCode::kDataLoss, "damaged"}; };
  EXPECT_EQ(code(Vault::create(parts(store, {kek_of({"b", "a"})}))), ErrorCode::kDataLoss);
  store.on_apply = nullptr;
  put(*vault, "secret", ref("new"));
  EXPECT_EQ(memory.read_keks()->size(), 2u);
  EXPECT_EQ(under("b"), 1u);
  ASSERT_TRUE(vault->rewrap({"local", "a", "1"})->complete);
  ASSERT_TRUE(vault->destroy_kek_version({"local", "a", "1"}));
  EXPECT_EQ(code(Vault::create(parts(store, {random_kek({"b"}, *arena)}))), ErrorCode::kDataLoss)
      << "it has a canary now";
}

TEST_F(VaultKeysTest, FaultsOfTheProviderBecomeTheirCodes) {
  const std::pair<KekFault, ErrorCode> table[] = {
      {KekFault::kRetryable, ErrorCode::kUnavailable},
      {KekFault::kDenied, ErrorCode::kPermissionDenied},
      {KekFault::kNotFound, ErrorCode::kFailedPrecondition},
      {KekFault::kDestroyed, ErrorCode::kFailedPrecondition},
      {KekFault::kIntegrity, ErrorCode::kDataLoss},
      {KekFault::kConfig, ErrorCode::kFailedPrecondition}};
  put(*open(), "secret");
  for (const auto& [fault, expected] : table) {
    const auto vault = open();
    kek->fault = fault;
    EXPECT_EQ(code(vault->get(kRef)), expected) << to_string(fault);
    EXPECT_EQ(code(vault->put(kRef, bytes("x"))), expected) << to_string(fault);
    EXPECT_EQ(code(vault->put({"new tenant", "k", "n"}, bytes("x"))), expected);
    EXPECT_EQ(code(vault->rotate_dek("org-1")), expected) << to_string(fault);
    const auto rewrapped = vault->rewrap(kek->current());
    EXPECT_EQ(
        rewrapped && !rewrapped->complete ? rewrapped->failures.at(0).error.code : code(rewrapped),
        expected)
        << to_string(fault);
    EXPECT_EQ(code(Vault::create(parts(store, {kek}))), expected) << to_string(fault);
    kek->fault.reset();
    EXPECT_EQ(get(*vault), "secret") << "an error is not cached";
  }
}

TEST_F(VaultKeysTest, ADataKeyIsUnwrappedOnceAndAgainWhenItIsTooOld) {
  put(*open(), "secret");
  const auto vault = open({.dek_max_age = std::chrono::seconds(60)});
  const auto unwraps_of = [&](const std::function<void()>& body) {
    const int before = kek->unwraps;
    body();
    return kek->unwraps - before;
  };
  const auto many_gets = [&] {
    for (int i = 0; i < 50; ++i) EXPECT_EQ(get(*vault), "secret");
  };
  EXPECT_EQ(unwraps_of(many_gets), 1);
  clock.advance(std::chrono::seconds(59));
  EXPECT_EQ(unwraps_of(many_gets), 0) << "use does not lengthen its life";
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(unwraps_of(many_gets), 1);
  clock.advance(-std::chrono::hours(1));
  EXPECT_EQ(unwraps_of(many_gets), 1) << "a clock that went back shows no age";
}

TEST_F(VaultKeysTest, TheCacheIsBounded) {
  const auto writer = open();
  for (int i = 0; i < 4; ++i) put(*writer, "s", ref(tenant(i)));
  const auto vault = open({.dek_cache_entries = 2});
  const int before = kek->unwraps;
  for (const int i : {0, 1, 0, 1, 2, 0}) EXPECT_EQ(get(*vault, ref(tenant(i))), "s");
  EXPECT_EQ(kek->unwraps - before, 4) << "0, 1, then 2 instead of 0, then 0 again";
}

TEST_F(VaultKeysTest, ManyWhoMissAtOnceUnwrapOnce) {
  put(*open(), "secret");
  const auto vault = open();
  constexpr int kThreads = 8;
  std::promise<void> all_asked;
  const std::shared_future<void> go = all_asked.get_future().share();
  std::atomic<int> asking = 0;
  kek->on_unwrap = [&] { go.wait(); };
  const int before = kek->unwraps;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      ++asking;
      EXPECT_EQ(get(*vault), "secret");
    });
  while (asking < kThreads) std::this_thread::yield();
  all_asked.set_value();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(kek->unwraps - before, 1);
}

TEST_F(VaultKeysTest, TwoFirstPutsOfATenantMakeOneDataKey) {
  const auto one = open();
  const auto two = open();
  bool raced = false;
  store.on_apply = [&](const Batch& batch) -> Result<> {
    if (!raced && batch.data_keys && !batch.data_keys->rows.empty()) {
      raced = true;
      put(*two, "two", ref("org-1"));  // in between the other's reading and writing
    }
    return {};
  };
  put(*one, "one");
  store.on_apply = nullptr;
  EXPECT_TRUE(raced);
  EXPECT_EQ(data_keys().rows.size(), 1u);
  EXPECT_EQ(get(*two), "one");
  EXPECT_EQ(get(*one, ref("org-1")), "two");
}

}  // namespace
}  // namespace test
