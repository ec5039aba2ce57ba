// The disk of the audit log is full, as the kernel says it: DIR/audit on a small file system in
// memory. Needs root, to mount it.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include "admin_fixture.h"
#include "admin_store.h"
#include "child.h"
#include "coefficient/audit/log_reader.h"
#include "coefficient/audit/verify.h"
#include "demo_repository.h"
#include "support/small_disk.h"

using namespace gateway;
namespace fs = std::filesystem;

namespace {

class FullAuditDisk : public test::AdminTest {
 protected:
  void SetUp() override {
    const fs::path aside = temp_.path() / "aside";
    fs::rename(directory_.audit(), aside);
    fs::create_directory(directory_.audit());
    disk_.emplace(directory_.audit(), std::size_t{2} << 20U);
    if (!disk_->ready()) GTEST_SKIP() << disk_->why_not();
    for (const auto& entry : fs::directory_iterator(aside))
      fs::copy_file(entry.path(), directory_.audit() / entry.path().filename());
  }
  void TearDown() override { (void)stop(); }

  std::string list() { return get("/admin/deliveries", token({"viewer"})); }
  std::string requeue(std::int64_t id) {
    return ask("POST", "/admin/deliveries/" + std::to_string(id) + "/requeue",
               {"Authorization: Bearer " + token({"operator"})});
  }
  std::string state_of(std::int64_t id) { return row_of(id).state; }
  DeliverySummary row_of(std::int64_t id) {
    auto rows = AdminStore::open(directory_.database())->deliveries(id + 1, 1);
    return rows && !rows->empty() ? rows->front() : DeliverySummary{};
  }
  // Asks until the log has no room left; counts what was answered.
  void use_up_the_room() {
    for (int i = 0; i < 500; ++i) {
      const int status = test::status_of(list());
      if (status == 503) return;
      ASSERT_EQ(status, 200);
      ++listed_;
    }
    FAIL() << "the disk did not become full";
  }
  // How many records there are of an action and outcome.
  std::size_t count(const std::string& action, const std::string& outcome) {
    auto reader = coefficient::audit::LogReader::open(directory_.audit().string());
    EXPECT_TRUE(reader);
    if (!reader) return 0;
    std::size_t n = 0;
    EXPECT_TRUE(reader->read(0, reader->checkpoint().size, [&](const auto& stored) {
      const auto record = nlohmann::json::parse(stored.payload);
      n += record["action"] == action && record["outcome"] == outcome ? 1U : 0U;
      return Result<>();
    }));
    return n;
  }

  std::optional<test::SmallDisk> disk_;
  std::size_t listed_ = 0;
};

}  // namespace

TEST_F(FullAuditDisk, AdministrationStopsAndGoesOnWhenThereIsRoom) {
  const std::int64_t dead = add_dead(1, "x");
  const std::int64_t done = add_done(2, R"({"canary":"SHOWN"})");
  start();
  // The control: with room all of it is answered.
  ASSERT_EQ(test::status_of(list()), 200);
  ++listed_;
  ASSERT_EQ(test::status_of(get("/admin/receipts/" + std::to_string(done), token({"viewer"}))),
            200);
  ASSERT_TRUE(disk_->fill());
  ASSERT_NO_FATAL_FAILURE(use_up_the_room());
  // Nothing is shown, nothing is done.
  const std::string put_back = requeue(dead);
  EXPECT_EQ(test::status_of(put_back), 503);
  EXPECT_EQ(test::body_of(put_back)["status"], 503);
  EXPECT_EQ(state_of(dead), "dead");
  const std::string shown = get("/admin/receipts/" + std::to_string(done), token({"viewer"}));
  EXPECT_EQ(test::status_of(shown), 503);
  EXPECT_EQ(shown.find("SHOWN"), std::string::npos);
  // A refusal stands, and hooks are taken on.
  EXPECT_EQ(test::status_of(get("/admin/deliveries", "no.such.token")), 401);
  EXPECT_EQ(deliver(test::pull_request_body(3)), 202);
  // With room it goes on by itself.
  ASSERT_TRUE(disk_->make_room());
  EXPECT_EQ(test::status_of(list()), 200);
  ++listed_;
  EXPECT_EQ(test::status_of(requeue(dead)), 200);
  EXPECT_TRUE(stop());  // and what waited is on record
  const auto report =
      coefficient::audit::verify_log(directory_.audit().string(), {.parse_records = true});
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->intact());
  EXPECT_EQ(report->open_intents, 0U);
  EXPECT_EQ(count("log.full", "success"), 1U);
  EXPECT_EQ(count("admin.sign_in", "denied"), 1U);
  EXPECT_EQ(count("admin.delivery.list", "success"), listed_);  // all that was answered, no more
  EXPECT_EQ(count("admin.delivery.requeue", "intent"), 1U);
  EXPECT_EQ(count("admin.delivery.requeue", "success"), 1U);
}

// Nothing leaves whose receipt is not on record; the delivery waits for the disk like for any other
// transient failure.
TEST_F(FullAuditDisk, AChangeWaitsUntilItsReceiptCanBeRecorded) {
  const auto change = sample_change((temp_.path() / "sample").string());
  ASSERT_TRUE(change) << change.error().message;
  edit([&](auto& config) {
    config["repositories"][change->pull_request.repository] = change->clone;
  });
  start();
  ASSERT_TRUE(disk_->fill());
  ASSERT_NO_FATAL_FAILURE(use_up_the_room());
  ASSERT_EQ(deliver(pull_request_payload(*change)), 202);
  // Until the worker has tried it once and put it back.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  DeliverySummary row = row_of(1);
  while ((row.attempts == 0 || row.state != "queued") &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
    row = row_of(1);
  }
  EXPECT_EQ(row.attempts, 1);
  EXPECT_EQ(row.state, "queued");
  EXPECT_TRUE(inbox().receipts()->empty());
  ASSERT_TRUE(disk_->make_room());
  wait_for_results(1);
  EXPECT_EQ(inbox().receipts()->size(), 1U);
  EXPECT_TRUE(inbox().dead_letters()->empty());
  EXPECT_TRUE(stop());
  EXPECT_EQ(count("change.minimized", "success"), 1U);
}

// Also where it is stopped before there is room: the next start goes on with the same log.
TEST_F(FullAuditDisk, AGatewayThatWasStoppedOnAFullDiskStartsAgain) {
  const auto list_at = [this](std::uint16_t port) {
    test::RawClient client(port);
    EXPECT_TRUE(client.send("GET /admin/deliveries HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " +
                            token({"viewer"}) + "\r\n\r\n"));
    return test::status_of(client.response());
  };
  {
    test::Child child({GATEWAY_PROGRAM, "serve", directory_.root().string()});
    const auto peer = child.listening();
    ASSERT_TRUE(peer);
    ASSERT_TRUE(disk_->fill());
    int status = 0;
    for (int i = 0; i < 500 && status != 503; ++i) {
      status = list_at(peer->port);
      listed_ += status == 200 ? 1U : 0U;
    }
    ASSERT_EQ(status, 503);
    child.signal(SIGTERM);
    child.wait();  // with whatever status: the last checkpoint may have found no room
  }
  ASSERT_TRUE(disk_->make_room());
  test::Child child({GATEWAY_PROGRAM, "serve", directory_.root().string()});
  const auto peer = child.listening();
  ASSERT_TRUE(peer);
  EXPECT_EQ(list_at(peer->port), 200);
  ++listed_;
  child.signal(SIGTERM);
  const int ended = child.wait();
  EXPECT_TRUE(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
  EXPECT_TRUE(coefficient::audit::verify_log(directory_.audit().string(), {})->intact());
  EXPECT_EQ(count("admin.delivery.list", "success"), listed_);
}
