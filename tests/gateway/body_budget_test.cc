#include "body_budget.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "fixture.h"

using namespace gateway;
using test::RawClient;
using test::status_of;

namespace {

constexpr std::size_t kOwn = BodyBudget::kOwnBytes;

class BodyBudgetServer : public test::GatewayTest {
 protected:
  BodyBudgetServer() {
    edit([](auto& config) {
      config["limits"]["body_bytes_in_flight"] = 1 << 20;
      for (auto& [name, endpoint] : config["endpoints"].items()) {
        endpoint["max_body_bytes"] = 300'000;
      }
      config["rate_limits"]["proxies"] = {"127.0.0.1"};
    });
  }
  std::string from(const std::string& client, const std::string& body) {
    HeaderList headers = sign("github", body);
    headers.emplace_back("X-Forwarded-For", client);
    return test::post_text("/webhooks/github", headers, body);
  }
  int deliver_from(const std::string& client, const std::string& body) {
    RawClient peer(port());
    peer.send(from(client, body));  // may be cut short by a refusal
    return status_of(peer.response());
  }
};

}  // namespace

TEST(BodyBudget, OneClientLeavesRoomForOthers) {
  BodyBudget budget(1000, 400);
  BodyBudget::Share a(budget, "a");
  EXPECT_TRUE(a.add(kOwn + 400));
  BodyBudget::Share again(budget, "a");
  EXPECT_FALSE(again.add(kOwn + 1));
  BodyBudget::Share b(budget, "b");
  EXPECT_TRUE(b.add(kOwn + 400));
  BodyBudget::Share c(budget, "c");
  EXPECT_FALSE(c.add(kOwn + 200)) << "nothing is left for anybody";
}

TEST(BodyBudget, SmallBodiesAlwaysHaveRoom) {
  BodyBudget budget(0, 0);
  std::vector<std::unique_ptr<BodyBudget::Share>> shares;
  for (int i = 0; i < 100; ++i) {
    shares.push_back(std::make_unique<BodyBudget::Share>(budget, "a"));
    EXPECT_TRUE(shares.back()->add(kOwn - 1));
    EXPECT_TRUE(shares.back()->add(1));
  }
  EXPECT_FALSE(shares.front()->add(1));
}

TEST(BodyBudget, WhatIsGenuineCountsForAllOnlyAndAllIsGivenBack) {
  BodyBudget budget(1000, 400);
  for (int i = 0; i < 3; ++i) {
    BodyBudget::Share first(budget, "a");
    EXPECT_TRUE(first.add(kOwn + 400));
    first.verified();
    first.verified();
    BodyBudget::Share second(budget, "a");
    EXPECT_TRUE(second.add(kOwn + 400));
    second.verified();
    BodyBudget::Share third(budget, "a");
    EXPECT_FALSE(third.add(kOwn + 201));
  }
}

TEST_F(BodyBudgetServer, WhoeverHoldsUnfinishedBodiesHoldsUpNobodyElse) {
  start();
  const std::string large = "{\"a\":\"" + std::string(290'000, 'x') + "\"}";
  const std::string text = from("192.0.2.1", large);
  // Of two that are begun by one client the gateway has room for one, whichever it reads first.
  std::array<RawClient, 2> begun{RawClient(port()), RawClient(port())};
  for (RawClient& client : begun) client.send(text.substr(0, text.size() - 5));
  EXPECT_EQ(deliver_from("192.0.2.1", test::pull_request_body(1)), 202) << "a small one";
  EXPECT_EQ(deliver_from("192.0.2.2", "{\"b\":\"" + std::string(290'000, 'x') + "\"}"), 202);
  std::vector<int> answers;
  for (RawClient& client : begun) {
    client.send(text.substr(text.size() - 5));
    answers.push_back(status_of(client.response()));
  }
  std::ranges::sort(answers);
  EXPECT_EQ(answers, (std::vector<int>{202, 503}));
}
