#include "doctor.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <span>

#include "fixture.h"
#include "inbox.h"
#include "vault_files.h"

using namespace gateway;
namespace fs = std::filesystem;

namespace {

class Doctor : public testing::Test {
 protected:
  Doctor() { EXPECT_TRUE(init_directory(directory_, 0)); }
  std::vector<std::string> failures() {
    std::vector<std::string> names;
    for (const Check& check : examine(directory_, clock_)) {
      EXPECT_EQ(check.fix.empty(), check.ok) << check.name;
      if (!check.ok) names.push_back(check.name);
    }
    return names;
  }
  void expect(std::vector<std::string> names) { EXPECT_EQ(failures(), names); }

  test::TempDir temp_;
  Directory directory_{temp_.path() / "gateway"};
  coefficient::ManualClock clock_{std::chrono::system_clock::now()};
};

using Names = std::vector<std::string>;

}  // namespace

TEST_F(Doctor, FindsAFreshDirectoryWell) {
  expect({});
  EXPECT_NE(doctor_text(examine(directory_, clock_)).find("checks passed"), std::string::npos);
}

TEST_F(Doctor, InitRefusesToOverwrite) {
  EXPECT_EQ(init_directory(directory_, 0).error().code, ErrorCode::kAlreadyExists);
  EXPECT_FALSE(init_directory(Directory(temp_.path() / "no" / "such"), 0));
  fs::create_directory(temp_.path() / "empty");
  EXPECT_TRUE(init_directory(Directory(temp_.path() / "empty"), 0));
  std::ofstream(temp_.path() / "file").flush();
  EXPECT_FALSE(init_directory(Directory(temp_.path() / "file"), 0));
}

TEST_F(Doctor, EveryInitMakesAKeyFileAndOtherSecrets) {
  const Directory other(temp_.path() / "other");
  ASSERT_TRUE(init_directory(other, 0));
  std::set<std::string> seen;
  for (const Directory* d : std::initializer_list<const Directory*>{&directory_, &other}) {
    seen.insert(test::read_text(d->root().string() + ".kek"));
    for (const char* name : {"github", "slack", "paystack"}) {
      seen.insert(test::text_of(test::secrets_of(*d, name).front().bytes));
    }
  }
  EXPECT_EQ(seen.size(), 8U);
  struct stat info {};
  ASSERT_EQ(stat((directory_.root().string() + ".kek").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
}

TEST_F(Doctor, InitPutsTheKeyFileWhereItIsTold) {
  const Directory other(temp_.path() / "other");
  const fs::path kek = temp_.path() / "elsewhere.kek";
  ASSERT_TRUE(init_directory(other, 0, kek));
  EXPECT_TRUE(fs::exists(kek));
  EXPECT_FALSE(fs::exists(temp_.path() / "other.kek"));
  EXPECT_TRUE(all_ok(examine(other, clock_)));
  // Never over another key, and not where a copy of the directory has it.
  const std::string before = test::read_text(kek);
  const Directory third(temp_.path() / "third");
  EXPECT_EQ(init_directory(third, 0, kek).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(test::read_text(kek), before);
  const Directory fourth(temp_.path() / "fourth");
  fs::create_directory_symlink(fourth.root(), temp_.path() / "link");
  for (const fs::path& inside : {fourth.root() / "kek", temp_.path() / "x" / ".." / "fourth" / "k",
                                 fourth.root() / "a" / "b"}) {
    EXPECT_EQ(init_directory(fourth, 0, inside).error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(fs::exists(fourth.root()));
}

TEST_F(Doctor, AnInitThatFailsLeavesNoKeyBehind) {
  const Directory other(temp_.path() / "other");
  ASSERT_TRUE(write_new_file(temp_.path() / "other.shredded", "CFL1\n"));
  EXPECT_EQ(init_directory(other, 0).error().code, ErrorCode::kAlreadyExists);
  EXPECT_FALSE(fs::exists(temp_.path() / "other.kek"));
  EXPECT_TRUE(fs::exists(temp_.path() / "other.shredded"));
}

TEST_F(Doctor, FindsModesThatLetOthersIn) {
  chmod(directory_.root().c_str(), 0755);
  chmod(directory_.vault().c_str(), 0711);
  chmod((directory_.vault() / "vault.db").c_str(), 0640);
  chmod(directory_.config().c_str(), 0644);
  chmod(directory_.database().c_str(), 0660);
  expect({"directory", "config.json", "vault", "vault.db", "gateway.db"});
}

TEST_F(Doctor, FindsAKeyFileThatIsMissingOpenOrAnother) {
  const fs::path kek = directory_.root().string() + ".kek";
  const fs::path away = temp_.path() / "away";
  chmod(kek.c_str(), 0640);
  expect({"key file"});
  chmod(kek.c_str(), 0400);
  expect({});
  fs::rename(kek, away);
  expect({"key file"});
  ASSERT_TRUE(make_key_file(kek));
  expect({"canary"});
  fs::remove(kek);
  ASSERT_TRUE(write_new_file(kek, "not a key"));
  expect({"canary"});
  fs::remove(kek);
  fs::rename(away, directory_.root() / "kek");
  test::edit_config(
      directory_, [&](auto& c) { c["vault"]["kek_file"] = (directory_.root() / "kek").string(); });
  expect({"key file"});
}

TEST_F(Doctor, FindsALedgerThatIsGoneOrDamaged) {
  const fs::path ledger = directory_.root().string() + ".shredded";
  fs::remove(ledger);
  expect({"shred ledger"});
  ASSERT_TRUE(write_new_file(ledger, "CFL1\nnonsense\n"));
  expect({"shred ledger"});
  fs::remove(ledger);
  ASSERT_TRUE(write_new_file(directory_.root() / "ledger", "CFL1\n"));
  test::edit_config(directory_, [&](auto& c) {
    c["vault"]["shred_ledger"] = (directory_.root() / "ledger").string();
  });
  expect({"shred ledger"});
}

TEST_F(Doctor, FindsAVaultThatIsGoneOrDamaged) {
  const fs::path database = directory_.vault() / "vault.db";
  ASSERT_TRUE(Database::open(database)->execute("UPDATE record SET blob = zeroblob(150)"));
  expect({"secret of github", "secret of slack", "secret of paystack", "verifiers", "admin key"});
  fs::remove(database);
  expect({"vault.db"});
  ASSERT_TRUE(write_new_file(database, std::string(8192, 'x')));
  expect({"canary"});
}

TEST_F(Doctor, FindsAnEndpointWithoutASecret) {
  test::with_vault(directory_, [](coefficient::vault::Vault& vault) {
    ASSERT_TRUE(vault.remove({"gateway", "webhook_secret", "slack/1"}));
  });
  expect({"secret of slack", "verifiers"});
}

TEST_F(Doctor, FindsASecretThatTheVerifierRefuses) {
  test::with_vault(directory_, [](coefficient::vault::Vault& vault) {
    const std::string uniform(32, 'a');
    ASSERT_TRUE(
        vault.put({"gateway", "webhook_secret", "github/1"}, std::as_bytes(std::span(uniform))));
  });
  expect({"verifiers"});
}

TEST_F(Doctor, NamesEachMemberOfTheConfiguration) {
  test::edit_config(directory_, [](auto& c) {
    c["limits"].erase("headers");
    c["listen"]["port"] = "x";
  });
  expect({"config.json /listen/port", "config.json /limits/headers"});
}

TEST_F(Doctor, FindsAConfigurationThatIsGone) {
  fs::remove(directory_.config());
  expect({"config.json", "configuration"});
}

TEST_F(Doctor, FindsADatabaseThatIsGoneDamagedOrNewer) {
  ASSERT_TRUE(Database::open(directory_.database())->execute("PRAGMA user_version = 9"));
  expect({"inbox"});
  fs::remove(directory_.database());
  expect({"gateway.db", "inbox"});
  ASSERT_TRUE(write_new_file(directory_.database(), std::string(8192, 'x')));
  expect({"inbox"});
}

TEST_F(Doctor, ShowsDeadLetters) {
  auto inbox = Inbox::open(directory_.database(), clock_);
  const Delivery dead{.endpoint = "github",
                      .replay_key = {},
                      .delivery_id = {},
                      .delivery_id_signed = false,
                      .event = {},
                      .key_name = {},
                      .payload = {},
                      .defect = "payload: empty"};
  ASSERT_TRUE((*inbox)->admit({&dead, 1}));
  expect({"deliveries"});
}

TEST_F(Doctor, FindsAPortThatIsTaken) {
  const Directory other(temp_.path() / "other");
  ASSERT_TRUE(init_directory(other, 0));
  auto service = Service::create(other, coefficient::system_clock(),
                                 {.handle_signals = false, .log_fd = -1, .finished = {}});
  ASSERT_TRUE(service);
  const std::uint16_t port = (*service)->peer().port;
  test::edit_config(directory_, [&](auto& c) { c["listen"]["port"] = port; });
  expect({"port"});
  test::edit_config(directory_, [&](auto& c) { c["listen"]["address"] = "203.0.113.1"; });
  expect({"port"});
}

TEST_F(Doctor, FindsACloneThatIsNone) {
  test::edit_config(directory_, [&](auto& c) {
    c["repositories"]["o/n"] = (temp_.path() / "nowhere").string();
    c["repositories"]["o/src"] = temp_.path().string();
  });
  expect({"repository o/n", "repository o/src"});
}

TEST_F(Doctor, FindsAClockThatIsWrong) {
  clock_.set(std::chrono::sys_days(std::chrono::year(1970) / 1 / 1));
  expect({"clock"});
  clock_.set(std::chrono::system_clock::now() - std::chrono::hours(1));
  expect({"clock"});
  clock_.set(std::chrono::sys_days(std::chrono::year(2200) / 1 / 1));
  expect({"clock"});
}

TEST_F(Doctor, SpeaksJson) {
  fs::remove(directory_.root().string() + ".kek");
  const auto report = nlohmann::json::parse(doctor_json(examine(directory_, clock_)));
  EXPECT_EQ(report["ok"], false);
  for (const auto& check : report["checks"]) EXPECT_EQ(check.contains("fix"), !check["ok"]);
}
