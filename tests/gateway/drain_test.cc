// SIGTERM: the request at hand is finished, nothing new is taken, the process ends with 0.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "child.h"
#include "fixture.h"

using namespace gateway;
using test::Child;
using test::RawClient;
using test::status_of;

namespace {

class Drain : public test::GatewayTest {
 protected:
  std::string half_sent(RawClient& client, const std::string& body) {
    const std::string text = test::post_text("/webhooks/github", sign("github", body), body);
    EXPECT_TRUE(client.send(text.substr(0, text.size() - 3)));
    return text.substr(text.size() - 3);
  }
  std::unique_ptr<Child> serve() {
    return std::make_unique<Child>(
        std::vector<std::string>{GATEWAY_PROGRAM, "serve", directory_.root().string()});
  }
  // Makes sure that the gateway has taken up what was sent on connections before this one.
  static void settle(std::uint16_t port) {
    RawClient client(port);
    client.send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(client.response()), 200);
  }
};

}  // namespace

TEST_F(Drain, FinishesTheRequestAtHand) {
  auto child = serve();
  const auto peer = child->listening();
  ASSERT_TRUE(peer);
  RawClient busy(peer->port);
  const std::string rest = half_sent(busy, test::pull_request_body(1));
  RawClient idle(peer->port);
  settle(peer->port);
  child->signal(SIGTERM);
  ASSERT_TRUE(child->wait_for_error("\"event\":\"drain\""));
  EXPECT_TRUE(idle.closed_by_peer());
  EXPECT_FALSE(RawClient(peer->port).connected());
  ASSERT_TRUE(busy.send(rest));
  const std::string answer = busy.response();
  EXPECT_EQ(status_of(answer), 202);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  const int status = child->wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(std::filesystem::exists(directory_.root() / "listening"), false);
  auto inbox = Inbox::open(directory_.database(), coefficient::system_clock());
  const auto counts = *(*inbox)->counts();
  EXPECT_EQ(counts.queued + counts.done, 1);
}

TEST_F(Drain, DoesNotWaitForeverForARequestThatNeverEnds) {
  edit([](auto& c) { c["deadlines_ms"]["drain"] = 100; });
  auto child = serve();
  const auto peer = child->listening();
  ASSERT_TRUE(peer);
  RawClient busy(peer->port);
  half_sent(busy, test::pull_request_body(1));
  settle(peer->port);
  child->signal(SIGINT);
  EXPECT_TRUE(busy.closed_by_peer());
  const int status = child->wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_F(Drain, WaitsForNobodyWhoDoesNotReadTheLog) {
  edit([](auto& c) {
    c["rate_limits"]["address"] = "name=address;limit=100000;period=1s;burst=100000";
  });
  auto child = serve();
  const auto peer = child->listening();
  ASSERT_TRUE(peer);
  for (int i = 0; i < 1000; ++i) {  // some 100 KB of log, of which a pipe holds 64
    RawClient client(peer->port);
    client.send("GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_EQ(status_of(client.response()), 404);
  }
  child->signal(SIGTERM);
  const int status = child->wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_F(Drain, ASecondSignalEndsItAtOnce) {
  edit([](auto& c) {
    c["deadlines_ms"]["drain"] = 600000;
    c["deadlines_ms"]["request"] = 600000;
  });
  auto child = serve();
  const auto peer = child->listening();
  ASSERT_TRUE(peer);
  RawClient busy(peer->port);
  half_sent(busy, test::pull_request_body(1));
  settle(peer->port);
  child->signal(SIGTERM);
  ASSERT_TRUE(child->wait_for_error("\"event\":\"drain\""));
  child->signal(SIGTERM);
  const int status = child->wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

TEST_F(Drain, RefusesToStartWithWhatIsMissingAndPointsToTheDoctor) {
  std::filesystem::remove(directory_.root().string() + ".kek");
  auto child = serve();
  EXPECT_FALSE(child->line());
  EXPECT_TRUE(child->wait_for_error("gateway doctor "));
  const int status = child->wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 2);
}
