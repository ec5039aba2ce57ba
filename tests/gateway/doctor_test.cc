#include "doctor.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "fixture.h"
#include "inbox.h"

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

TEST_F(Doctor, EveryInitMakesOtherSecrets) {
  const Directory other(temp_.path() / "other");
  ASSERT_TRUE(init_directory(other, 0));
  std::set<std::string> seen;
  for (const Directory* d : std::initializer_list<const Directory*>{&directory_, &other}) {
    for (const char* name : {"github", "slack", "paystack"}) {
      seen.insert(test::read_text(d->secrets() / name));
    }
  }
  EXPECT_EQ(seen.size(), 6U);
}

TEST_F(Doctor, FindsModesThatLetOthersIn) {
  chmod(directory_.root().c_str(), 0755);
  chmod(directory_.secrets().c_str(), 0711);
  chmod(directory_.config().c_str(), 0644);
  chmod(directory_.database().c_str(), 0660);
  expect({"directory", "config.json", "secrets", "gateway.db"});
}

TEST_F(Doctor, FindsASecretThatIsMissingOpenOrShort) {
  fs::remove(directory_.secrets() / "slack");
  expect({"secret slack (slack)", "verifiers"});
  ASSERT_TRUE(write_new_file(directory_.secrets() / "slack", "short\n"));
  expect({"secret slack (slack)", "verifiers"});
  fs::remove(directory_.secrets() / "slack");
  fs::create_directory(directory_.secrets() / "slack");
  expect({"secret slack (slack)", "verifiers"});
  fs::remove(directory_.secrets() / "slack");
  ASSERT_TRUE(write_new_file(directory_.secrets() / "slack", "0123456789abcdef"));
  expect({});
  chmod((directory_.secrets() / "slack").c_str(), 0640);
  expect({"secret slack (slack)", "verifiers"});
}

TEST_F(Doctor, FindsASecretThatTheVerifierRefuses) {
  fs::remove(directory_.secrets() / "github");
  ASSERT_TRUE(write_new_file(directory_.secrets() / "github", std::string(32, 'a')));
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
  fs::remove(directory_.secrets() / "slack");
  const auto report = nlohmann::json::parse(doctor_json(examine(directory_, clock_)));
  EXPECT_EQ(report["ok"], false);
  for (const auto& check : report["checks"]) EXPECT_EQ(check.contains("fix"), !check["ok"]);
}
