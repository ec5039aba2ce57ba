#include "server.h"

#include <gtest/gtest.h>

#include "coefficient/webhook/scheme.h"
#include "fixture.h"

using namespace gateway;
using namespace std::chrono_literals;
using test::post_text;
using test::RawClient;
using test::status_of;

namespace {

class ServerTest : public test::GatewayTest {
 protected:
  std::string signed_post(std::string_view body) {
    return post_text("/webhooks/github", sign("github", body), body);
  }
  std::string exchange(std::string_view bytes) {
    RawClient client(port());
    EXPECT_TRUE(client.connected());
    client.send(bytes);  // may be cut short by a refusal
    return client.response();
  }
};

std::string chunked(std::string_view body, std::size_t piece) {
  std::string out;
  while (!body.empty()) {
    const std::size_t n = std::min(piece, body.size());
    std::array<char, 16> size{};
    (void)std::snprintf(size.data(), size.size(), "%zx\r\n", n);
    out.append(size.data()).append(body.substr(0, n)).append("\r\n");
    body.remove_prefix(n);
  }
  return out + "0\r\n\r\n";
}

std::string chunked_head(const HeaderList& headers) {
  std::string text = "POST /webhooks/github HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  return text + "\r\n";
}

constexpr std::string_view kRefusal = "{\"status\":\"refused\"}\n";

}  // namespace

TEST_F(ServerTest, AcceptsVerifiesAndRecognizesDuplicates) {
  start();
  const std::string body = test::pull_request_body(1);
  const std::string answer = exchange(signed_post(body));
  EXPECT_EQ(status_of(answer), 202) << answer;
  EXPECT_TRUE(answer.ends_with("{\"status\":\"accepted\"}\n"));
  EXPECT_NE(answer.find("\r\nDate: "), std::string::npos);
  // The same content under another (unsigned) id, and GitHub's own redelivery under the same id.
  const auto headers = sign("github", body);
  EXPECT_EQ(post("github", headers, body), 200);
  EXPECT_EQ(post("github", headers, body), 200);
  wait_for_results(1);
  EXPECT_EQ(inbox().counts()->done, 1);
}

TEST_F(ServerTest, DifferentDeliveriesNeverCollideWhateverTheirIds) {
  start();
  for (int i = 0; i < 3; ++i) {
    const std::string body = test::pull_request_body(i);
    HeaderList headers = sign("github", body);
    for (auto& [name, value] : headers) {
      if (name == "X-GitHub-Delivery") value = "one-id-for-all";
    }
    EXPECT_EQ(post("github", headers, body), 202);
  }
}

TEST_F(ServerTest, RefusalsAreAllAlikeFromOutside) {
  edit([](auto& c) { c["endpoints"]["github"]["max_body_bytes"] = 4096; });
  start();
  const std::string body = test::pull_request_body(1);
  const HeaderList good = sign("github", body);
  const auto with = [&](const std::string& name, const std::string& value) {
    HeaderList headers = good;
    for (auto& header : headers) {
      if (header.first == name) header.second = value;
    }
    return headers;
  };
  const auto without = [&](const std::string& name) {
    HeaderList headers = good;
    std::erase_if(headers, [&](const auto& h) { return h.first == name; });
    return headers;
  };
  HeaderList twice = good;
  twice.emplace_back("x-hub-signature-256", good.back().second);
  const std::string flipped = "\x01" + body.substr(1);
  const std::string huge(4097, 'x');
  struct Case {
    const char* name;
    HeaderList headers;
    std::string body;
    int status;
    const char* reason;
  };
  const std::vector<Case> cases = {
      {"tampered", good, flipped, 401, "bad_signature"},
      {"truncated", good, body.substr(1), 401, "bad_signature"},
      {"unsigned", without("X-Hub-Signature-256"), body, 401, "missing_header"},
      {"signature twice", twice, body, 401, "duplicate_header"},
      {"odd signature", with("X-Hub-Signature-256", "sha256=zz"), body, 401, "malformed_signature"},
      {"another's key", with("X-Hub-Signature-256", "sha256=" + std::string(64, '0')), body, 401,
       "bad_signature"},
      {"oversized", sign("github", huge), huge, 413, "body_too_large"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string answer = exchange(post_text("/webhooks/github", c.headers, c.body));
    EXPECT_EQ(status_of(answer), c.status);
    EXPECT_TRUE(answer.ends_with(kRefusal)) << answer;
    EXPECT_NE(log().find("\"reason\":\"" + std::string(c.reason) + "\""), std::string::npos);
  }
  EXPECT_EQ(inbox().counts()->queued + inbox().counts()->done, 0);
}

TEST_F(ServerTest, RefusesWhatIsNotCleanHttp) {
  start();
  const std::string post = "POST /webhooks/github HTTP/1.1\r\n";
  const std::string host = "Host: h\r\n";
  const std::vector<std::pair<std::string, int>> cases = {
      {"nonsense\r\n\r\n", 400},
      {post + "\r\n", 400},
      {post + host + host + "\r\n", 400},
      {post + host + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400},
      {post + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400},
      {post + host + "Content-Length: 1, 1\r\n\r\nx", 400},
      {post + host + "Content-Length: 1,1\r\n\r\nx", 400},
      {post + host + "Content-Length: -1\r\n\r\n", 400},
      {post + host + "Content-Length: +1\r\n\r\nx", 400},
      {post + host + "Content-Length: 99999999999999999999999\r\n\r\n", 400},
      {post + host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {post + host + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n", 400},
      {post + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
      {post + host + "Transfer-Encoding: identity\r\n\r\n", 400},
      {"POST /webhooks/github HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {post + host + "No-Colon\r\n\r\n", 400},
      {post + host + "Blank : x\r\n\r\n", 400},
      {post + host + "X: a\rb\r\n\r\n", 400},
      {post + host + "Expect: magic\r\n\r\n", 417},
      {"GET /healthz HTTP/1.1\r\n" + host + "\r\n", 200},
      {"POST /healthz HTTP/1.1\r\n" + host + "\r\n", 405},
      {"PUT /webhooks/github HTTP/1.1\r\n" + host + "\r\n", 405},
      {"GET /webhooks/github HTTP/1.1\r\n" + host + "\r\n", 405},
      {"GET / HTTP/1.1\r\n" + host + "\r\n", 404},
      {"POST /webhooks/github/ HTTP/1.1\r\n" + host + "\r\n", 404},
      {"POST /webhooks/github?x HTTP/1.1\r\n" + host + "\r\n", 404},
      {"POST /webhooks/stripe HTTP/1.1\r\n" + host + "\r\n", 404},
      {post + host + "X: " + std::string(20000, 'x') + "\r\n\r\n", 431},
      {"POST /" + std::string(20000, 'x') + " HTTP/1.1\r\n" + host + "\r\n", 431},
  };
  for (const auto& [request, status] : cases) {
    SCOPED_TRACE(request.substr(0, 120));
    EXPECT_EQ(status_of(exchange(request)), status);
  }
}

TEST_F(ServerTest, LimitsTheNumberOfHeaders) {
  edit([](auto& c) { c["limits"]["headers"] = 10; });
  start();
  std::string request = "GET /healthz HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 9; ++i) request += "A: b\r\n";
  EXPECT_EQ(status_of(exchange(request + "\r\n")), 200);
  EXPECT_EQ(status_of(exchange(request + "A: b\r\n\r\n")), 431);
}

TEST_F(ServerTest, TrailersAreHeadersToo) {
  edit([](auto& c) { c["limits"]["headers"] = 20; });
  start();
  const auto with_trailers = [&](int number, int trailers) {
    const std::string body = test::pull_request_body(number);
    std::string text = chunked_head(sign("github", body)) + chunked(body, body.size());
    text.resize(text.size() - 2);
    for (int i = 0; i < trailers; ++i) text += "A: b\r\n";
    return status_of(exchange(text + "\r\n"));
  };
  EXPECT_EQ(with_trailers(1, 1), 202);
  EXPECT_EQ(with_trailers(2, 3000), 431);
  EXPECT_EQ(inbox().counts()->queued + inbox().counts()->done, 1);
}

TEST_F(ServerTest, ABadChunkIsRefused) {
  start();
  const std::string head = chunked_head(sign("github", "x"));
  for (const std::string bad :
       {"zz\r\nx\r\n0\r\n\r\n", "-1\r\n", "fffffffffffffffff\r\n", "1\r\nxyzz\r\n"}) {
    SCOPED_TRACE(bad);
    EXPECT_EQ(status_of(exchange(head + bad)), 400);
  }
}

TEST_F(ServerTest, TakesADeliveryByteByByteAndInChunks) {
  start();
  RawClient client(port());
  for (const char c : signed_post(test::pull_request_body(1))) {
    ASSERT_TRUE(client.send({&c, 1}));
  }
  EXPECT_EQ(status_of(client.response()), 202);
  const std::string body = test::pull_request_body(2);
  for (const std::size_t piece : {1UL, 7UL, 100000UL}) {
    const int status =
        status_of(exchange(chunked_head(sign("github", body)) + chunked(body, piece)));
    EXPECT_EQ(status, piece == 1 ? 202 : 200);
  }
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  RawClient client(port());
  const std::string one = signed_post(test::pull_request_body(1));
  const std::string two = signed_post(test::pull_request_body(2));
  const std::string bad = post_text("/webhooks/github", {}, "x");
  ASSERT_TRUE(client.send(one + two + one + "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n" + bad));
  for (const int expected : {202, 202, 200, 200, 401}) {
    EXPECT_EQ(status_of(client.response()), expected);
  }
  EXPECT_TRUE(client.closed_by_peer());
}

TEST_F(ServerTest, RefusesAnOversizedBodyWhileItStreams) {
  edit([](auto& c) { c["endpoints"]["github"]["max_body_bytes"] = 65536; });
  start();
  const std::string body(70000, 'x');
  const HeaderList headers = sign("github", body);
  // Announced: refused before a byte of it is sent.
  RawClient announced(port());
  std::string text = post_text("/webhooks/github", headers, body);
  announced.send(text.substr(0, text.size() - body.size()));
  EXPECT_EQ(status_of(announced.response()), 413);
  EXPECT_TRUE(announced.closed_by_peer());
  // Not announced: refused at the cap, though the end never comes.
  RawClient streaming(port());
  streaming.send(chunked_head(headers) + "100000\r\n" + std::string(70000, 'x'));
  EXPECT_EQ(status_of(streaming.response()), 413);
  // Exactly at the cap is fine.
  const std::string fits = "{\"a\":\"" + std::string(65536 - 8, 'x') + "\"}";
  EXPECT_EQ(deliver(fits), 202);
}

TEST_F(ServerTest, SaysContinueOnlyToWhatItWillRead) {
  start();
  const std::string body = test::pull_request_body(1);
  HeaderList headers = sign("github", body);
  headers.emplace_back("Expect", "100-continue");
  const std::string text = post_text("/webhooks/github", headers, body);
  RawClient good(port());
  good.send(text.substr(0, text.size() - body.size()));
  EXPECT_EQ(good.response(), "HTTP/1.1 100 Continue\r\n\r\n");
  good.send(body);
  EXPECT_EQ(status_of(good.response()), 202);
  RawClient bad(port());
  bad.send(
      "POST /webhooks/github HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: "
      "5\r\n\r\n");
  EXPECT_EQ(status_of(bad.response()), 401);
}

TEST_F(ServerTest, DisconnectsWhoeverLetsADeadlinePass) {
  edit([](auto& c) {
    // Long enough that a busy machine has read the header of half_body in time.
    c["deadlines_ms"] = {{"header", 600}, {"request", 1200}, {"idle", 600}, {"drain", 1000}};
  });
  start();
  RawClient silent(port());
  RawClient half_header(port());
  half_header.send("POST /webhooks/github HTTP/1.1\r\nHo");
  RawClient half_body(port());
  const std::string text = signed_post(test::pull_request_body(1));
  half_body.send(text.substr(0, text.size() - 5));
  RawClient idle(port());
  idle.send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_of(idle.response()), 200);
  EXPECT_TRUE(silent.closed_by_peer());
  EXPECT_TRUE(half_header.closed_by_peer());
  EXPECT_TRUE(half_body.closed_by_peer());
  EXPECT_TRUE(idle.closed_by_peer());
  EXPECT_TRUE(stop());
  EXPECT_NE(log().find(R"("event":"deadline","phase":"header")"), std::string::npos);
  EXPECT_NE(log().find(R"("event":"deadline","phase":"body")"), std::string::npos);
}

TEST_F(ServerTest, TricklingDoesNotPushADeadlineBack) {
  edit([](auto& c) {
    c["deadlines_ms"] = {{"header", 200}, {"request", 400}, {"idle", 1000}, {"drain", 1000}};
  });
  start();
  RawClient trickle(port());
  trickle.send("POST /webhooks/github HTTP/1.1\r\nHost: h\r\n");
  // A header line at a time for as long as the gateway will have it.
  std::size_t sent = 0;
  while (trickle.send("A: b\r\n") && ++sent < 50'000'000) {
    if (log().find("\"phase\":\"header\"") != std::string::npos ||
        log().find("headers_too_large") != std::string::npos) {
      break;
    }
    std::this_thread::yield();
  }
  EXPECT_LT(sent, 50'000'000U);
}

TEST_F(ServerTest, AnswersPolitelyBeyondItsConnections) {
  edit([](auto& c) { c["limits"]["connections"] = 2; });
  start();
  RawClient a(port());
  RawClient b(port());
  for (RawClient* client : {&a, &b}) {
    client->send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(client->response()), 200);
  }
  RawClient c(port());
  const std::string answer = c.response();
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_NE(answer.find("\r\nRetry-After: 1\r\n"), std::string::npos);
  EXPECT_TRUE(c.closed_by_peer());
}

TEST_F(ServerTest, HoldsABoundedNumberOfBodyBytes) {
  edit([](auto& c) { c["limits"]["body_bytes_in_flight"] = 1 << 20; });
  start();
  const std::string big(std::size_t{1200} << 10U, ' ');
  EXPECT_EQ(deliver(big), 503);
  // The budget is given back: half of it fits again and again.
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(deliver(std::string(600'000, ' ') + std::to_string(i)), 202);
  }
}

TEST_F(ServerTest, SpeaksSlacksHandshakes) {
  start();
  const std::string challenge = R"({"type":"url_verification","challenge":"c-3","token":"t"})";
  const std::string answer =
      exchange(post_text("/webhooks/slack", sign("slack", challenge), challenge));
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_TRUE(answer.ends_with("\r\n\r\nc-3")) << answer;
  EXPECT_NE(answer.find("text/plain"), std::string::npos);
  // Not signed: no challenge.
  EXPECT_EQ(status_of(exchange(post_text("/webhooks/slack", {}, challenge))), 401);

  const HeaderList form = {{"Content-Type", "application/x-www-form-urlencoded"}};
  const auto probe = [&](const std::string& body) {
    return exchange(post_text("/webhooks/slack", form, body));
  };
  EXPECT_EQ(status_of(probe("ssl_check=1&token=x")), 200);
  EXPECT_EQ(status_of(probe("ssl_check=1&payload=%7B%7D")), 401);
  EXPECT_EQ(status_of(probe("ssl_check=1&x=" + std::string(2000, 'x'))), 401);
  EXPECT_EQ(status_of(exchange(post_text("/webhooks/github", form, "ssl_check=1"))), 401);
  EXPECT_EQ(inbox().counts()->queued + inbox().counts()->done, 0);
}

TEST_F(ServerTest, ASlackRetryIsADuplicateThoughItIsSignedAnew) {
  start();
  const std::string body = R"({"type":"event_callback","event_id":"Ev7","event":{"type":"x"}})";
  EXPECT_EQ(post("slack", sign("slack", body), body), 202);
  EXPECT_EQ(post("slack", sign("slack", body, 1s), body), 200);
  EXPECT_EQ(post("slack", sign("slack", body, -1h), body), 401);
  EXPECT_EQ(post("slack", sign("slack", body, 1h), body), 401);
}

TEST_F(ServerTest, TakesPaystack) {
  start();
  const std::string body = R"({"event":"charge.success","data":{"reference":"r1"}})";
  EXPECT_EQ(post("paystack", sign("paystack", body), body), 202);
  EXPECT_EQ(post("paystack", sign("paystack", body), body), 200);
}

TEST_F(ServerTest, AVerifiedBodyThatIsNotJsonIsKeptAsADeadLetter) {
  start();
  EXPECT_EQ(deliver("not json"), 202);
  EXPECT_EQ(deliver("not json"), 200);
  EXPECT_EQ(inbox().counts()->dead, 1);
}

TEST_F(ServerTest, ASecretInRotationStillVerifiesAndIsNamed) {
  test::with_vault(directory_, [](auto& vault) {
    ASSERT_TRUE(EndpointSecrets(vault).rotate("github", *fresh_secret()));
  });
  start();
  const auto secrets = test::secrets_of(directory_, "github");
  ASSERT_EQ(secrets.size(), 2U);
  for (const EndpointSecret& secret : secrets) {
    const std::string body = test::pull_request_body(static_cast<int>(secret.generation));
    const auto headers = gateway::sign("github", secret.bytes, body, "pull_request",
                                       std::chrono::system_clock::now());
    EXPECT_EQ(post("github", *headers, body), 202);
    EXPECT_NE(log().find("\"key\":\"" + secret.name + "\""), std::string::npos);
  }
}

namespace {

// Answers as it is told.
class FixedSink final : public DeliverySink {
 public:
  explicit FixedSink(Receipt::Answer answer) : answer_(answer) {}
  void submit(Submission /*submission*/, Done done) override {
    done(Receipt{.answer = answer_, .delivery_id = {}, .event = {}, .key_name = {}});
  }

 private:
  Receipt::Answer answer_;
};

}  // namespace

TEST_F(ServerTest, AnswersUnavailableIfItCannotCommit) {
  const auto config = load_config(directory_);
  ASSERT_TRUE(config);
  auto routes = load_routes(directory_, *config, coefficient::system_clock());
  ASSERT_TRUE(routes);
  FixedSink sink(Receipt::Answer::kUnavailable);
  Log log(-1, coefficient::system_clock());
  auto server = Server::create({.address = "127.0.0.1",
                                .port = 0,
                                .limits = config->limits,
                                .deadlines = config->deadlines,
                                .handle_signals = false},
                               std::move(*routes), sink, log, coefficient::system_clock());
  ASSERT_TRUE(server);
  std::thread thread([&] { (*server)->run(); });
  RawClient client((*server)->port());
  client.send(signed_post("{}"));
  const std::string answer = client.response();
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_TRUE(answer.ends_with(kRefusal));
  (*server)->stop();
  thread.join();
}

TEST_F(ServerTest, OneProcessServesADirectory) {
  start();
  auto second = Service::create(directory_, coefficient::system_clock(),
                                {.handle_signals = false, .log_fd = -1, .finished = {}});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kFailedPrecondition);
}
