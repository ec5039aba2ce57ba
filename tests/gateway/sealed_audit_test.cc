// What is personal in the audit logs, encrypted under keys in the gateway's vault.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "admin_fixture.h"
#include "admin_store.h"
#include "audit_trail.h"
#include "coefficient/audit/log_reader.h"
#include "coefficient/audit/verify.h"
#include "doctor.h"
#include "program.h"
#include "subject_keys.h"
#include "vault_files.h"

using namespace gateway;
namespace audit = coefficient::audit;
namespace fs = std::filesystem;
using test::run_gateway;

namespace {

class SealedAudit : public test::AdminTest {
 protected:
  void seal() {
    edit([](auto& config) { config["audit"]["seal_personal"] = true; });
  }
  std::string dir() const { return directory_.root().string(); }
  std::string list() { return get("/admin/deliveries", token({"viewer"})); }
  std::string requeue(std::int64_t id, const std::string& role) {
    return ask("POST", "/admin/deliveries/" + std::to_string(id) + "/requeue",
               {"Authorization: Bearer " + token({role})});
  }
  static std::vector<nlohmann::json> sealed_records(const fs::path& path) {
    auto reader = audit::LogReader::open(path.string());
    EXPECT_TRUE(reader);
    std::vector<nlohmann::json> out;
    if (!reader) return out;
    EXPECT_TRUE(reader->read(0, reader->checkpoint().size, [&](const auto& stored) {
      out.push_back(nlohmann::json::parse(stored.payload));
      return Result<>();
    }));
    return out;
  }
  static std::set<std::string> kids_in(const std::vector<nlohmann::json>& records,
                                       const char* object, const char* member) {
    std::set<std::string> kids;
    for (const auto& record : records) {
      const auto field = record.value(
          nlohmann::json::json_pointer("/" + std::string(object) + "/" + member + "/$enc/kid"),
          std::string());
      if (!field.empty()) kids.insert(field);
    }
    return kids;
  }
  // How many files of the gateway's directory hold this text.
  int files_with(const std::string& text) const {
    int n = 0;
    for (const auto& file : fs::recursive_directory_iterator(directory_.root())) {
      if (file.is_regular_file() && test::read_text(file.path()).find(text) != std::string::npos)
        ++n;
    }
    return n;
  }
  std::unique_ptr<SubjectKeys> keys_of(const Directory& directory) {
    const auto config = load_config(directory);
    auto keys = SubjectKeys::open(directory, config->vault, coefficient::system_clock());
    EXPECT_TRUE(keys) << keys.error().message;
    return *std::move(keys);
  }
};

}  // namespace

TEST_F(SealedAudit, NamesAndAddressesAreReadWithTheVaultOnly) {
  const std::int64_t dead = add_dead(1, "x");
  seal();
  start();
  EXPECT_EQ(test::status_of(list()), 200);
  EXPECT_EQ(test::status_of(requeue(dead, "operator")), 200);
  EXPECT_EQ(test::status_of(requeue(dead, "viewer")), 403);
  EXPECT_EQ(test::status_of(get("/admin/deliveries", "no.such.token")), 401);
  EXPECT_TRUE(stop());
  for (const auto& record : sealed_records(directory_.audit())) {
    if (!record["action"].get<std::string>().starts_with("admin.")) continue;
    const bool stranger = record["action"] == "admin.sign_in";
    EXPECT_EQ(record["actor"]["id"].is_object(), !stranger) << record.dump();
    EXPECT_TRUE(record["src"]["ip"].is_object()) << record.dump();
  }
  EXPECT_EQ(run_gateway({"token", dir(), "--role", "viewer", "--subject", "ann"}).status, 0);
  for (const char* word : {"token:ann", "\"ann\"", "\"127.0.0.1\""})
    EXPECT_EQ(files_with(word), word == std::string("\"127.0.0.1\"") ? 1 : 0)
        << word << ": only config.json has an address";

  const auto plain = run_gateway({"audit", dir(), "search", "--action", "admin.*"});
  EXPECT_EQ(plain.status, 0);
  EXPECT_EQ(plain.out.find("token:ann"), std::string::npos);
  const auto read = run_gateway({"audit", dir(), "search", "--action", "admin.*", "--decrypt"});
  EXPECT_EQ(read.status, 0) << read.err;
  EXPECT_NE(read.out.find(R"("id":"token:ann")"), std::string::npos) << read.out;
  EXPECT_NE(read.out.find(R"("ip":"127.0.0.1")"), std::string::npos);
  EXPECT_EQ(read.out.find("$enc"), std::string::npos);
  const auto hers =
      run_gateway({"audit", dir(), "search", "--decrypt", "--by-subject", "token:ann"});
  EXPECT_EQ(std::ranges::count(hers.out, '\n'), 4) << hers.out;  // list, intent, success, denied
  const auto exported = run_gateway(
      {"audit", dir(), "export", "--decrypt", "--cursor", (temp_.path() / "cursor").string()});
  EXPECT_NE(exported.out.find(R"("id":"token:ann")"), std::string::npos);
  // The command that made a token for her named her by the same key.
  const auto minted = run_gateway(
      {"audit", dir(), "--cli", "search", "--decrypt", "--target-subject", "token:ann"});
  EXPECT_EQ(std::ranges::count(minted.out, '\n'), 2) << minted.out << minted.err;
  EXPECT_NE(minted.out.find(R"("id":"ann")"), std::string::npos);
  EXPECT_EQ(files_with("token:ann"), 0);  // the searches did not name her either
}

// The control: without the setting they are there, in the clear.
TEST_F(SealedAudit, NothingIsEncryptedUnlessItIsAskedFor) {
  start();
  EXPECT_EQ(test::status_of(list()), 200);
  EXPECT_TRUE(stop());
  EXPECT_GT(files_with("token:ann"), 0);
}

TEST_F(SealedAudit, AnErasureHoldsWhileTheGatewayServes) {
  seal();
  start();
  EXPECT_EQ(test::status_of(list()), 200);
  const auto erased = run_gateway({"audit", dir(), "erase", "token:ann", "--reason", "she asked"});
  EXPECT_EQ(erased.status, 0) << erased.err;
  EXPECT_EQ(run_gateway({"audit", dir(), "erase", "token:ann"}).status, 2);
  EXPECT_EQ(test::status_of(list()), 200);  // who comes back gets another key
  EXPECT_TRUE(stop());
  const auto kids = kids_in(sealed_records(directory_.audit()), "actor", "id");
  EXPECT_EQ(kids.size(), 2U);
  const auto read = run_gateway({"audit", dir(), "search", "--decrypt", "--action", "admin.*"});
  EXPECT_EQ(read.status, 0) << read.err;
  std::size_t closed = 0;
  for (std::size_t at = 0; (at = read.out.find(R"("id":{"$enc")", at)) != std::string::npos; ++at)
    ++closed;
  EXPECT_EQ(closed, 1U) << read.out;
  EXPECT_NE(read.out.find("token:ann"), std::string::npos);
  std::vector<std::string> outcomes;
  for (const auto& record : sealed_records(directory_.command_audit())) {
    if (record["action"] == "subject.erased") outcomes.push_back(record["outcome"]);
  }
  EXPECT_EQ(outcomes, (std::vector<std::string>{"intent", "success", "intent", "failure"}));
  for (const fs::path& log : {directory_.audit(), directory_.command_audit()})
    EXPECT_TRUE(audit::verify_log(log.string(), {.parse_records = true})->intact());
  EXPECT_TRUE(all_ok(examine(directory_, coefficient::system_clock())));
}

// The backup is of before the erasure. The ledger is not in it.
TEST_F(SealedAudit, ABackupDoesNotBringAnErasedKeyBack) {
  const std::string to = (temp_.path() / "backup").string();
  std::string ann;
  std::string bob;
  {
    const auto keys = keys_of(directory_);
    ann = keys->key_of("token:ann")->kid;
    bob = keys->key_of("token:bob")->kid;
  }
  ASSERT_EQ(run_gateway({"backup", dir(), to}).status, 0);
  const std::string ledger = load_config(directory_)->vault.shred_ledger;
  const fs::path old_ledger = temp_.path() / "old-ledger";
  fs::copy_file(ledger, old_ledger);
  ASSERT_EQ(run_gateway({"audit", dir(), "erase", "token:ann"}).status, 0);
  const Directory into(temp_.path() / "restored");
  const auto restored = run_gateway({"restore", to, into.root().string()});
  ASSERT_EQ(restored.status, 0) << restored.err;
  EXPECT_EQ(keys_of(into)->find(ann).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(keys_of(into)->find(bob));
  // The control, and what the documents say: an old ledger with it undoes the erasure.
  const Directory undone(temp_.path() / "undone");
  ASSERT_EQ(
      run_gateway({"restore", to, undone.root().string(), "--shred-ledger", old_ledger.string()})
          .status,
      0);
  EXPECT_TRUE(keys_of(undone)->find(ann));
}

TEST_F(SealedAudit, WhatCannotBeEncryptedIsNotDone) {
  const std::int64_t dead = add_dead(1, "x");
  const std::int64_t done = add_done(2, R"({"canary":"SHOWN"})");
  seal();
  start();
  EXPECT_EQ(test::status_of(list()), 200);
  // The vault has lost the index of subjects, so that nobody's key can be found.
  test::with_vault(directory_, [](coefficient::vault::Vault& vault) {
    ASSERT_TRUE(vault.shred("audit-subjects"));
  });
  const std::string put_back = requeue(dead, "operator");
  EXPECT_EQ(test::status_of(put_back), 503);
  EXPECT_EQ(test::body_of(put_back)["status"], 503);
  auto rows = AdminStore::open(directory_.database())->deliveries(dead + 1, 1);
  EXPECT_EQ(rows->front().state, "dead");
  const std::string shown = get("/admin/receipts/" + std::to_string(done), token({"viewer"}));
  EXPECT_EQ(test::status_of(shown), 503);
  EXPECT_EQ(shown.find("SHOWN"), std::string::npos);
  EXPECT_EQ(test::status_of(get("/admin/deliveries", "no.such.token")), 401);
  EXPECT_EQ(deliver(test::pull_request_body(3)), 202);
  EXPECT_FALSE(stop());  // the refusal could not be written
  EXPECT_EQ(run_gateway({"serve", dir()}).status, 2);
}

// A flood from many addresses makes one key, not one for each.
TEST_F(SealedAudit, StrangersOfADayShareAKey) {
  coefficient::ManualClock clock(std::chrono::sys_days(std::chrono::year(2026) / 11 / 23));
  Log quiet(-1, clock);
  {
    const auto keys = keys_of(directory_);
    auto trail = AuditTrail::open(directory_, quiet, clock, keys.get());
    ASSERT_TRUE(trail);
    for (int day = 0; day < 2; ++day) {
      for (int i = 0; i < 300; ++i)
        (*trail)->refused({.reason = "no_token", .peer = "10.0.0." + std::to_string(i)});
      EXPECT_TRUE((*trail)->write_due());
      clock.advance(std::chrono::hours(24));
    }
    EXPECT_TRUE((*trail)->close());
  }
  EXPECT_EQ(files_with("10.0.0."), 0);
  EXPECT_EQ(kids_in(sealed_records(directory_.audit()), "src", "ip").size(), 2U);
  EXPECT_EQ(run_gateway({"audit", dir(), "erase", "refused-sign-ins/2026-11-23"}).status, 0);
  const auto read = run_gateway({"audit", dir(), "search", "--decrypt"});
  EXPECT_NE(read.out.find("10.0.0."), std::string::npos);
  EXPECT_NE(read.out.find("$enc"), std::string::npos);
}
