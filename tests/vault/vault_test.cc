#include "coefficient/vault/vault.h"

#include "vault/process.h"
#include "vault/record_blob.h"
#include "vault/vault_fixture.h"

namespace test {
namespace {

TEST_F(VaultTest, PutGetAndVersions) {
  const auto vault = open();
  EXPECT_EQ(get(*vault), "error: not_found");
  EXPECT_EQ(put(*vault, "first"), 1u);
  EXPECT_EQ(put(*vault, "second"), 2u);
  const auto secret = vault->get(kRef).value();
  EXPECT_EQ(text(secret.bytes.expose()), "second");
  EXPECT_EQ(secret.version, 2u);
  EXPECT_EQ(secret.updated_at, std::chrono::floor<std::chrono::seconds>(clock.now()));
  EXPECT_EQ(put(*vault, ""), 3u);
  EXPECT_EQ(get(*vault), "");
  EXPECT_EQ(get(*open()), "") << "another vault on the same store";
}

TEST_F(VaultTest, WhatIsStoredHasNothingOfTheSecret) {
  const auto vault = open();
  const std::string secret = "gho_16C7e42F292c6912E7710c838347Ae178B4a";
  put(*vault, secret);
  const StoredRecord stored = memory.read_record(kRef).value();
  EXPECT_EQ(text(stored.record->blob).find(secret.substr(0, 8)), std::string::npos);
  EXPECT_EQ(stored.record->blob.size(), secret.size() + 104);
}

TEST_F(VaultTest, WithSecretUsesItOnce) {
  const auto vault = open();
  put(*vault, "token");
  std::string used;
  EXPECT_TRUE(vault->with_secret(kRef, [&](std::span<const std::byte> s) { used += text(s); }));
  EXPECT_EQ(used, "token");
  EXPECT_EQ(code(vault->with_secret({"org-1", "oauth", "no"}, [&](auto) { used = "called"; })),
            ErrorCode::kNotFound);
  EXPECT_EQ(used, "token");
}

TEST_F(VaultTest, CompareAndSwap) {
  const auto vault = open();
  EXPECT_EQ(code(vault->put(kRef, bytes("x"), 1)), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(vault->put(kRef, bytes("a"), 0).value(), 1u);
  EXPECT_EQ(code(vault->put(kRef, bytes("x"), 0)), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(vault->put(kRef, bytes("b"), 1).value(), 2u);
  EXPECT_EQ(code(vault->remove(kRef, 1)), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(get(*vault), "b");
  EXPECT_EQ(vault->remove(kRef, 2).value(), 3u);
  EXPECT_EQ(code(vault->put(kRef, bytes("x"), 0)), ErrorCode::kFailedPrecondition)
      << "it was there once";
  EXPECT_EQ(vault->put(kRef, bytes("c"), 3).value(), 4u);
  EXPECT_EQ(get(*vault), "c");
}

TEST_F(VaultTest, RemovedRecordsAreTombstones) {
  const auto vault = open();
  EXPECT_EQ(code(vault->remove(kRef)), ErrorCode::kNotFound);
  put(*vault, "secret");
  EXPECT_EQ(vault->remove(kRef).value(), 2u);
  EXPECT_EQ(get(*vault), "error: not_found");
  EXPECT_EQ(code(vault->remove(kRef)), ErrorCode::kNotFound);
  EXPECT_TRUE(memory.read_record(kRef)->record->blob.empty());
  const auto list = vault->list({"org-1", "", ""}, 10).value();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_TRUE(list[0].removed);
  EXPECT_EQ(put(*vault, "again"), 3u) << "versions do not start over";
}

TEST_F(VaultTest, ListsNamesOfOneTenant) {
  const auto vault = open();
  for (const char* name : {"b", "a", "c"}) put(*vault, "s", {"org-1", "key", name});
  put(*vault, "s", {"org-2", "key", "z"});
  const auto first = vault->list({"org-1", "", ""}, 2).value();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].name + first[1].name, "ab");
  EXPECT_EQ(vault->list({"org-1", "key", "b"}, 2)->at(0).name, "c");
  for (const std::size_t limit : {0U, 1001U})
    EXPECT_EQ(code(vault->list({"org-1", "", ""}, limit)), ErrorCode::kInvalidArgument);
}

TEST_F(VaultTest, RefusesNamesAndSizes) {
  const auto vault = open();
  const std::string long_name(256, 'x');
  for (const std::string_view bad :
       {std::string_view(""), std::string_view("a\0b", 3), std::string_view("a\n"),
        std::string_view("\x7f"), std::string_view("\xff"), std::string_view("\xed\xa0\x80"),
        std::string_view("\xc2\x80"), std::string_view("a\xc2\x9f"), std::string_view(long_name)}) {
    for (const RecordRef& ref :
         {RecordRef{bad, "k", "n"}, RecordRef{"t", bad, "n"}, RecordRef{"t", "k", bad}}) {
      EXPECT_EQ(code(vault->put(ref, bytes("s"))), ErrorCode::kInvalidArgument);
      EXPECT_EQ(code(vault->get(ref)), ErrorCode::kInvalidArgument);
      EXPECT_EQ(code(vault->remove(ref)), ErrorCode::kInvalidArgument);
    }
    EXPECT_EQ(code(vault->shred(bad)), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code(vault->rotate_dek(bad)), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code(vault->list({bad, "", ""}, 1)), ErrorCode::kInvalidArgument);
  }
  for (const std::string_view good :
       {"\xc2\xa0", "\xc3\x80", "\xe2\x82\x80"})  // beside U+0080 to U+009F
    EXPECT_EQ(put(*vault, "s", {good, good, good}), 1u);
  EXPECT_EQ(code(vault->put(kRef, Bytes(kMaxSecretBytes + 1))), ErrorCode::kResourceExhausted);
  EXPECT_EQ(put(*vault, std::string(kMaxSecretBytes, 'x')), 1u);
  EXPECT_EQ(get(*vault).size(), kMaxSecretBytes);
}

TEST_F(VaultTest, CreateRefusesWhatCannotWork) {
  const auto with = [&](VaultOptions options) {
    return code(Vault::create(parts(store, {kek}), std::move(options)));
  };
  EXPECT_EQ(with({.dek_cache_entries = 0}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(with({.dek_max_age = std::chrono::seconds(0)}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(with({.dek_max_age = std::chrono::hours(25)}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(with({.seen_records = 0}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(with({.use_break_glass = true}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(Vault::create(parts(store, {}))), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(Vault::create(parts(store, {kek, nullptr}))), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(Vault::create(parts(store, {kek, random_kek({"x"}, *arena)}))),
            ErrorCode::kInvalidArgument)
      << "two providers named local";
  arena.reset();
  EXPECT_EQ(code(Vault::create(parts(store, {kek}))), ErrorCode::kInvalidArgument);
}

TEST_F(VaultTest, AFailingStoreIsReportedAndLosesNothing) {
  const auto vault = open();
  put(*vault, "kept");
  for (const ErrorCode fault : {ErrorCode::kUnavailable, ErrorCode::kInternal}) {
    store.on_apply = [&](const Batch&) { return Error{fault, "disk"}; };
    EXPECT_EQ(code(vault->put(kRef, bytes("new"))), fault);
    EXPECT_EQ(code(vault->remove(kRef)), fault);
    EXPECT_EQ(code(vault->rotate_dek("org-1")), fault);
    store.on_apply = nullptr;
    EXPECT_EQ(get(*vault), "kept");
    EXPECT_EQ(data_keys().rows.size(), 1u) << "a failed rotation leaves the old state whole";
  }
  EXPECT_EQ(put(*vault, "next"), 2u);
}

TEST_F(VaultTest, AWriterThatIsAlwaysLateGivesUp) {
  const auto vault = open();
  put(*vault, "kept");
  int tries = 0;
  store.on_apply = [&](const Batch&) {
    ++tries;
    return Error{ErrorCode::kFailedPrecondition, "another was faster"};
  };
  EXPECT_EQ(code(vault->put(kRef, bytes("new"))), ErrorCode::kUnavailable);
  EXPECT_EQ(tries, 16);
}

TEST_F(VaultTest, TwoVaultsOnOneStoreDoNotOverwriteEachOther) {
  const auto one = open();
  const auto two = open();
  EXPECT_EQ(put(*one, "1"), 1u);
  EXPECT_EQ(put(*two, "2"), 2u);
  EXPECT_EQ(put(*one, "3"), 3u);
  ASSERT_TRUE(two->rotate_dek("org-1"));
  EXPECT_EQ(put(*one, "4"), 4u) << "with the new data key";
  EXPECT_EQ(memory.read_record(kRef)->record->info.dek_id,
            memory.read_record(kRef)->high_water->dek_id);
  EXPECT_EQ(get(*two), "4");
}

TEST_F(VaultTest, AForkedChildCannotUseIt) {
  const auto vault = open();
  put(*vault, "secret");
  const int status = in_child([&] {
    const ErrorCode codes[] = {code(vault->get(kRef)),
                               code(vault->put(kRef, bytes("x"))),
                               code(vault->remove(kRef)),
                               code(vault->list({"org-1", "", ""}, 1)),
                               code(vault->rotate_dek("org-1")),
                               code(vault->shred("org-1")),
                               code(vault->rewrap(kek->current())),
                               code(vault->destroy_kek_version({"local", "x", "1"}))};
    for (const ErrorCode c : codes)
      if (c != ErrorCode::kFailedPrecondition) return 1;
    return 0;
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(get(*vault), "secret");
}

// The raw data key is in the arena while it is wrapped or unwrapped, and nowhere afterwards.
TEST_F(VaultTest, NoTraceOfADataKeyIsLeftAfterUse) {
  if (!kMemoryCanBeSearched) GTEST_SKIP() << "memory is not searched under a sanitizer";
  std::optional<Masked> dek;
  kek->on_wrap = [&](std::span<const std::byte, 32> key) { dek.emplace(key); };
  const auto vault = open();
  put(*vault, "one");
  ASSERT_TRUE(dek);
  clock.advance(std::chrono::hours(1));  // so that it is unwrapped again
  EXPECT_EQ(get(*vault), "one");
  put(*vault, "two");
  EXPECT_EQ(occurrences(*dek), 0);
}

}  // namespace
}  // namespace test
