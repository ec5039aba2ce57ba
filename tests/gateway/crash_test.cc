// kill -9 at random moments: what was answered 202 is there afterwards and processed exactly once.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <atomic>
#include <random>
#include <set>

#include "child.h"
#include "demo_repository.h"
#include "fixture.h"
#include "support/seed.h"

using namespace gateway;
using test::Child;

namespace {

constexpr int kRounds = 60;
constexpr int kSenders = 3;

class Crash : public testing::Test {
 protected:
  Crash() {
    EXPECT_TRUE(init_directory(directory_, 0));
    auto change = sample_change((temp_.path() / "sample").string());
    EXPECT_TRUE(change) << change.error().message;
    change_ = std::move(*change);
    test::edit_config(directory_, [&](auto& config) {
      config["repositories"][change_.pull_request.repository] = change_.clone;
      config["worker"]["max_attempts"] = 100;
    });
  }

  // Every fourth is real work with a git process in it, the others are quickly ignored.
  std::string body(int number) const {
    if (number % 4 != 0) return test::pull_request_body(number);
    DemoChange change = change_;
    change.pull_request.number = static_cast<std::uint64_t>(number);
    return pull_request_payload(change);
  }

  // Delivers until the gateway is gone, noting the ids that were answered 202.
  void send_until_gone(const Peer& peer) {
    const auto secrets = test::secrets_of(directory_, "github");
    for (;;) {
      const std::string text = body(++number_);
      auto headers = sign("github", secrets.front().bytes, text, "pull_request",
                          std::chrono::system_clock::now());
      auto answer = http_post(peer, "/webhooks/github", *headers, text);
      if (!answer) {
        answers_ += 100;  // gone, whoever ended it: nobody waits for more
        answers_.notify_all();
        return;
      }
      if (answer->status != 202) continue;
      const std::lock_guard lock(mutex_);
      answered_.insert((*headers)[3].second);  // X-GitHub-Delivery
      ++answers_;
      answers_.notify_all();
    }
  }

  void crash_once(const std::string& program, bool is_gateway) {
    std::vector<std::string> arguments = {program};
    if (is_gateway) arguments.emplace_back("serve");
    arguments.push_back(directory_.root().string());
    Child child(arguments);
    const auto peer = child.listening();
    ASSERT_TRUE(peer) << child.error_line().value_or("and no error");
    const int before = answers_;
    std::vector<std::thread> senders;
    for (int i = 0; i < kSenders; ++i) {
      senders.emplace_back([this, peer] { send_until_gone(*peer); });
    }
    // At least one answer, then up to eight more: between deliveries and within them.
    const int until = before + 1 + std::uniform_int_distribution(0, 8)(random_);
    for (int seen = answers_; seen < until; seen = answers_) answers_.wait(seen);
    child.signal(SIGKILL);
    child.wait();
    for (std::thread& sender : senders) sender.join();
  }

  std::set<std::string> ids(const std::string& query) {
    std::set<std::string> out;
    auto database = Database::open(directory_.database());
    EXPECT_TRUE(database);
    auto rows = database->prepare(query);
    EXPECT_TRUE(rows);
    for (auto row = rows->step(); row && *row; row = rows->step()) out.insert(rows->text(0));
    return out;
  }

  // How many deliveries were answered 202 but are not in the database.
  std::size_t lost() {
    const auto stored = ids("SELECT delivery_id FROM inbox");
    return static_cast<std::size_t>(std::ranges::count_if(
        answered_, [&](const std::string& id) { return !stored.contains(id); }));
  }

  test::TempDir temp_;
  Directory directory_{temp_.path() / "gateway"};
  DemoChange change_;
  std::mt19937 random_{test::seed()};
  std::atomic<int> number_ = 0;
  std::atomic<int> answers_ = 0;
  std::mutex mutex_;
  std::set<std::string> answered_;
};

}  // namespace

TEST_F(Crash, LosesNothingAndProcessesEverythingOnce) {
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_NO_FATAL_FAILURE(crash_once(GATEWAY_PROGRAM, true));
  }
  EXPECT_GE(answered_.size(), static_cast<std::size_t>(kRounds));
  EXPECT_EQ(lost(), 0U);

  // The last start works off what the crashes left behind.
  Child child({GATEWAY_PROGRAM, "serve", directory_.root().string()});
  ASSERT_TRUE(child.listening());
  auto inbox = Inbox::open(directory_.database(), coefficient::system_clock());
  ASSERT_TRUE(inbox);
  for (auto counts = *(*inbox)->counts(); counts.queued + counts.leased > 0;
       counts = *(*inbox)->counts()) {
    ASSERT_TRUE(child.line()) << counts.queued << " queued, " << counts.leased << " leased";
  }
  child.signal(SIGTERM);
  const int status = child.wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);

  EXPECT_EQ((*inbox)->counts()->dead, 0);
  const auto processed = ids("SELECT delivery_id FROM inbox JOIN results ON inbox_id = id");
  for (const std::string& id : answered_) EXPECT_TRUE(processed.contains(id)) << id;
  // Exactly once: as many results as deliveries, each minimized or ignored as its kind must be.
  EXPECT_EQ(ids("SELECT (SELECT count(*) FROM inbox) - (SELECT count(*) FROM results)"),
            std::set<std::string>{"0"});
  EXPECT_EQ(ids("SELECT DISTINCT status || reason FROM results"),
            (std::set<std::string>{"ignoredthe repository is not configured", "minimized"}));
  RecordProperty("answered", static_cast<int>(answered_.size()));
  RecordProperty("attempts_beyond_one",
                 *ids("SELECT count(*) FROM inbox WHERE attempts > 1").begin());
}

// The same rounds and the same count against a gateway that answers before it commits: the count
// must find what that loses, or the test above shows nothing.
TEST_F(Crash, TheCountFindsWhatAnEarlyAnswerLoses) {
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_NO_FATAL_FAILURE(crash_once(GATEWAY_EARLY_ACK_PROGRAM, false));
  }
  EXPECT_GT(lost(), 0U);
  RecordProperty("lost", static_cast<int>(lost()));
  RecordProperty("answered", static_cast<int>(answered_.size()));
}
