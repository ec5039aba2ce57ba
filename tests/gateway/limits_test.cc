#include <gtest/gtest.h>

#include "admin_fixture.h"
#include "client_address.h"

using namespace gateway;
using namespace std::chrono_literals;
using test::post_text;
using test::RawClient;
using test::status_of;

namespace {

// A base, so that it outlives the service, which the fixture stops.
struct StandingClock {
  coefficient::ManualClock limits_clock_{std::chrono::system_clock::now()};
};

class LimitsTest : protected StandingClock, public test::AdminTest {
 protected:
  // One more each hour, on a clock that stands: exactly `burst` are allowed.
  void limit(const std::string& tier, int burst) {
    edit([&](auto& config) {
      config["rate_limits"][tier] =
          "name=" + tier + ";limit=1;period=1h;burst=" + std::to_string(burst);
    });
  }
  void trust_this_host() {
    edit([](auto& config) { config["rate_limits"]["proxies"] = {"127.0.0.1"}; });
  }
  void start_limited() { start(limits_clock_); }

  std::string exchange(const std::string& text) {
    RawClient client(port());
    EXPECT_TRUE(client.send(text));
    return client.response();
  }
  std::string github(const std::string& body, const HeaderList& more = {}) {
    HeaderList headers = sign("github", body);
    headers.insert(headers.end(), more.begin(), more.end());
    return exchange(post_text("/webhooks/github", headers, body));
  }
  std::string slack(const std::string& body) {
    return exchange(post_text("/webhooks/slack", sign("slack", body), body));
  }
  static std::string of_installation(int installation, int number) {
    return nlohmann::json{{"installation", {{"id", installation}}}, {"number", number}}.dump();
  }
};

bool limits_has_line(const std::string& answer, const std::string& line) {
  return answer.find("\r\n" + line + "\r\n") != std::string::npos;
}

std::string limits_forged(int number) {
  const HeaderList headers = {{"X-GitHub-Delivery", std::to_string(number)},
                              {"X-GitHub-Event", "push"},
                              {"X-Hub-Signature-256", "sha256=" + std::string(64, '0')}};
  return post_text("/webhooks/github", headers, "{}");
}

}  // namespace

TEST_F(LimitsTest, AnAddressIsRefusedAtItsBoundBeforeItsSignatureIsLookedAt) {
  limit("address", 3);
  start_limited();
  for (int i = 0; i < 3; ++i) {
    const std::string answer = exchange(limits_forged(i));
    EXPECT_EQ(status_of(answer), 401);
    EXPECT_EQ(answer.find("RateLimit"), std::string::npos) << answer;
  }
  const std::string answer = exchange(limits_forged(3));
  EXPECT_EQ(status_of(answer), 429);
  EXPECT_TRUE(limits_has_line(answer, "Content-Type: application/problem+json")) << answer;
  EXPECT_TRUE(limits_has_line(answer, "Retry-After: 3600")) << answer;
  EXPECT_TRUE(limits_has_line(answer, "RateLimit: \"address\";r=0;t=3600")) << answer;
  EXPECT_NE(answer.find("\r\nRateLimit-Policy: \"address\";q=1;w=3600"), std::string::npos)
      << answer;
  const auto problem = test::body_of(answer);
  EXPECT_EQ(problem["type"], "https://iana.org/assignments/http-problem-types#quota-exceeded");
  EXPECT_EQ(problem["violated-policies"], nlohmann::json({"address"}));
  EXPECT_NE(log().find("\"reason\":\"rate_limit/address\""), std::string::npos);
  // No path is left out, but the one by which the gateway is watched.
  EXPECT_EQ(status_of(exchange("GET /x HTTP/1.1\r\nHost: h\r\n\r\n")), 429);
  EXPECT_EQ(status_of(ask("GET", "/admin/deliveries", {})), 429);
  EXPECT_EQ(status_of(exchange("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")), 200);
  limits_clock_.advance(1h);
  EXPECT_EQ(status_of(exchange(limits_forged(4))), 401);
  EXPECT_EQ(status_of(exchange(limits_forged(5))), 429);
}

TEST_F(LimitsTest, ARefusedBodyIsNotRead) {
  limit("address", 1);
  start_limited();
  EXPECT_EQ(status_of(exchange(limits_forged(0))), 401);
  RawClient client(port());
  // The body is promised and never sent.
  ASSERT_TRUE(
      client.send("POST /webhooks/github HTTP/1.1\r\nHost: h\r\nX-GitHub-Event: push\r\n"
                  "Content-Length: 1000\r\n\r\n"));
  EXPECT_EQ(status_of(client.response()), 429);
  EXPECT_TRUE(client.closed_by_peer());
}

TEST_F(LimitsTest, AnAcceptedDeliveryIsToldWhatIsLeft) {
  limit("address", 5);
  start_limited();
  const std::string answer = github(test::pull_request_body(1));
  EXPECT_EQ(status_of(answer), 202);
  EXPECT_TRUE(limits_has_line(answer, "RateLimit: \"address\";r=4;t=3600")) << answer;
}

TEST_F(LimitsTest, ARouteHasABoundOfItsOwn) {
  limit("route", 2);
  start_limited();
  EXPECT_EQ(status_of(exchange(limits_forged(0))), 401);
  EXPECT_EQ(status_of(exchange(limits_forged(1))), 401);
  EXPECT_EQ(status_of(github("{}")), 429);
  EXPECT_EQ(status_of(slack("{}")), 202);
}

TEST_F(LimitsTest, AStrangersClaimUsesUpNothingOfAnothersAddress) {
  limit("target", 2);
  trust_this_host();
  start_limited();
  const auto claiming = [&](const std::string& address, const std::string& target) {
    return status_of(
        github(of_installation(7, 1),
               {{"X-Forwarded-For", address}, {"X-GitHub-Hook-Installation-Target-ID", target}}));
  };
  EXPECT_EQ(claiming("192.0.2.1", "7"), 202);
  EXPECT_EQ(claiming("192.0.2.1", "7"), 200);
  EXPECT_EQ(claiming("192.0.2.1", "7"), 429);
  EXPECT_EQ(claiming("192.0.2.1", "8"), 200);
  EXPECT_EQ(claiming("192.0.2.2", "7"), 200);
  // What is no id is no claim.
  EXPECT_EQ(claiming("192.0.2.1", "x"), 200);
}

TEST_F(LimitsTest, AnInstallationIsCountedOnlyByWhatIsGenuineAndNew) {
  limit("installation", 2);
  start_limited();
  const std::string old = of_installation(7, 1);
  EXPECT_EQ(status_of(github(old)), 202);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status_of(github(old)), 200) << "a replay";
  HeaderList bad = sign("github", old);
  bad.back().second = "sha256=" + std::string(64, '0');
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(status_of(exchange(post_text("/webhooks/github", bad, old))), 401);
  }
  EXPECT_EQ(status_of(github(of_installation(7, 2))), 202);
  const std::string answer = github(of_installation(7, 3));
  EXPECT_EQ(status_of(answer), 429);
  EXPECT_EQ(test::body_of(answer)["violated-policies"], nlohmann::json({"installation"}));
  EXPECT_EQ(status_of(github(of_installation(8, 1))), 202);
  EXPECT_EQ(status_of(github(test::pull_request_body(1))), 202) << "of no installation";
  // What was refused is not in the inbox: GitHub may deliver it again.
  limits_clock_.advance(1h);
  EXPECT_EQ(status_of(github(of_installation(7, 3))), 202);
}

TEST_F(LimitsTest, ATeamIsCountedInEventsAndForms) {
  limit("team", 2);
  start_limited();
  EXPECT_EQ(status_of(slack(R"({"team_id":"T1","n":1})")), 202);
  HeaderList headers = sign("slack", "team_id=T1&command=%2Fx");
  for (auto& [name, value] : headers) {
    if (name == "Content-Type") value = "application/x-www-form-urlencoded";
  }
  EXPECT_EQ(status_of(exchange(post_text("/webhooks/slack", headers, "team_id=T1&command=%2Fx"))),
            202);
  EXPECT_EQ(status_of(slack(R"({"team":{"id":"T1"},"n":2})")), 429);
  EXPECT_EQ(status_of(slack(R"({"team_id":"T2"})")), 202);
}

TEST_F(LimitsTest, OnlyRefusedSignInsAreCounted) {
  limit("sign_in", 2);
  start_limited();
  const std::string valid = token({"viewer"});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status_of(get("/admin/deliveries", valid)), 200);
  EXPECT_EQ(status_of(get("/admin/deliveries", "guess-1")), 401);
  EXPECT_EQ(status_of(get("/admin/deliveries", valid)), 200);
  EXPECT_EQ(status_of(get("/admin/deliveries", "guess-2")), 401);
  EXPECT_EQ(status_of(get("/admin/deliveries", "guess-3")), 429);
  EXPECT_EQ(status_of(exchange(limits_forged(0))), 401) << "hooks are not concerned";
}

TEST_F(LimitsTest, WhatAStrangerForwardsIsNotBelieved) {
  limit("address", 2);
  start_limited();
  const auto from = [&](const std::string& address) {
    return status_of(ask("GET", "/x", {"X-Forwarded-For: " + address}));
  };
  EXPECT_EQ(from("192.0.2.1"), 404);
  EXPECT_EQ(from("192.0.2.2"), 404);
  EXPECT_EQ(from("192.0.2.3"), 429);
}

TEST_F(LimitsTest, AShadowOnlyWatches) {
  edit([](auto& config) {
    config["rate_limits"]["address"] = "name=address;limit=1;period=1h;burst=1;mode=shadow";
  });
  start_limited();
  EXPECT_EQ(status_of(exchange(limits_forged(0))), 401);
  EXPECT_EQ(log().find("rate_limit_shadow"), std::string::npos);
  EXPECT_EQ(status_of(exchange(limits_forged(1))), 401);
  EXPECT_NE(log().find("rate_limit_shadow"), std::string::npos);
}

TEST_F(LimitsTest, BuiltInOnesHoldWithoutASection) {
  edit([](auto& config) { config.erase("rate_limits"); });
  start_limited();
  int passed = 0;
  // The burst of an address, from one.
  while (passed < 2000 && status_of(ask("GET", "/x", {})) == 404) ++passed;
  EXPECT_EQ(passed, 1000);
}

TEST_F(LimitsTest, BadSectionsAreRefusedByName) {
  struct Case {
    const char* member;
    nlohmann::json value;
  };
  const std::vector<Case> cases = {
      {"address", 1},
      {"address", "name=address;limit=0;period=1s"},
      {"route", "name=address;limit=1;period=1s"},
      {"proxies", {"localhost"}},
      {"proxies", "127.0.0.1"},
      {"redis_failure", "maybe"},
      {"max_keys", 0},
      {"nodes", 1.5},
      {"typo", 1},
  };
  const auto whole = nlohmann::json::parse(test::read_text(directory_.config()));
  for (const Case& c : cases) {
    nlohmann::json config = whole;
    config["rate_limits"][c.member] = c.value;
    const auto parsed = parse_config(config.dump());
    ASSERT_FALSE(parsed.problems.empty()) << c.member << " " << c.value;
    EXPECT_EQ(parsed.problems.front().subject, std::string("/rate_limits/") + c.member);
  }
}

TEST(ClientAddresses, TheLastAddressThatIsNoProxyOfOurs) {
  const auto addresses = ClientAddresses::create({"127.0.0.1", "10.0.0.1"});
  ASSERT_TRUE(addresses);
  struct Case {
    const char* peer;
    std::vector<std::string_view> forwarded;
    const char* client;
  };
  const std::vector<Case> cases = {
      {"192.0.2.1", {"192.0.2.9"}, "192.0.2.1"},
      {"127.0.0.1", {}, "127.0.0.1"},
      {"127.0.0.1", {"192.0.2.9, 192.0.2.8"}, "192.0.2.8"},
      {"127.0.0.1", {"192.0.2.9", "192.0.2.8, 10.0.0.1"}, "192.0.2.8"},
      {"127.0.0.1", {"192.0.2.9, junk"}, "127.0.0.1"},
      {"127.0.0.1", {"192.0.2.9, "}, "127.0.0.1"},
  };
  for (const Case& c : cases) {
    const auto client = addresses->client(c.peer, c.forwarded);
    ASSERT_TRUE(client);
    EXPECT_EQ(client->view(), coefficient::ratelimit::address_key(c.client)->view()) << c.client;
  }
}
