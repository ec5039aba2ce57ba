#include "admin_lane.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "admin_fixture.h"
#include "admin_policy.h"

using namespace gateway;

namespace {

class AdminLaneTest : public test::AdminTest {
 protected:
  // The deed that puts a delivery back waits in `requeued`.
  std::unique_ptr<AdminLane> make(std::function<void()> requeued) {
    const coefficient::Clock& clock = coefficient::system_clock();
    inbox_ = std::move(*Inbox::open(directory_.database(), clock));
    audit_ = std::move(*AuditTrail::open(directory_, quiet_, clock));
    auto verifier = make_admin_verifier(*public_half(*key_), std::chrono::hours(8), clock);
    auto admin = Admin::create({.verifier = *std::move(verifier),
                                .policy = *load_admin_policy({}),
                                .store = *AdminStore::open(directory_.database()),
                                .inbox = *inbox_,
                                .audit = *audit_,
                                .requeued = std::move(requeued),
                                .log = quiet_,
                                .clock = clock});
    EXPECT_TRUE(admin);
    return std::make_unique<AdminLane>(*std::move(admin));
  }
  [[nodiscard]] AdminRequest request(std::string method, std::string target) const {
    return {.method = std::move(method),
            .target = std::move(target),
            .authorization = "Bearer " + token({"admin"}),
            .peer = "127.0.0.1"};
  }

  Log quiet_{-1, coefficient::system_clock()};
  std::unique_ptr<Inbox> inbox_;
  std::unique_ptr<AuditTrail> audit_;
};

}  // namespace

TEST_F(AdminLaneTest, RefusesWhatIsTooMuchAndAnswersTheRest) {
  const std::int64_t dead = add_dead(1, "x");
  std::promise<void> entered;
  std::promise<void> release;
  auto lane = make([&] {
    entered.set_value();
    release.get_future().wait();
  });
  std::atomic<int> ok = 0;
  const auto count = [&](const AdminAnswer& answer) { ok += answer.status == 200 ? 1 : 0; };
  lane->submit(request("POST", "/admin/deliveries/" + std::to_string(dead) + "/requeue"), count);
  entered.get_future().wait();
  const AdminRequest list = request("GET", "/admin/deliveries");
  for (std::size_t i = 0; i < AdminLane::kMaxPending; ++i) lane->submit(list, count);
  unsigned status = 0;
  lane->submit(list, [&](const AdminAnswer& answer) { status = answer.status; });
  EXPECT_EQ(status, 503U);  // at once
  EXPECT_EQ(ok, 0);
  release.set_value();
  lane->stop();
  EXPECT_EQ(ok, static_cast<int>(AdminLane::kMaxPending) + 1);
  lane->submit(list, [&](const AdminAnswer& answer) { status = answer.status + 1; });
  EXPECT_EQ(status, 504U);  // 503, of this call
}

TEST_F(AdminLaneTest, AStoreThatFailsIsA503WithoutDetail) {
  auto lane = make([] {});
  ASSERT_TRUE(Database::open(directory_.database())->execute("ALTER TABLE inbox RENAME TO gone"));
  AdminAnswer got;
  lane->submit(request("GET", "/admin/deliveries"), [&](const AdminAnswer& a) { got = a; });
  lane->stop();
  EXPECT_EQ(got.status, 503U);
  EXPECT_EQ(got.body, "{\"status\":\"refused\"}\n");
}
