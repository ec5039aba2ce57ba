// The whole of it: a log whose personal fields are sealed under keys in a vault, the erasure of one
// subject, and what then is left in the log, its index, its exports and the vault's backup.
#include <algorithm>
#include <filesystem>

#include "coefficient/audit/exporter.h"
#include "coefficient/audit/index.h"
#include "coefficient/audit/log.h"
#include "coefficient/audit/log_reader.h"
#include "coefficient/audit/verify.h"
#include "coefficient/core/encoding.h"
#include "coefficient/sqlite/archive.h"
#include "coefficient/sqlite/audit_index.h"
#include "coefficient/sqlite/vault_store.h"
#include "support/vectors.h"
#include "vault/vault_fixture.h"
#include "vault_subject_keys.h"

namespace {

namespace audit = coefficient::audit;
namespace sqlite = coefficient::sqlite;
namespace fs = std::filesystem;
using coefficient::ErrorCode;
using coefficient::Result;
using examples::VaultSubjectKeys;

class Collected final : public audit::ExportSink {
 public:
  Result<> deliver(std::string_view messages) override {
    text += messages;
    return {};
  }
  std::string text;
};

// A vault on disk, and the subjects' keys in it.
struct OpenVault {
  std::unique_ptr<sqlite::VaultStore> store;
  std::unique_ptr<coefficient::vault::Vault> vault;
  std::unique_ptr<VaultSubjectKeys> keys;
};

class PersonalLogTest : public testing::Test {
 protected:
  static constexpr const char* kAnn = "ann@example.com";
  static constexpr const char* kBob = "bob@example.com";
  static constexpr int kRecords = 20;

  OpenVault open_vault(const fs::path& directory, coefficient::vault::ShredLedger& ledger) {
    OpenVault out;
    out.store = sqlite::VaultStore::open(directory).value();
    out.vault = coefficient::vault::Vault::create(
                    {.store = *out.store, .ledger = ledger, .arena = arena_, .providers = {kek_}})
                    .value();
    out.keys = VaultSubjectKeys::open(*out.vault).value();
    return out;
  }
  [[nodiscard]] std::string log_path() const { return temp_.file("log"); }
  static const char* subject_of(int i) { return i % 2 == 0 ? kAnn : kBob; }

  void append_records(audit::Log& log, audit::SubjectKeys& keys) {
    for (int i = 0; i < kRecords; ++i) {
      audit::Record record;
      record.actor = {.type = "user", .id = std::string(subject_of(i))};
      record.action = "order.read";
      record.src.ip = "192.0.2." + std::to_string(i);
      record.details.emplace("email", subject_of(i));
      for (const char* place : {"actor.id", "src.ip", "details.email"}) {
        const auto sealed = audit::seal_in_place(keys, subject_of(i), place, record);
        ASSERT_TRUE(sealed) << sealed.error().message;
        ASSERT_TRUE(*sealed);
      }
      ASSERT_TRUE(log.append(std::move(record)));
    }
    ASSERT_TRUE(log.checkpoint());
  }
  audit::LogReader reader() const { return audit::LogReader::open(log_path()).value(); }
  std::vector<std::string> found(const std::string& actor) {
    auto log = reader();
    auto index = sqlite::AuditIndex::open(temp_.file("index.db")).value();
    EXPECT_TRUE(audit::update_index(log, *index));
    std::vector<std::string> out;
    const auto searched = audit::search(log, *index, {.actor = actor}, [&](const auto& stored) {
      out.emplace_back(stored.payload);
      return Result<>();
    });
    EXPECT_TRUE(searched) << searched.error().message;
    return out;
  }
  std::string exported(audit::SubjectKeys* keys, const std::string& cursor,
                       audit::ExportFormat format = audit::ExportFormat::kJsonLines) {
    auto log = reader();
    Collected sink;
    audit::Exporter exporter(temp_.file(cursor), {.format = format, .open_with = keys});
    const auto sent = exporter.run(log, sink);
    EXPECT_TRUE(sent) << sent.error().message;
    return sink.text;
  }
  static std::size_t count(std::string_view text, std::string_view part) {
    std::size_t n = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++n;
    return n;
  }
  // How many files below the directory hold these bytes.
  int files_with(const std::string& bytes) const {
    int n = 0;
    for (const auto& file : fs::recursive_directory_iterator(temp_.path())) {
      if (file.is_regular_file() && count(test::read_file(file.path()), bytes) != 0) ++n;
    }
    return n;
  }

  test::TempDir temp_;
  std::shared_ptr<coefficient::vault::SecretArena> arena_ =
      coefficient::vault::SecretArena::create().value();
  std::shared_ptr<coefficient::vault::LocalKek> kek_ = test::random_kek({"main"}, *arena_);
};

}  // namespace

TEST_F(PersonalLogTest, AnErasureReachesLogIndexExportsAndBackups) {
  auto ledger = coefficient::vault::FileShredLedger::create(temp_.file("shredded")).value();
  OpenVault vault = open_vault(temp_.path() / "vault", *ledger);
  fs::create_directory(log_path());
  auto log = audit::Log::create(log_path(), "example.com/log", coefficient::system_clock()).value();
  ASSERT_NO_FATAL_FAILURE(append_records(*log, *vault.keys));
  const std::string ann = *vault.keys->kid_of(kAnn);
  const std::string bob = *vault.keys->kid_of(kBob);
  const std::string ann_key = test::text(vault.keys->find(ann)->expose());

  // Before: readable to who has the vault, in the log, by the index and in exports; and to nobody
  // else, since neither names nor keys are in any file.
  std::vector<std::string> texts = found("enc:" + ann);
  EXPECT_EQ(texts.size(), kRecords / 2U);
  for (const std::string& text : texts) {
    audit::Record record = *audit::parse_record(text);
    EXPECT_EQ(*audit::open_in_place(*vault.keys, record), 0U);
    EXPECT_EQ(record.actor.id, audit::Field(std::string(kAnn)));
    EXPECT_EQ(record.details.at("email"), audit::Value(kAnn));
  }
  EXPECT_EQ(count(exported(nullptr, "cursor-1"), "example.com\""), 0U);
  EXPECT_EQ(count(exported(vault.keys.get(), "cursor-2"), kAnn), kRecords);
  EXPECT_EQ(files_with(kAnn), 0);
  EXPECT_EQ(files_with("192.0.2."), 0);
  EXPECT_EQ(files_with(ann_key), 0);
  EXPECT_GE(files_with(ann), 3);  // the control: kids are in segment, index and vault.db
  const audit::LogReader before = reader();
  auto archive = sqlite::Archive::open(temp_.path() / "archive").value();
  ASSERT_TRUE(archive.take_base(*vault.store));
  ASSERT_TRUE(archive.ship(*vault.store));

  auto erased = audit::erase_subject(*vault.keys, kAnn);
  ASSERT_TRUE(erased) << erased.error().message;
  erased->actor = {.type = "service", .id = "privacy"};
  ASSERT_TRUE(log->append(*std::move(erased)));
  ASSERT_TRUE(log->close());

  // After: the same records are found, and nothing in them opens; those about others do.
  texts = found("enc:" + ann);
  EXPECT_EQ(texts.size(), kRecords / 2U);
  for (const std::string& text : texts) {
    audit::Record record = *audit::parse_record(text);
    EXPECT_EQ(*audit::open_in_place(*vault.keys, record), 3U);
    EXPECT_EQ(record, *audit::parse_record(text));
  }
  for (const auto format : {audit::ExportFormat::kJsonLines, audit::ExportFormat::kOcsf,
                            audit::ExportFormat::kSyslog}) {
    const std::string text = exported(
        vault.keys.get(), "cursor-" + std::to_string(3 + static_cast<int>(format)), format);
    EXPECT_EQ(count(text, kAnn), 0U);
    EXPECT_EQ(count(text, kBob), kRecords);
    EXPECT_EQ(count(text, "192.0.2."), kRecords / 2U);
  }
  // Every proof from before still verifies, against the old root and the new one.
  const auto report = audit::verify_log(log_path(), {.parse_records = true});
  ASSERT_TRUE(report && report->intact());
  audit::LogReader after = reader();
  const std::uint64_t old_size = before.checkpoint().size;
  const std::uint64_t size = after.checkpoint().size;
  EXPECT_TRUE(audit::verify_consistency(old_size, before.checkpoint().root, size,
                                        after.checkpoint().root,
                                        *audit::prove_consistency(after.tree(), old_size, size)));
  for (std::uint64_t i = 0; i < old_size; ++i) {
    const std::string text = *after.record(i);
    const auto leaf = *audit::leaf_hash(std::as_bytes(std::span<const char>(text)));
    EXPECT_TRUE(audit::verify_inclusion(leaf, i, old_size,
                                        *audit::prove_inclusion(before.tree(), i, old_size),
                                        before.checkpoint().root));
    EXPECT_TRUE(audit::verify_inclusion(
        leaf, i, size, *audit::prove_inclusion(after.tree(), i, size), after.checkpoint().root));
  }

  // A backup from before the erasure brings the key back into the database, and the ledger takes it
  // out again before anything is opened.
  ASSERT_TRUE(archive.restore({}, temp_.path() / "restored"));
  {
    const OpenVault restored = open_vault(temp_.path() / "restored", *ledger);
    EXPECT_EQ(restored.keys->find(ann).error().code, ErrorCode::kNotFound);
    EXPECT_TRUE(restored.keys->find(bob));
    EXPECT_NE(restored.keys->key_of(kAnn)->kid, ann);
  }
  // The control, and what docs/vault.md says is not noticed: with that backup an old ledger.
  ASSERT_TRUE(archive.restore({}, temp_.path() / "undone"));
  auto old = coefficient::vault::FileShredLedger::create(temp_.file("old-ledger")).value();
  const OpenVault undone = open_vault(temp_.path() / "undone", *old);
  ASSERT_TRUE(undone.keys->find(ann));
  EXPECT_EQ(test::text(undone.keys->find(ann)->expose()), ann_key);
  EXPECT_EQ(*undone.keys->kid_of(kAnn), ann);
}

// What cannot be sealed is not written: a host that goes by the order of docs/audit-proofs.md has
// no record, and so does nothing.
TEST_F(PersonalLogTest, WithoutTheVaultNoTextIsSealedAndTheRecordStaysAsItWas) {
  auto ledger = coefficient::vault::FileShredLedger::create(temp_.file("shredded")).value();
  coefficient::vault::MemoryStore memory;
  test::HookedStore store(memory);
  auto vault = coefficient::vault::Vault::create(
                   {.store = store, .ledger = *ledger, .arena = arena_, .providers = {kek_}})
                   .value();
  auto keys = VaultSubjectKeys::open(*vault).value();
  store.on_apply = [](const coefficient::vault::Batch&) -> Result<> {
    return coefficient::Error{ErrorCode::kUnavailable, "locked"};
  };
  audit::Record record;
  record.actor = {.type = "user", .id = std::string(kAnn)};
  record.action = "order.read";
  const audit::Record same = record;
  EXPECT_EQ(audit::seal_in_place(*keys, kAnn, "actor.id", record).error().code,
            ErrorCode::kUnavailable);
  EXPECT_EQ(record, same);
  store.on_apply = nullptr;
  EXPECT_TRUE(*audit::seal_in_place(*keys, kAnn, "actor.id", record));
}
