#include "admin_fixture.h"

#include <stdexcept>

#include "admin_policy.h"

namespace test {

namespace jwt = coefficient::jwt;
using namespace gateway;

AdminTest::AdminTest() {
  with_vault(directory_, [this](coefficient::vault::Vault& vault) {
    auto key = read_admin_key(vault);
    if (!key) throw std::runtime_error(key.error().message);
    key_ = *std::move(key);
  });
}

std::string AdminTest::token(std::vector<std::string> roles) const {
  const auto policy = load_admin_policy({});
  auto token = mint_admin_token(
      *key_, *policy,
      {.subject = "ann", .roles = std::move(roles), .ttl = std::chrono::seconds(600)},
      coefficient::system_clock());
  return *std::move(token);
}

jwt::ClaimSet AdminTest::claims(std::int64_t issued_in, std::int64_t expires_in) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::vector<std::string> roles = {"viewer"};
  jwt::ClaimSet set;
  set.issuer("gateway").audience("gateway-admin").subject("ann").id("1").roles(roles);
  set.issued_at(now + std::chrono::seconds(issued_in));
  set.expires_at(now + std::chrono::seconds(expires_in));
  return set;
}

std::string AdminTest::signed_by(const jwt::Key& key, const jwt::ClaimSet& claims,
                                 std::string type) {
  auto signer = jwt::Signer::create(key, {.type = std::move(type), .require_exp = false});
  auto token = signer->sign(claims);
  return *std::move(token);
}

std::string AdminTest::ask(const std::string& method, const std::string& target,
                           const std::vector<std::string>& header_lines) {
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n";
  for (const std::string& line : header_lines) text += line + "\r\n";
  RawClient client(port());
  EXPECT_TRUE(client.send(text + "\r\n"));
  return client.response();
}

std::int64_t AdminTest::add_dead(int number, const std::string& payload) {
  auto inbox = Inbox::open(directory_.database(), coefficient::system_clock());
  Delivery delivery{.endpoint = "github",
                    .replay_key = {},
                    .delivery_id = "d-" + std::to_string(number),
                    .delivery_id_signed = false,
                    .event = "pull_request",
                    .key_name = "github/1",
                    .payload = payload,
                    .defect = "payload: no JSON"};
  delivery.replay_key[0] = static_cast<std::byte>(number);
  EXPECT_TRUE((*inbox)->admit({&delivery, 1}));
  return (*inbox)->dead_letters()->back().id;
}

std::int64_t AdminTest::add_done(int number, const std::string& receipt) {
  auto inbox = Inbox::open(directory_.database(), coefficient::system_clock());
  Delivery delivery{.endpoint = "github",
                    .replay_key = {},
                    .delivery_id = "d-" + std::to_string(number),
                    .delivery_id_signed = false,
                    .event = "pull_request",
                    .key_name = "github/1",
                    .payload = "{}",
                    .defect = {}};
  delivery.replay_key[0] = static_cast<std::byte>(number);
  EXPECT_TRUE((*inbox)->admit({&delivery, 1}));
  const auto lease = (*inbox)->lease("test");
  EXPECT_TRUE((*inbox)->complete(**lease, {.status = Outcome::Status::kMinimized,
                                           .reason = {},
                                           .minimized = "{\"diff\":\"CANARY-LEFT\"}",
                                           .report = "{}",
                                           .receipt = receipt}));
  return (*lease)->id;
}

nlohmann::json body_of(const std::string& answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  if (end == std::string::npos) return {};
  return nlohmann::json::parse(answer.substr(end + 4), nullptr, false);
}

}  // namespace test
