#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <span>

#include "admin_fixture.h"
#include "audit_files.h"
#include "audit_trail.h"
#include "child.h"
#include "coefficient/audit/log_reader.h"
#include "coefficient/core/encoding.h"
#include "core/crypto/digest.h"
#include "demo_repository.h"
#include "doctor.h"
#include "program.h"

using namespace gateway;
namespace audit = coefficient::audit;
namespace fs = std::filesystem;
using test::run_gateway;

namespace {

// All records of a log that was closed.
std::vector<nlohmann::json> records_of(const fs::path& path) {
  auto reader = audit::LogReader::open(path.string());
  EXPECT_TRUE(reader);
  if (!reader) return {};
  std::vector<nlohmann::json> out;
  const auto read = reader->read(0, reader->checkpoint().size, [&](const auto& stored) {
    out.push_back(nlohmann::json::parse(stored.payload));
    return Result<>();
  });
  EXPECT_TRUE(read);
  return out;
}

std::vector<nlohmann::json> with_action(const std::vector<nlohmann::json>& records,
                                        const std::string& action) {
  std::vector<nlohmann::json> out;
  std::ranges::copy_if(records, std::back_inserter(out),
                       [&](const auto& record) { return record["action"] == action; });
  return out;
}

fs::path segment_of(const fs::path& log) {
  for (const auto& entry : fs::directory_iterator(log)) {
    if (entry.path().extension() == ".seg") return entry.path();
  }
  return {};
}

class Audit : public test::AdminTest {
 protected:
  std::string requeue(std::int64_t id, const std::string& token) {
    return ask("POST", "/admin/deliveries/" + std::to_string(id) + "/requeue",
               {"Authorization: Bearer " + token});
  }
  std::string dir() const { return directory_.root().string(); }
  // The log notices that its file is not the one in the directory any more, and ends.
  void break_log() { ASSERT_TRUE(fs::remove(segment_of(directory_.audit()))); }
  std::string state_of(std::int64_t id) {
    auto rows = AdminStore::open(directory_.database())->deliveries(id + 1, 1);
    return rows && !rows->empty() ? rows->front().state : "";
  }
};

}  // namespace

TEST_F(Audit, EachActionLeavesItsRecord) {
  const std::int64_t dead = add_dead(1, "x");
  const std::int64_t done = add_done(2, "{}");
  start();
  const std::string viewer = token({"viewer"});
  EXPECT_EQ(test::status_of(get("/admin/deliveries", viewer)), 200);
  EXPECT_EQ(test::status_of(get("/admin/receipts/" + std::to_string(done), viewer)), 200);
  EXPECT_EQ(test::status_of(get("/admin/receipts/999", viewer)), 404);
  EXPECT_EQ(test::status_of(requeue(dead, token({"operator"}))), 200);
  EXPECT_EQ(test::status_of(requeue(999, token({"operator"}))), 404);
  EXPECT_TRUE(stop());
  const auto records = records_of(directory_.audit());
  const auto listed = with_action(records, "admin.delivery.list");
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0]["actor"]["id"], "token:ann");
  EXPECT_FALSE(listed[0]["actor"]["session"].get<std::string>().empty());
  EXPECT_EQ(listed[0]["details"]["roles"], nlohmann::json({"viewer"}));
  EXPECT_EQ(listed[0]["src"]["ip"], "127.0.0.1");
  EXPECT_EQ(listed[0]["outcome"], "success");
  const auto read = with_action(records, "admin.receipt.read");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0]["target"]["id"], std::to_string(done));
  EXPECT_EQ(read[1]["outcome"], "failure");
  const auto put_back = with_action(records, "admin.delivery.requeue");
  ASSERT_EQ(put_back.size(), 4U);
  EXPECT_EQ(put_back[0]["outcome"], "intent");
  EXPECT_EQ(put_back[1]["outcome"], "success");
  EXPECT_EQ(put_back[1]["intent"], put_back[0]["id"]);
  EXPECT_EQ(put_back[1]["target"]["id"], std::to_string(dead));
  EXPECT_EQ(put_back[3]["outcome"], "failure");
}

TEST_F(Audit, WithoutTheLogNothingIsShownOrChanged) {
  const std::int64_t dead = add_dead(1, "x");
  const std::int64_t done = add_done(2, R"({"canary":"SHOWN"})");
  start();
  break_log();
  const std::string put_back = requeue(dead, token({"operator"}));
  EXPECT_EQ(test::status_of(put_back), 503);
  EXPECT_NE(put_back.find("application/problem+json"), std::string::npos);
  EXPECT_EQ(test::body_of(put_back)["status"], 503);
  EXPECT_EQ(state_of(dead), "dead");
  const std::string shown = get("/admin/receipts/" + std::to_string(done), token({"viewer"}));
  EXPECT_EQ(test::status_of(shown), 503);
  EXPECT_EQ(shown.find("SHOWN"), std::string::npos);
  // A refusal stands in any case, and hooks are not administration.
  EXPECT_EQ(test::status_of(get("/admin/deliveries", "no.such.token")), 401);
  EXPECT_EQ(test::status_of(requeue(dead, token({"viewer"}))), 403);
  EXPECT_EQ(deliver(test::pull_request_body(3)), 202);
  EXPECT_FALSE(stop());  // and what could not be written is not passed over
}

TEST_F(Audit, RefusedSignInsAreRecordedWithReasonAndPeer) {
  const std::int64_t dead = add_dead(1, "x");
  start();
  EXPECT_EQ(test::status_of(ask("GET", "/admin/deliveries", {})), 401);
  EXPECT_EQ(test::status_of(get("/admin/deliveries", "CANARY.CANARY.CANARY")), 401);
  EXPECT_EQ(test::status_of(get("/admin/x", signed_by(*key_, claims(-900, -300)))), 401);
  EXPECT_EQ(test::status_of(requeue(dead, token({"viewer"}))), 403);
  EXPECT_TRUE(stop());
  const auto records = records_of(directory_.audit());
  std::set<std::string> reasons;
  for (const auto& record : with_action(records, "admin.sign_in")) {
    reasons.insert(record["reason"]);
    EXPECT_EQ(record["outcome"], "denied");
    EXPECT_EQ(record["src"]["ip"], "127.0.0.1");
    EXPECT_EQ(record["actor"]["id"], "unknown");
    EXPECT_EQ(record.dump().find("CANARY"), std::string::npos);
  }
  EXPECT_EQ(reasons.size(), 3U);
  EXPECT_TRUE(reasons.contains("no_token"));
  EXPECT_TRUE(reasons.contains("expired"));
  const auto forbidden = with_action(records, "admin.delivery.requeue");
  ASSERT_EQ(forbidden.size(), 1U);
  EXPECT_EQ(forbidden[0]["actor"]["id"], "token:ann");
  EXPECT_EQ(forbidden[0]["reason"], "not_in_roles");
  EXPECT_EQ(state_of(dead), "dead");
}

TEST_F(Audit, AFloodOfRefusalsIsCountedInFewRecords) {
  coefficient::ManualClock clock(std::chrono::system_clock::now());
  Log quiet(-1, clock);
  auto trail = AuditTrail::open(directory_, quiet, clock);
  ASSERT_TRUE(trail);
  constexpr int kRefusals = 10'000;
  for (int i = 0; i < kRefusals; ++i) {
    (*trail)->refused({.reason = i % 2 == 0 ? "no_token" : "expired",
                       .peer = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250)});
    // As the thread does, but all within a minute.
    if (i % 1000 == 0) {
      EXPECT_TRUE((*trail)->write_due());
    }
  }
  EXPECT_TRUE((*trail)->close());
  const auto refused = with_action(records_of(directory_.audit()), "admin.sign_in");
  EXPECT_LE(refused.size(), RefusalCounts::kPerMinute + RefusalCounts::kMaxKinds + 2);
  std::int64_t counted = 0;
  for (const auto& record : refused) counted += record["details"]["count"].get<std::int64_t>();
  EXPECT_EQ(counted, kRefusals);
}

TEST_F(Audit, AFloodOverHttpFillsNoLog) {
  edit([](auto& config) {  // else most would be refused by the limits, which are not at issue
    for (const std::string tier : {"address", "sign_in"})
      config["rate_limits"][tier] = "name=" + tier + ";limit=2000;period=1s;burst=2000";
  });
  start();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(test::status_of(get("/admin/deliveries", "a.b.c")), 401);
  }
  EXPECT_TRUE(stop());
  const auto refused = with_action(records_of(directory_.audit()), "admin.sign_in");
  std::int64_t counted = 0;
  for (const auto& record : refused) counted += record["details"]["count"].get<std::int64_t>();
  EXPECT_EQ(counted, 1000);
  EXPECT_LE(refused.size(), 2 * RefusalCounts::kPerMinute);
}

TEST_F(Audit, AReceiptIsInTheLogBeforeWhatLeavesIsStored) {
  const auto change = sample_change((temp_.path() / "sample").string());
  ASSERT_TRUE(change) << change.error().message;
  edit([&](auto& config) {
    config["repositories"][change->pull_request.repository] = change->clone;
    config["worker"]["max_attempts"] = 1;
  });
  start();
  ASSERT_EQ(deliver(pull_request_payload(*change)), 202);
  wait_for_results(1);
  const auto receipts = inbox().receipts();
  ASSERT_TRUE(receipts);
  ASSERT_EQ(receipts->size(), 1U);
  // The second one finds the log broken: nothing of it may be stored.
  break_log();
  DemoChange second = *change;
  second.pull_request.number += 1;
  ASSERT_EQ(deliver(pull_request_payload(second)), 202);
  wait_for_results(2);
  EXPECT_EQ(inbox().receipts()->size(), 1U);
  EXPECT_EQ(inbox().dead_letters()->size(), 1U);
  EXPECT_FALSE(stop());
}

TEST_F(Audit, AReceiptsRecordHasTheHashOfTheManifest) {
  const auto change = sample_change((temp_.path() / "sample").string());
  ASSERT_TRUE(change) << change.error().message;
  edit([&](auto& config) {
    config["repositories"][change->pull_request.repository] = change->clone;
  });
  start();
  ASSERT_EQ(deliver(pull_request_payload(*change)), 202);
  wait_for_results(1);
  const auto receipts = inbox().receipts();
  ASSERT_TRUE(receipts);
  EXPECT_TRUE(stop());
  const auto left = with_action(records_of(directory_.audit()), "change.minimized");
  ASSERT_EQ(left.size(), 1U);
  const auto hash =
      coefficient::crypto::sha256({std::as_bytes(std::span(receipts->front().manifest))});
  ASSERT_TRUE(hash);
  EXPECT_EQ(left[0]["details"]["manifest_sha256"], coefficient::hex_encode(*hash));
  EXPECT_EQ(left[0]["details"]["repository"], change->pull_request.repository);
  EXPECT_EQ(left[0]["details"]["destination"], "results");
  EXPECT_EQ(left[0]["target"]["id"], std::to_string(receipts->front().id));
}

TEST_F(Audit, CommandsAreRecordedBesideAGatewayThatServes) {
  start();
  const std::string to = (temp_.path() / "backup").string();
  EXPECT_EQ(run_gateway({"secret", "rotate", "github", "--dir", dir()}).status, 0);
  EXPECT_EQ(run_gateway({"secret", "export", "github", "--dir", dir()}).status, 0);
  EXPECT_EQ(run_gateway({"secret", "retire", "github", "--dir", dir()}).status, 0);
  EXPECT_EQ(run_gateway({"secret", "retire", "github", "--dir", dir()}).status, 2);
  EXPECT_EQ(run_gateway({"secret", "import", dir()}).status, 2);
  const auto minted = run_gateway({"token", dir(), "--role", "viewer", "--subject", "bob"});
  EXPECT_EQ(run_gateway({"backup", dir(), to}).status, 0);
  const auto verified = run_gateway({"audit", dir(), "verify"});
  EXPECT_EQ(verified.status, 0) << verified.out << verified.err;
  const auto searched = run_gateway({"audit", dir(), "--cli", "search", "--action", "token.mint"});
  EXPECT_EQ(searched.status, 0) << searched.err;
  EXPECT_NE(searched.out.find("\"bob\""), std::string::npos) << searched.out;
  EXPECT_TRUE(stop());
  const auto records = records_of(directory_.command_audit());
  std::vector<std::string> done;
  for (const auto& record : records) {
    if (record["actor"]["type"] != "local_user") continue;
    EXPECT_EQ(record["actor"]["id"], "uid-" + std::to_string(::geteuid()));
    done.push_back(record["action"].get<std::string>() + " " +
                   record["outcome"].get<std::string>());
    EXPECT_EQ(record.dump().find(minted.out.substr(0, 40)), std::string::npos);
  }
  EXPECT_EQ(done, (std::vector<std::string>{
                      "secret.rotate intent", "secret.rotate success", "secret.export intent",
                      "secret.export success", "secret.retire intent", "secret.retire success",
                      "secret.retire intent", "secret.retire failure", "secret.import intent",
                      "secret.import failure", "token.mint intent", "token.mint success",
                      "backup intent", "backup success"}));
  const std::string into = (temp_.path() / "restored").string();
  ASSERT_EQ(run_gateway({"restore", to, into}).status, 0);
  EXPECT_EQ(with_action(records_of(Directory(into).command_audit()), "restore").size(), 1U);
}

TEST_F(Audit, CommandsDoNothingWithoutTheirLog) {
  fs::remove_all(directory_.command_audit());
  const auto before = test::secrets_of(directory_, "github").front().name;
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"secret", "rotate", "github", "--dir", dir()},
                                             {"secret", "export", "github", "--dir", dir()},
                                             {"token", dir(), "--role", "viewer"},
                                             {"token", dir(), "--new-key"}}) {
    const auto ran = run_gateway(arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.out, "");
    EXPECT_NE(ran.err.find("nothing was done"), std::string::npos) << ran.err;
  }
  EXPECT_EQ(test::secrets_of(directory_, "github").front().name, before);
  // It is made by a command of its own, never by the way.
  EXPECT_FALSE(all_ok(examine(directory_, coefficient::system_clock())));
  EXPECT_EQ(run_gateway({"audit", dir(), "init"}).status, 0);
  EXPECT_TRUE(all_ok(examine(directory_, coefficient::system_clock())));
}

TEST_F(Audit, VerifyAndDoctorFindAFlippedBit) {
  start();
  EXPECT_EQ(test::status_of(get("/admin/deliveries", token({"viewer"}))), 200);
  EXPECT_TRUE(stop());
  ASSERT_EQ(run_gateway({"audit", dir(), "verify"}).status, 0);
  const fs::path segment = segment_of(directory_.audit());
  const auto at = static_cast<std::streamoff>(test::read_text(segment).find("delivery.list"));
  ASSERT_GT(at, 0);
  {
    std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at).put('D');
  }
  const auto found = run_gateway({"audit", dir(), "verify"});
  EXPECT_EQ(found.status, 1);
  EXPECT_NE(found.out.find("NOT INTACT"), std::string::npos) << found.out;
  EXPECT_FALSE(all_ok(examine(directory_, coefficient::system_clock())));
  // A gateway does not go on behind it.
  EXPECT_EQ(run_gateway({"serve", dir()}).status, 2);
}

TEST_F(Audit, WhatWasAnsweredOutlivesKill9) {
  std::size_t answered = 0;
  for (int round = 0; round < 3; ++round) {
    test::Child child({GATEWAY_PROGRAM, "serve", dir()});
    const auto peer = child.listening();
    ASSERT_TRUE(peer);
    for (int i = 0; i < 20; ++i) {
      test::RawClient client(peer->port);
      ASSERT_TRUE(
          client.send("GET /admin/deliveries HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " +
                      token({"viewer"}) + "\r\n\r\n"));
      if (i < 19) answered += test::status_of(client.response()) == 200 ? 1U : 0U;
    }
    child.signal(SIGKILL);
    child.wait();
    EXPECT_EQ(run_gateway({"audit", dir(), "verify"}).status, 0);
  }
  EXPECT_EQ(answered, 57U);
  {
    auto log = open_audit_log(directory_.audit(), coefficient::system_clock());
    ASSERT_TRUE(log) << log.error().message;
    ASSERT_TRUE((*log)->close());
  }
  EXPECT_GE(with_action(records_of(directory_.audit()), "admin.delivery.list").size(), answered);
}
