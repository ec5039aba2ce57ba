// kill -9 at random moments of everything that a vault on SQLite and its archive do. After each:
// the vault opens, no acknowledged secret is lost, a rotation or a shredding has happened or has
// not, the archive verifies, and a restore is complete or is no store.
#include "vault_crash.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "store_support.h"
#include "support/child.h"
#include "support/seed.h"

using namespace coefficient;
using sqlite::Archive;
using sqlite::VaultStore;

namespace {

namespace fs = std::filesystem;

// In 300 rounds each operation is killed at many of its points. COEFFICIENT_CRASH_ROUNDS asks for
// another number, as sanitizer runs do.
constexpr int kRounds = 300;
constexpr int kRoundsWithOneKey = 5;

int rounds() {
  const char* text = std::getenv("COEFFICIENT_CRASH_ROUNDS");
  return text == nullptr ? kRounds : std::max(1, std::atoi(text));
}

/// What was said, so what must be there.
class Said {
 public:
  struct Secret {
    std::uint64_t version = 0;
    bool removed = false;
  };
  struct Tenant {
    std::map<std::string, Secret> secrets;
    std::size_t keys = 0;
    bool shredded = false;
  };
  struct Operation {
    std::string what, tenant, name;
    std::uint64_t version = 0;
  };

  void note(const std::string& line) {
    std::istringstream in(line);
    std::string who, what;
    in >> who >> what;
    if (what == "step") return;
    if (what == "ok") {
      std::uint64_t number = 0;
      in >> number;
      acknowledge(pending.at(who), number);
      ++acknowledged[pending.at(who).what];
      pending.erase(who);
      return;
    }
    Operation& begun = pending[who];
    begun = {.what = what, .tenant = {}, .name = {}, .version = 0};
    if (what == "restore") {
      in >> begun.name;
    } else {
      in >> begun.tenant >> begun.name >> begun.version;
    }
  }
  // After the process has died, and what it left was looked at.
  void forget_pending() {
    for (const auto& [who, operation] : pending) ++killed_in[operation.what];
    pending.clear();
  }
  const Operation* pending_on(const std::string& tenant) const {
    for (const auto& [who, operation] : pending)
      if (operation.tenant == tenant) return &operation;
    return nullptr;
  }

  std::map<std::string, Tenant> tenants;
  std::map<std::string, Operation> pending;  ///< By who does it.
  std::set<std::string> restored;            ///< Directories.
  std::uint64_t shipped = 0;
  std::map<std::string, int> acknowledged;
  std::map<std::string, int> killed_in;

 private:
  void acknowledge(const Operation& done, std::uint64_t number) {
    if (done.what == "base" || done.what == "ship") shipped = std::max(shipped, number);
    if (done.what == "restore") restored.insert(done.name);
    if (done.tenant.empty()) return;
    Tenant& tenant = tenants[done.tenant];
    if (done.what == "put" || done.what == "remove") {
      tenant.secrets[done.name] = {done.version, done.what == "remove"};
      tenant.keys = std::max<std::size_t>(tenant.keys, 1);
    }
    if (done.what == "rotate") ++tenant.keys;
    if (done.what == "shred") tenant.shredded = true;
  }
};

class VaultCrashTest : public testing::Test {
 protected:
  VaultCrashTest() {
    EXPECT_TRUE(vault::FileShredLedger::create(temp_.file("ledger")));
    new_key();
  }
  // The next key-encryption key: from now on there is something to rewrap.
  void new_key() {
    const auto key = vault::LocalKey::generate(std::to_string(++generation_));
    ASSERT_TRUE(key);
    const auto file = temp_.path() / test::crash_key_file(generation_);
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(key->expose().data()),
               static_cast<std::streamsize>(key->size()));
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  }

  // Lets a child work and kills it after some lines; every third time only those of the archiver
  // count.
  void crash_once(int round, const char* mode) {
    test::Child child({VAULT_CRASH_CHILD, mode, temp_.path(), std::to_string(generation_),
                       std::to_string(random_()), "restored" + std::to_string(round) + "-"});
    const bool archiver = round % 3 == 2;
    const std::string counted = archiver ? "archiver" : "";
    for (int left = 1 + static_cast<int>(random_() % (archiver ? 16 : 50)); left > 0;) {
      const std::string line = child.line();
      ASSERT_FALSE(line.empty()) << "the child ended by itself";
      said_.note(line);
      if (line.starts_with(counted)) --left;
    }
    ASSERT_TRUE(child.kill());
    for (std::string line = child.line(); !line.empty(); line = child.line()) said_.note(line);
  }

  // What is not as it must be, each in words.
  std::vector<std::string> problems() {
    problems_.clear();
    auto opened = test::open_crash_vault(temp_.path(), "store", generation_, true);
    if (!opened) return {"the vault does not open: " + opened.error().message};
    check_tenants(*opened);
    const auto incomplete = opened->store->list_incomplete(1);
    if (!incomplete || !incomplete->empty()) problem("a row of the store lacks another");
    check_archive(*opened->store);
    for (const auto& entry : fs::directory_iterator(temp_.path())) {
      if (entry.path().filename().string().starts_with("restored")) check_restored(entry.path());
    }
    said_.forget_pending();
    return problems_;
  }

  void check_tenants(test::CrashVault& opened) {
    const auto entries = opened.ledger->read();
    if (!entries) return problem("the ledger: " + entries.error().message);
    std::set<std::string> shredded;
    for (const auto& entry : *entries) shredded.insert(entry.tenant);
    for (const auto& [who, operation] : said_.pending)
      if (!operation.tenant.empty()) said_.tenants.try_emplace(operation.tenant);
    for (auto& [name, tenant] : said_.tenants) {
      const auto* pending = said_.pending_on(name);
      const bool gone = shredded.contains(name);
      if (tenant.shredded && !gone) problem(name + " was shredded, and is not in the ledger");
      if (gone && !tenant.shredded && (pending == nullptr || pending->what != "shred"))
        problem(name + " is shredded, and nobody asked for it");
      tenant.shredded = gone;
      if (gone) {
        check_shredded(opened, name);
      } else {
        check_secrets(opened, name, tenant, pending);
        check_keys(opened, name, tenant, pending);
      }
    }
  }

  void check_secrets(test::CrashVault& opened, const std::string& name, Said::Tenant& tenant,
                     const Said::Operation* pending) {
    for (int i = 0; i < test::kCrashNames; ++i) {
      const std::string record = "n" + std::to_string(i);
      const vault::RecordRef ref{name, test::kCrashKind, record};
      Said::Secret& said = tenant.secrets[record];
      const auto stored = opened.store->read_record(ref);
      if (!stored) {
        problem(name + "/" + record + ": " + stored.error().message);
        continue;
      }
      const std::uint64_t version = stored->record ? stored->record->info.version : 0;
      const bool awaited = pending != nullptr && pending->name == record &&
                           pending->version == said.version + 1 && version == pending->version;
      if (awaited) said = {version, pending->what == "remove"};
      if (version != said.version)
        problem(name + "/" + record + " has version " + std::to_string(version) + " instead of " +
                std::to_string(said.version));
      check_secret(*opened.vault, ref, version, version == 0 || said.removed);
    }
  }

  void check_secret(vault::Vault& vault, const vault::RecordRef& ref, std::uint64_t version,
                    bool absent) {
    const std::string name = std::string(ref.tenant) + "/" + std::string(ref.name);
    const auto secret = vault.get(ref);
    if (absent) {
      if (secret || secret.error().code != ErrorCode::kNotFound)
        problem(name + " is there, though it was removed or never put");
    } else if (!secret) {
      problem(name + ": " + secret.error().message);
    } else {
      const std::string expected =
          test::crash_secret(std::string(ref.tenant), std::string(ref.name), version);
      if (secret->version != version ||
          !std::ranges::equal(secret->bytes.expose(), test::bytes(expected)))
        problem(name + " has another secret than that of its version");
    }
  }

  // A rotation has happened or not: one key is active, the others open what they sealed.
  void check_keys(test::CrashVault& opened, const std::string& name, Said::Tenant& tenant,
                  const Said::Operation* pending) {
    const auto keys = opened.store->read_data_keys(name);
    if (!keys) return problem(name + ": " + keys.error().message);
    const std::size_t count = keys->rows.size();
    const bool one_more = pending != nullptr && count == tenant.keys + 1 &&
                          (pending->what == "rotate" || tenant.keys == 0);
    if (one_more) tenant.keys = count;
    if (count != tenant.keys)
      problem(name + " has " + std::to_string(count) + " data keys instead of " +
              std::to_string(tenant.keys));
    const auto active = std::ranges::count_if(
        keys->rows, [](const auto& row) { return row.state == vault::DataKeyState::kActive; });
    if (count != 0 && active != 1)
      problem(name + " has " + std::to_string(active) + " active data keys");
  }

  void check_shredded(test::CrashVault& opened, const std::string& name) {
    for (int i = 0; i < test::kCrashNames; ++i) {
      const std::string record = "n" + std::to_string(i);
      const auto secret = opened.vault->get({name, test::kCrashKind, record});
      if (secret || secret.error().code != ErrorCode::kFailedPrecondition)
        problem(name + "/" + record + " was shredded and can be asked for");
    }
    const auto left = opened.store->list_records({name, "", ""}, 1);
    if (!left || !left->empty()) problem(name + " was shredded and has a record");
    const auto keys = opened.store->read_data_keys(name);
    if (!keys) return problem(name + ": " + keys.error().message);
    for (const auto& row : keys->rows) {
      if (row.state != vault::DataKeyState::kDestroyed || !row.wraps.empty())
        problem(name + " was shredded and has a data key");
    }
  }

  void check_archive(VaultStore& store) {
    auto archive = Archive::open(temp_.path() / "archive");
    if (!archive) return problem("the archive: " + archive.error().message);
    const auto verified = archive->verify();
    if (!verified) return problem("the archive: " + verified.error().message);
    for (const auto& finding : verified->findings) {
      // Without a base it is no archive yet.
      const bool none = said_.shipped == 0 && finding.file.empty();
      if (finding.kind != sqlite::VerifyReport::Kind::kLeftover && !none)
        problem("the archive: " + finding.file + ": " + finding.what);
    }
    const auto fits = archive->check_store(store);
    if (!fits && said_.shipped != 0) problem("the archive: " + fits.error().message);
    const std::uint64_t last = verified->last ? verified->last->seq : 0;
    if (last < said_.shipped)
      problem("the archive goes to " + std::to_string(last) + " instead of " +
              std::to_string(said_.shipped));
  }

  // Complete, or refused as what it is.
  void check_restored(const fs::path& directory) {
    const std::string name = directory.filename();
    const auto complete =
        VaultStore::open(directory, coefficient::system_clock(), {.create = false});
    if (!complete) {
      const ErrorCode code = complete.error().code;
      if (said_.restored.contains(name))
        problem(name + " was acknowledged: " + complete.error().message);
      if (code != ErrorCode::kFailedPrecondition && code != ErrorCode::kNotFound)
        problem(name + ": " + complete.error().message);
    } else {
      auto opened = test::open_crash_vault(temp_.path(), name, generation_, false);
      if (opened) {
        check_restored_vault(*opened);
      } else {
        problem(name + ": " + opened.error().message);
      }
    }
    fs::remove_all(directory);
  }
  // Each secret is that of its version, not later than the store's; no shredded one came back.
  void check_restored_vault(test::CrashVault& opened) {
    for (auto& [name, tenant] : said_.tenants) {
      if (tenant.shredded) {
        check_shredded(opened, name);
        continue;
      }
      const auto listed = opened.vault->list({name, "", ""}, 1000);
      if (!listed) {
        problem(name + ": " + listed.error().message);
        continue;
      }
      for (const auto& info : *listed) {
        if (info.version > tenant.secrets[info.name].version)
          problem(name + "/" + info.name + " was restored from the future");
        check_secret(*opened.vault, {name, test::kCrashKind, info.name}, info.version,
                     info.removed);
      }
    }
    ++restores_looked_at_;
  }

  // Goes on with what was interrupted, and compares a restore of the end with the store.
  void go_on(int round) {
    auto opened = test::open_crash_vault(temp_.path(), "store", generation_, true);
    ASSERT_TRUE(opened) << opened.error().message;
    const auto older = test::older_crash_keks(*opened->store, generation_);
    ASSERT_TRUE(older);
    for (const vault::KekVersion& kek : *older) {
      const auto rewrapped = opened->vault->rewrap(kek);
      ASSERT_TRUE(rewrapped && rewrapped->complete);
      EXPECT_TRUE(opened->store->list_data_keys_under(kek, std::nullopt, 10)->empty());
      EXPECT_TRUE(opened->vault->destroy_kek_version(kek));
      resumed_ += rewrapped->rewrapped;
    }
    auto archive = Archive::open(temp_.path() / "archive");
    ASSERT_TRUE(archive);
    if (archive->verify()->bases == 0) {
      ASSERT_TRUE(archive->take_base(*opened->store));
    }
    const auto shipped = archive->ship(*opened->store);
    ASSERT_TRUE(shipped) << shipped.error().message;
    said_.shipped = shipped->last.seq;
    const auto pruned = archive->prune({.keep_seq = shipped->last.seq});
    ASSERT_TRUE(pruned) << pruned.error().message;
    // Nothing but the databases of snapshots that were not finished, until the start passes them.
    const auto verified = archive->verify();
    ASSERT_TRUE(verified);
    for (const auto& [kind, file, what] : verified->findings)
      EXPECT_TRUE(kind == sqlite::VerifyReport::Kind::kLeftover && file.ends_with(".db"))
          << file << ": " << what;
    const auto to = temp_.path() / ("compared" + std::to_string(round));
    const auto restored = archive->restore({}, to);
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(test::RawDatabase(to / "vault.db").vault_state(),
              test::RawDatabase(temp_.path() / "store" / "vault.db").vault_state());
    fs::remove_all(to);
  }

  void problem(std::string what) { problems_.push_back(std::move(what)); }
  static std::string joined(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) out += line + '\n';
    return out;
  }

  test::TempDir temp_;
  std::mt19937 random_{test::seed()};
  int generation_ = -1;
  Said said_;
  std::vector<std::string> problems_;
  std::uint64_t resumed_ = 0;
  int restores_looked_at_ = 0;
};

}  // namespace

TEST_F(VaultCrashTest, NothingAcknowledgedIsLostAndEverythingOpens) {
  for (int round = 0; round < rounds(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    if (round % kRoundsWithOneKey == kRoundsWithOneKey - 1) new_key();
    ASSERT_NO_FATAL_FAILURE(crash_once(round, "right"));
    ASSERT_EQ(joined(problems()), "");
    if (round % 10 == 9) {
      ASSERT_NO_FATAL_FAILURE(go_on(round));
    }
  }
  std::ostringstream counts;
  for (const auto& [what, count] : said_.acknowledged)
    counts << what << ' ' << count << " (killed in it: " << said_.killed_in[what] << "), ";
  std::cout << rounds() << " kills; acknowledged: " << counts.str() << "rewraps resumed "
            << resumed_ << ", restores looked at " << restores_looked_at_ << '\n';
  if (rounds() < kRounds) return;
  // Each operation was done.
  for (const char* what : {"put", "remove", "rotate", "rewrap", "destroy", "shred", "base", "ship",
                           "prune", "restore"}) {
    EXPECT_GT(said_.acknowledged[what], 0) << what;
  }
}

// The same rounds and the same looks at a child whose writers say "ok" before they are done: the
// looks must find what that loses, or the test above shows nothing.
TEST_F(VaultCrashTest, TheLooksFindWhatAnEarlyAnswerLoses) {
  std::vector<std::string> found;
  for (int round = 0; round < kRounds && found.empty(); ++round) {
    ASSERT_NO_FATAL_FAILURE(crash_once(round, "early"));
    found = problems();
  }
  EXPECT_FALSE(found.empty());
}
