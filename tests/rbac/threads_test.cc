// Decisions while grants come and go and the policy changes. Made for ThreadSanitizer.
#include <atomic>
#include <thread>

#include "rbac/rbac_fixture.h"

namespace test {
namespace {

class ThreadsTest : public RbacTest {};

TEST_F(ThreadsTest, EverythingAtOnce) {
  const auto a = open({.max_grants = 64});
  const Policy two = policy(replaced(kPolicy, "company@1", "company@2"));
  const Principal second{"second", {{"support", Scope::global()}}};
  std::atomic<bool> stop = false;
  std::atomic<int> by_grant = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      while (!stop) {
        // What never changes is never answered otherwise, however much else does.
        EXPECT_TRUE(a->authorize({"svc:ci"}, "repo:read", acme));
        EXPECT_FALSE(a->authorize({"svc:ci"}, "repo:read", globex));
        const Decision decision = a->authorize(sam, "log:read", acme);
        if (decision.allowed) ++by_grant;
        EXPECT_FALSE(a->authorize(sam, "log:read", globex));
      }
    });
  for (const Principal& who : {sam, second})
    threads.emplace_back([&, who] {
      for (int i = 0; i < 200; ++i) {
        const auto asked = a->request(who, ask());
        if (!asked) continue;
        const auto approved = a->approve(mia, asked->id);
        ASSERT_TRUE(approved) << approved.error().message;
        EXPECT_TRUE(a->authorize(who, "log:read", acme)) << "seen when approve() has returned";
        ASSERT_TRUE(a->revoke(mia, asked->id));
        EXPECT_FALSE(a->authorize(who, "log:read", acme)) << "gone when revoke() has returned";
      }
    });
  threads.emplace_back([&] {
    for (int i = 0; i < 100; ++i) {
      EXPECT_TRUE(a->set_policy("ops", i % 2 == 0 ? two : policy()));
      EXPECT_TRUE(a->expire());
      EXPECT_FALSE(a->export_grants().empty());
      (void)a->grants(acme);
    }
  });
  for (std::size_t i = 4; i < threads.size(); ++i) threads[i].join();
  stop = true;
  for (std::size_t i = 0; i < 4; ++i) threads[i].join();
  EXPECT_TRUE(a->grants(acme).empty());
  EXPECT_EQ(log.lines.size(), 1U + 100U + 2U * 200U * 3U);
}

TEST_F(ThreadsTest, OneApprovalOfOneRequest) {
  const auto a = open();
  for (int round = 0; round < 20; ++round) {
    const Grant asked = a->request(sam, ask()).value();
    std::atomic<int> approvals = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        const Principal who{"m" + std::to_string(t), {{"maintainer", acme}}};
        if (a->approve(who, asked.id)) ++approvals;
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(approvals, 1);
    ASSERT_TRUE(a->revoke(mia, asked.id));
  }
}

}  // namespace
}  // namespace test
