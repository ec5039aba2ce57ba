// Backup and restore of a gateway's directory, by the program itself.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "child.h"
#include "fixture.h"
#include "program.h"
#include "vault_files.h"

using namespace gateway;
using test::run_gateway;
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

class Backup : public test::GatewayTest {
 protected:
  [[nodiscard]] std::string dir() const { return directory_.root().string(); }
  [[nodiscard]] std::string to() const { return (temp_.path() / "backup").string(); }
  [[nodiscard]] std::string into(const char* name) const { return (temp_.path() / name).string(); }
  Json back_up() {
    const auto ran = run_gateway({"backup", dir(), to(), "--json"});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_NE(ran.err.find("gateway: "), std::string::npos);
    return Json::parse(ran.out, nullptr, false);
  }
  void rotate() {
    ASSERT_EQ(run_gateway({"secret", "rotate", "github", "--dir", dir()}).status, 0);
  }
  static std::vector<std::string> names(const std::string& directory) {
    std::vector<std::string> out;
    for (const auto& secret : test::secrets_of(Directory(directory), "github")) {
      out.push_back(secret.name);
    }
    return out;
  }
  // Doctor finds it well, and it takes a delivery that is signed with its newest secret.
  static void expect_serves(const std::string& directory) {
    const auto doctor = run_gateway({"doctor", directory});
    EXPECT_EQ(doctor.status, 0) << doctor.out;
    test::Child child({GATEWAY_PROGRAM, "serve", directory});
    const auto peer = child.listening();
    ASSERT_TRUE(peer);
    const auto secrets = test::secrets_of(Directory(directory), "github");
    const std::string body = test::pull_request_body(1);
    auto headers = gateway::sign("github", secrets.front().bytes, body, "pull_request",
                                 std::chrono::system_clock::now());
    auto answer = http_post(*peer, "/webhooks/github", *headers, body);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 202U);
    child.signal(SIGTERM);
    const int status = child.wait();
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_F(Backup, RestoresTheVaultAsItWasAtATransactionOrATime) {
  const Json first = back_up();
  EXPECT_EQ(first["base_taken"], true);
  rotate();
  const Json second = back_up();
  EXPECT_EQ(second["base_taken"], false);
  EXPECT_EQ(second["shipped"], 1);
  EXPECT_EQ(second["intact"], true);
  ASSERT_EQ(run_gateway({"secret", "retire", "github", "--dir", dir()}).status, 0);
  back_up();

  const std::string seq = std::to_string(second["last"]["seq"].get<std::uint64_t>());
  const auto by_seq = run_gateway({"restore", to(), into("seq"), "--seq", seq, "--json"});
  ASSERT_EQ(by_seq.status, 0) << by_seq.err;
  EXPECT_EQ(Json::parse(by_seq.out)["reached"], second["last"]);
  EXPECT_EQ(names(into("seq")), (Names{"github/2", "github/1"}));
  expect_serves(into("seq"));

  const auto newest = run_gateway({"restore", to(), into("newest")});
  ASSERT_EQ(newest.status, 0) << newest.err;
  EXPECT_EQ(names(into("newest")), Names{"github/2"});
  expect_serves(into("newest"));

  const std::string time = second["last"]["time"];
  const auto by_time = run_gateway({"restore", to(), into("time"), "--to", time});
  ASSERT_EQ(by_time.status, 0) << by_time.err;
  EXPECT_EQ(names(into("time")), (Names{"github/2", "github/1"}));
  expect_serves(into("time"));

  // The first snapshot has the time at which it was taken.
  const std::string begin = first["last"]["time"];
  ASSERT_EQ(run_gateway({"restore", to(), into("first"), "--to", begin}).status, 0);
  EXPECT_EQ(names(into("first")), Names{"github/1"});
  ASSERT_EQ(run_gateway({"restore", to(), into("zero"), "--seq", "0"}).status, 0);
  EXPECT_EQ(names(into("zero")), Names{"github/1"});
  // A restored directory has a history, and so a backup, of its own.
  EXPECT_EQ(run_gateway({"backup", into("time"), to()}).status, 2);
  EXPECT_EQ(run_gateway({"backup", into("time"), into("backup-2")}).status, 0);
}

TEST_F(Backup, WorksWhileTheGatewayServes) {
  start();
  back_up();
  rotate();
  EXPECT_EQ(back_up()["shipped"], 1);
  EXPECT_EQ(deliver(test::pull_request_body(1)), 401);  // signed with what it has not read yet
  EXPECT_TRUE(stop());
  ASSERT_EQ(run_gateway({"restore", to(), into("r")}).status, 0);
  expect_serves(into("r"));
}

TEST_F(Backup, HoldsNoSecretAndNoKey) {
  back_up();
  rotate();
  back_up();
  std::vector<std::string> texts = {test::read_text(dir() + ".kek")};
  for (const auto& secret : test::secrets_of(directory_, "github")) {
    texts.push_back(test::text_of(secret.bytes));
  }
  ASSERT_EQ(texts.size(), 3U);
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(to())) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const std::string content = test::read_text(entry.path());
    for (const std::string& text : texts) EXPECT_EQ(content.find(text), std::string::npos);
  }
  EXPECT_GE(files, 4U);
}

TEST_F(Backup, RefusesWhatCannotBe) {
  back_up();
  const auto refused = [&](std::vector<std::string> arguments, const std::string& word) {
    const auto ran = run_gateway(std::move(arguments));
    EXPECT_EQ(ran.status, 2) << word;
    EXPECT_NE(ran.err.find(word), std::string::npos) << ran.err;
  };
  refused({"backup", dir(), dir() + "/backup"}, "lies in the directory");
  refused({"backup", dir(), temp_.path().string()}, "key file lies where");
  refused({"backup", dir(), into("second")}, "begin it elsewhere");
  refused({"restore", to(), dir()}, "exists");
  refused({"restore", into("none"), into("r")}, "is not what gateway backup makes");
  refused({"restore", to(), into("r"), "--to", "yesterday"}, "is not of the form");
  refused({"restore", to(), into("r"), "--to", "2001-01-01T00:00:00Z"}, "no base that old");
  refused({"restore", to(), into("r"), "--to", "1970-01-01T00:00:00Z"}, "no base that old");
  refused({"restore", to(), into("r"), "--seq", "999999"}, "ends with change");
  refused({"restore", to(), into("r"), "--seq", "1", "--to", "2026-01-01T00:00:00Z"}, "excludes");
  refused({"restore", to(), into("r"), "--kek-file", into("r") + "/kek"}, "must not lie in");
  // Another key, and a ledger that is lost, are found before the directory is made.
  ASSERT_TRUE(make_key_file(into("other.kek")));
  refused({"restore", to(), into("r"), "--kek-file", into("other.kek")}, "other.kek");
  fs::rename(dir() + ".shredded", into("moved"));
  refused({"restore", to(), into("r")}, "shred ledger");
  EXPECT_TRUE(fs::is_empty(into("r")));
  const auto moved = run_gateway({"restore", to(), into("r"), "--shred-ledger", into("moved")});
  EXPECT_EQ(moved.status, 0) << moved.err;
  expect_serves(into("r"));
}

TEST_F(Backup, MovesElsewhereWithABaseOnly) {
  back_up();
  ASSERT_EQ(run_gateway({"backup", dir(), into("second"), "--base"}).status, 0);
  rotate();
  ASSERT_EQ(run_gateway({"backup", dir(), into("second")}).status, 0);
  ASSERT_EQ(run_gateway({"secret", "retire", "github", "--dir", dir()}).status, 0);
  ASSERT_EQ(run_gateway({"backup", dir(), into("second")}).status, 0);
  const auto stale = run_gateway({"backup", dir(), to()});
  EXPECT_EQ(stale.status, 2);
  EXPECT_NE(stale.err.find("shipped to another archive"), std::string::npos) << stale.err;
  ASSERT_EQ(run_gateway({"restore", into("second"), into("r")}).status, 0);
  EXPECT_EQ(names(into("r")), Names{"github/2"});
}

TEST_F(Backup, TakesNoLedgerWithIt) {
  ASSERT_TRUE(fs::create_directory(to()));
  const fs::path ledger = fs::path(to()) / "ledger";
  fs::rename(dir() + ".shredded", ledger);
  edit([&](Json& config) { config["vault"]["shred_ledger"] = ledger.string(); });
  const auto ran = run_gateway({"backup", dir(), to()});
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.err.find("shred ledger lies where"), std::string::npos) << ran.err;
}

TEST_F(Backup, SaysWhatIsDamaged) {
  back_up();
  rotate();
  back_up();
  for (const auto& entry : fs::directory_iterator(fs::path(to()) / "vault")) {
    if (entry.path().extension() != ".changes") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(-1, std::ios::end);
    const int last = file.get();  // of a hash: it may be any
    file.seekp(-1, std::ios::end);
    file.put(static_cast<char>(last ^ 0xff));
  }
  EXPECT_EQ(run_gateway({"restore", to(), into("r")}).status, 2);
  EXPECT_NE(run_gateway({"backup", dir(), to()}).status, 0);
}
