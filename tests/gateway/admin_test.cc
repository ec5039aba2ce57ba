#include "admin.h"

#include <gtest/gtest.h>

#include <fstream>
#include <span>

#include "admin_fixture.h"
#include "coefficient/core/encoding.h"

using namespace gateway;
using test::body_of;
using test::status_of;
namespace jwt = coefficient::jwt;

namespace {

class AdminSide : public test::AdminTest {};

std::string base64url(std::string_view text) {
  return coefficient::base64url_encode(std::as_bytes(std::span(text)));
}

jwt::Key fresh_key(jwt::Algorithm algorithm, std::string kid) {
  auto jwk = jwt::generate_jwk(algorithm, {.kid = std::move(kid)});
  return *jwt::Key::from_jwk(test::text_of(*jwk));
}

std::string without_date(const std::string& answer) {
  const std::size_t begin = answer.find("\r\nDate: ");
  if (begin == std::string::npos) return answer;
  return answer.substr(0, begin) + answer.substr(answer.find("\r\n", begin + 2));
}

}  // namespace

TEST_F(AdminSide, EveryRefusedTokenGetsOneAnswer) {
  const jwt::ClaimSet good = claims();
  const auto with = [](std::string_view name, std::string_view value) {
    auto json = nlohmann::json::parse(*claims().to_json());
    if (value.empty()) {
      json.erase(std::string(name));
    } else {
      json[std::string(name)] = std::string(value);
    }
    return *jwt::ClaimSet::from_json(json.dump());
  };
  auto later = claims();
  later.not_before(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) +
                   std::chrono::hours(1));
  const std::string valid = signed_by(*key_, good);
  const std::size_t dot = valid.find('.');
  const std::string payload = valid.substr(dot, valid.rfind('.') - dot);
  std::string tampered = valid;
  tampered[dot + 5] = tampered[dot + 5] == 'A' ? 'B' : 'A';
  const std::string kid(key_->kid());
  struct Case {
    const char* name;
    std::string token;
    const char* reason;
  };
  const std::vector<Case> cases = {
      {"no JWT", "letmein", "malformed_token"},
      {"alg none", base64url(R"({"alg":"none","typ":"gateway-admin+jwt"})") + payload + ".",
       "wrong_algorithm"},
      {"no signature", valid.substr(0, valid.rfind('.') + 1), "bad_signature"},
      {"HS256", signed_by(fresh_key(jwt::Algorithm::kHs256, kid), good), "wrong_algorithm"},
      {"another key of that kid", signed_by(fresh_key(jwt::Algorithm::kEdDsa, kid), good),
       "bad_signature"},
      {"another kid", signed_by(fresh_key(jwt::Algorithm::kEdDsa, "other"), good), "unknown_key"},
      {"tampered", tampered, "bad_signature"},
      {"expired", signed_by(*key_, claims(-100, -10)), "expired"},
      {"of the future", signed_by(*key_, claims(100, 700)), "not_yet_valid"},
      {"not before", signed_by(*key_, later), "not_yet_valid"},
      {"too old, though not expired", signed_by(*key_, claims(-28900, 600)), "too_old"},
      {"without exp", signed_by(*key_, with("exp", "")), "missing_claim"},
      {"without iat", signed_by(*key_, with("iat", "")), "missing_claim"},
      {"without jti", signed_by(*key_, with("jti", "")), "missing_claim"},
      {"without sub", signed_by(*key_, with("sub", "")), "missing_claim"},
      {"another issuer", signed_by(*key_, with("iss", "gateway2")), "wrong_issuer"},
      {"no issuer", signed_by(*key_, with("iss", "")), "missing_claim"},
      {"another audience", signed_by(*key_, with("aud", "gateway")), "wrong_audience"},
      {"no audience", signed_by(*key_, with("aud", "")), "missing_claim"},
      {"another type", signed_by(*key_, good, "JWT"), "wrong_type"},
      {"no type", signed_by(*key_, good, ""), "wrong_type"},
      {"too large", signed_by(*key_, with("x", std::string(5000, 'x'))), "token_too_large"},
  };
  start();
  ASSERT_EQ(status_of(get("/admin/deliveries", valid)), 200);
  const std::string refusal = without_date(ask("GET", "/admin/deliveries", {}));
  EXPECT_EQ(status_of(refusal), 401);
  EXPECT_NE(refusal.find("\r\nWWW-Authenticate: Bearer"), std::string::npos);
  EXPECT_NE(refusal.find("\r\nCache-Control: no-store"), std::string::npos);
  EXPECT_TRUE(refusal.ends_with("\r\n\r\n{\"status\":\"refused\"}\n"));
  EXPECT_NE(log().find("\"reason\":\"no_token\""), std::string::npos);
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const std::size_t logged = log().size();
    EXPECT_EQ(without_date(get("/admin/deliveries", c.token)), refusal);
    const std::string line = log().substr(logged);
    EXPECT_NE(line.find("\"reason\":\"" + std::string(c.reason) + "\""), std::string::npos) << line;
    EXPECT_EQ(line.find(c.token.substr(0, 200)), std::string::npos) << line;
  }
  // Whatever the path: nobody learns which there are.
  for (const char* target : {"/admin/", "/admin/x", "/admin/receipts/1",
                             "/admin/deliveries?limit=x", "/admin/deliveries/1/requeue"}) {
    EXPECT_EQ(without_date(get(target, "letmein")), refusal) << target;
    EXPECT_EQ(without_date(ask("DELETE", target, {})), refusal) << target;
  }
  EXPECT_EQ(log().find(valid), std::string::npos);
}

TEST_F(AdminSide, TakesOneBearerHeaderAndNoOther) {
  start();
  const std::string valid = token({"viewer"});
  const auto status = [&](const std::vector<std::string>& headers) {
    return status_of(ask("GET", "/admin/deliveries", headers));
  };
  EXPECT_EQ(status({"Authorization: Bearer " + valid}), 200);
  EXPECT_EQ(status({"authorization: bEARER " + valid}), 200);
  EXPECT_EQ(status({"Authorization: Bearer " + valid, "Authorization: Bearer " + valid}), 401);
  EXPECT_EQ(status({"Authorization: Basic " + valid}), 401);
  EXPECT_EQ(status({"Authorization: " + valid}), 401);
  EXPECT_EQ(status({"Authorization: Bearer"}), 401);
  EXPECT_EQ(status({"Authorization: Bearer " + valid + " x"}), 401);
  EXPECT_EQ(status_of(ask("GET", "/admin/deliveries?access_token=" + valid, {})), 401);
}

TEST_F(AdminSide, RolesDecide) {
  const std::int64_t done = add_done(1, "{\"sha256\":\"ab\"}");
  const std::int64_t dead = add_dead(2, "x");
  const std::string receipt = "/admin/receipts/" + std::to_string(done);
  const std::string requeue = "/admin/deliveries/" + std::to_string(dead) + "/requeue";
  start();
  struct Case {
    const char* name;
    std::string token;
    int list, receipt, requeue;
  };
  auto nobody = nlohmann::json::parse(*claims().to_json());
  nobody["roles"] = {"nobody", "Viewer", "viewer "};
  auto none = nobody;
  none.erase("roles");
  const auto mint = [&](const nlohmann::json& json) {
    return signed_by(*key_, *jwt::ClaimSet::from_json(json.dump()));
  };
  const std::vector<Case> cases = {
      {"no role", mint(none), 403, 403, 403},
      {"unknown roles", mint(nobody), 403, 403, 403},
      {"viewer", token({"viewer"}), 200, 200, 403},
      {"operator", token({"operator"}), 200, 200, 200},
      {"admin", token({"admin"}), 200, 200, 200},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const std::vector<std::string> bearer = {"Authorization: Bearer " + c.token};
    const std::string list = ask("GET", "/admin/deliveries", bearer);
    EXPECT_EQ(status_of(list), c.list);
    EXPECT_EQ(list.find("insufficient_scope") != std::string::npos, c.list == 403);
    EXPECT_EQ(status_of(ask("GET", receipt, bearer)), c.receipt);
    // What the operator puts back is a dead letter again before the admin does.
    if (std::string_view(c.name) == "admin") wait_for_results(1);
    EXPECT_EQ(status_of(ask("POST", requeue, bearer)), c.requeue);
    // Without the permission, an id that is there and one that is not look alike.
    if (c.receipt == 403) {
      EXPECT_EQ(without_date(ask("GET", receipt, bearer)),
                without_date(ask("GET", "/admin/receipts/999", bearer)));
    }
  }
  EXPECT_NE(log().find("\"who\":\"token:ann\",\"action\":\"delivery:requeue\""), std::string::npos);
  EXPECT_NE(log().find("\"reason\":\"no_role\""), std::string::npos);
  EXPECT_NE(log().find("\"reason\":\"not_in_roles\""), std::string::npos);
}

TEST_F(AdminSide, APolicyFileTakesThePlaceOfTheBuiltInOne) {
  const auto path = temp_.path() / "policy.json";
  ASSERT_TRUE(write_new_file(path, R"({"id":"mine","assignments":[],"roles":[
    {"name":"auditor","scope":"global","permissions":["receipt:read"]}],
    "claims":[{"issuer":"gateway","prefix":"t:","roles":[
    {"claim":"/roles","value":"viewer","role":"auditor"}]}]})"));
  edit([&](auto& c) { c["admin"]["policy_file"] = path.string(); });
  start();
  EXPECT_EQ(status_of(get("/admin/deliveries", token({"viewer"}))), 403);
  EXPECT_EQ(status_of(get("/admin/receipts/1", token({"viewer"}))), 404);
  EXPECT_EQ(status_of(get("/admin/receipts/1", token({"admin"}))), 403);
}

TEST_F(AdminSide, ListsByPagesTheNewestFirstAndNothingOfABody) {
  std::vector<std::int64_t> ids;
  for (int i = 1; i <= 4; ++i) ids.push_back(add_dead(i, "CANARY-BODY"));
  ids.push_back(add_done(5, "{}"));
  start();
  const std::string valid = token({"viewer"});
  std::vector<std::int64_t> seen;
  std::string target = "/admin/deliveries?limit=2";
  for (int pages = 0; pages < 3; ++pages) {
    const std::string answer = get(target, valid);
    ASSERT_EQ(status_of(answer), 200);
    EXPECT_EQ(answer.find("CANARY"), std::string::npos);
    EXPECT_NE(answer.find("\r\nCache-Control: no-store"), std::string::npos);
    const auto body = body_of(answer);
    for (const auto& row : body["deliveries"]) seen.push_back(row["id"]);
    EXPECT_EQ(body["next_before"].is_null(), pages == 2);
    if (pages < 2) {
      EXPECT_EQ(body["next_before"], seen.back());
      target = "/admin/deliveries?limit=2&before=" + body["next_before"].dump();
    }
  }
  EXPECT_EQ(seen, std::vector<std::int64_t>(ids.rbegin(), ids.rend()));
  const auto all = body_of(get("/admin/deliveries", valid))["deliveries"];
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[0]["state"], "done");
  EXPECT_EQ(all[0]["result"], "minimized");
  EXPECT_EQ(all[0]["event"], "pull_request");
  EXPECT_EQ(all[1]["state"], "dead");
  EXPECT_TRUE(all[1]["result"].is_null());
  const std::vector<std::string> names = {"id",       "received", "endpoint", "event",
                                          "delivery", "state",    "result",   "attempts"};
  EXPECT_EQ(all[0].size(), names.size());
  for (const std::string& name : names) EXPECT_TRUE(all[0].contains(name)) << name;
}

TEST_F(AdminSide, ShowsAReceiptAndNotWhatLeft) {
  const std::int64_t id = add_done(1, R"({"sha256":"ab"})");
  const std::int64_t former = add_done(2, "");
  const std::int64_t dead = add_dead(3, "x");
  start();
  const std::string valid = token({"viewer"});
  const std::string answer = get("/admin/receipts/" + std::to_string(id), valid);
  EXPECT_EQ(body_of(answer)["receipt"], nlohmann::json::parse(R"({"sha256":"ab"})"));
  EXPECT_EQ(body_of(answer)["delivery"], id);
  EXPECT_EQ(answer.find("CANARY"), std::string::npos);
  EXPECT_TRUE(
      body_of(get("/admin/receipts/" + std::to_string(former), valid))["receipt"].is_null());
  EXPECT_EQ(status_of(get("/admin/receipts/" + std::to_string(dead), valid)), 404);
  EXPECT_EQ(status_of(get("/admin/receipts/999999", valid)), 404);
}

TEST_F(AdminSide, AnswersOtherPathsMethodsAndQueries) {
  start();
  const std::vector<std::string> bearer = {"Authorization: Bearer " + token({"admin"})};
  struct Case {
    const char* method;
    const char* target;
    int status;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"GET", "/admin/", 404},
           {"GET", "/admin/delivery", 404},
           {"GET", "/admin/deliveries/", 404},
           {"GET", "/admin/receipts", 404},
           {"GET", "/admin/receipts/x", 404},
           {"GET", "/admin/receipts/1x", 404},
           {"GET", "/admin/receipts/-1", 404},
           {"GET", "/admin/receipts/99999999999999999999", 404},
           {"GET", "/admin/receipts/1?x=1", 400},
           {"GET", "/admin/deliveries?limit=0", 400},
           {"GET", "/admin/deliveries?limit=101", 400},
           {"GET", "/admin/deliveries?offset=1", 400},
           {"POST", "/admin/deliveries", 405},
           {"HEAD", "/admin/deliveries", 405},
           {"DELETE", "/admin/receipts/1", 405},
           {"GET", "/admin/deliveries/1/requeue", 405},
           {"POST", "/admin/deliveries/1/requeue", 404},
           {"GET", "/adminx", 404},
       }) {
    SCOPED_TRACE(std::string(c.method) + " " + c.target);
    const std::string answer = ask(c.method, c.target, bearer);
    EXPECT_EQ(status_of(answer), c.status) << answer;
    EXPECT_EQ(answer.find("\r\nAllow: ") != std::string::npos, c.status == 405);
  }
}

TEST_F(AdminSide, KeepsTheConnectionAndNeverReadsABody) {
  start();
  const std::string head = "GET /admin/deliveries HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " +
                           token({"viewer"}) + "\r\n";
  test::RawClient client(port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.send(head + "\r\n"));
    EXPECT_EQ(status_of(client.response()), 200);
  }
  ASSERT_TRUE(client.send(head + "Content-Length: 100000000\r\n\r\n"));
  EXPECT_EQ(status_of(client.response()), 200);
  EXPECT_TRUE(client.closed_by_peer());
}

TEST_F(AdminSide, IsNotThereUnlessConfigured) {
  edit([](auto& c) { c.erase("admin"); });
  start();
  EXPECT_EQ(status_of(get("/admin/deliveries", token({"admin"}))), 404);
}

TEST_F(AdminSide, ANewKeyEndsEveryToken) {
  const std::string before = token({"admin"});
  test::with_vault(directory_, [](auto& vault) { ASSERT_TRUE(renew_admin_key(vault)); });
  start();
  EXPECT_EQ(status_of(get("/admin/deliveries", before)), 401);
}

TEST_F(AdminSide, ServeRefusesToStartWithoutAKeyOrWithABadPolicy) {
  const auto create = [&] {
    auto service = Service::create(directory_, coefficient::system_clock(),
                                   {.handle_signals = false, .log_fd = -1, .finished = {}});
    return service ? std::string() : service.error().message;
  };
  EXPECT_EQ(create(), "");
  const auto path = temp_.path() / "policy.json";
  edit([&](auto& c) { c["admin"]["policy_file"] = path.string(); });
  EXPECT_NE(create().find("is missing"), std::string::npos);
  std::ofstream(path) << "{}";
  EXPECT_NE(create().find("admin policy"), std::string::npos);
  edit([](auto& c) { c["admin"]["policy_file"] = ""; });
  test::with_vault(directory_, [](auto& vault) {
    ASSERT_TRUE(vault.remove({"gateway", "admin_key", "admin"}));
  });
  EXPECT_NE(create().find("--new-key"), std::string::npos);
}
