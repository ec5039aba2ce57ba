// Backup and restore of a gateway's directory, by the program itself.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "child.h"
#include "fixture.h"
#include "program.h"
#include "timestamp.h"
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

  // The first snapshot is not reached by a time, since it has none.
  EXPECT_TRUE(first["last"]["time"].is_null());
  ASSERT_EQ(run_gateway({"restore", to(), into("first"), "--seq", "0"}).status, 0);
  EXPECT_EQ(names(into("first")), Names{"github/1"});
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
  refused({"backup", dir(), into("second")}, "backup elsewhere");
  refused({"restore", to(), dir()}, "exists");
  refused({"restore", into("none"), into("r")}, "is not what gateway backup makes");
  refused({"restore", to(), into("r"), "--to", "yesterday"}, "is not of the form");
  refused({"restore", to(), into("r"), "--to", "2001-01-01T00:00:00Z"}, "is --seq 0");
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

TEST_F(Backup, SaysWhatIsDamaged) {
  back_up();
  rotate();
  back_up();
  for (const auto& entry : fs::directory_iterator(fs::path(to()) / "vault")) {
    if (entry.path().extension() != ".changes") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-1, std::ios::end);
    file.put('\xff');
  }
  EXPECT_EQ(run_gateway({"restore", to(), into("r")}).status, 2);
  EXPECT_NE(run_gateway({"backup", dir(), to()}).status, 0);
}

TEST(Timestamp, IsStrict) {
  using namespace std::chrono;
  EXPECT_EQ(*parse_rfc3339("1970-01-01T00:00:01Z"), system_clock::time_point(seconds(1)));
  EXPECT_EQ(
      *parse_rfc3339("2026-11-24T23:05:06.25Z"),
      sys_days(year(2026) / 11 / 24) + hours(23) + minutes(5) + seconds(6) + milliseconds(250));
  EXPECT_EQ(*parse_rfc3339("2024-02-29T00:00:00.007Z"),
            sys_days(year(2024) / 2 / 29) + milliseconds(7));
  for (const char* text :
       {"", "2026-11-24", "2026-11-24T23:05Z", "2026-11-24T23:05:06", "2026-11-24 23:05:06Z",
        "2026-11-24T23:05:06+00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-11-24T24:00:00Z", "2026-11-24T23:60:00Z", "2026-11-24T23:05:60Z",
        "2026-11-24T23:05:06.Z", "2026-11-24T23:05:06.1234Z", "2026-11-24T23:05:06ZZ",
        "9999-01-01T00:00:00Z", "-026-11-24T23:05:06Z"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}
