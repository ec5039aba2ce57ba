// Grants outlast a restart, and a text that this module would not have written is refused.
#include <nlohmann/json.hpp>

#include "rbac/rbac_fixture.h"

namespace test {
namespace {

class GrantsJsonTest : public RbacTest {
 protected:
  std::unique_ptr<Authorizer> restart(const std::string& text) {
    auto made = Authorizer::create(policy(), "boot", log, {.grants = text}, clock);
    EXPECT_TRUE(made) << made.error().message;
    return made ? *std::move(made) : nullptr;
  }
  std::string refusal(const std::string& text) {
    const auto made = Authorizer::create(policy(), "boot", log, {.grants = text}, clock);
    return made ? "accepted" : made.error().message;
  }
};

TEST_F(GrantsJsonTest, ARestartChangesNothing) {
  const auto a = open();
  EXPECT_EQ(a->export_grants(), R"({"as_of":1700000000,"grants":[]})");
  granted(*a, 600);
  clock.advance(seconds(3));
  ASSERT_TRUE(a->request(sam, {"support-access", globex, "\"\\ \xc3\xa9", seconds(60)}));
  const std::string text = a->export_grants();
  const auto b = restart(text);
  EXPECT_EQ(b->export_grants(), text);
  EXPECT_EQ(b->authorize(sam, "log:read", acme).reason, Reason::kGrant);
  const Grant asked = b->grants(globex).at(0);
  EXPECT_EQ(asked.reason, "\"\\ \xc3\xa9");
  EXPECT_TRUE(b->approve(max, asked.id));
  clock.set(at(600));
  EXPECT_FALSE(b->authorize(sam, "log:read", acme));
}

TEST_F(GrantsJsonTest, TheLatestTimeOutlastsARestart) {
  const auto a = open();
  granted(*a, 600);
  clock.set(at(600));
  const std::string text = a->export_grants();
  clock.set(at(10));
  EXPECT_FALSE(restart(text)->authorize(sam, "log:read", acme));
}

TEST_F(GrantsJsonTest, WhatEndsBetweenTwoProcessesIsRecorded) {
  const auto a = open();
  granted(*a, 600);
  const std::string text = a->export_grants();
  log.take();
  clock.set(at(600));
  const auto b = restart(text);
  EXPECT_EQ(log.take(), (std::vector<std::string>{"policy_changed by 'boot'",
                                                  "expired by '' sam support-access"}));
  EXPECT_TRUE(b->grants(acme).empty());
}

TEST_F(GrantsJsonTest, WhatIsOwedOutlastsARestart) {
  const auto a = open();
  const Grant grant = granted(*a);
  log.refuses = true;
  ASSERT_TRUE(a->revoke(mia, grant.id));
  const std::string text = a->export_grants();
  log.refuses = false;
  log.take();
  const auto b = restart(text);
  EXPECT_EQ(log.take(), (std::vector<std::string>{"policy_changed by 'boot'",
                                                  "revoked by 'mia' sam support-access"}));
  EXPECT_FALSE(b->authorize(sam, "log:read", acme));
}

TEST_F(GrantsJsonTest, APolicyThatNoLongerGrantsItRevokes) {
  const auto a = open();
  granted(*a, 600);
  const std::string text = a->export_grants();
  log.take();
  const auto b = Authorizer::create(policy(replaced(kPolicy, "3600", "599")), "boot", log,
                                    {.grants = text}, clock)
                     .value();
  EXPECT_FALSE(b->authorize(sam, "log:read", acme));
  EXPECT_EQ(log.take(), (std::vector<std::string>{"policy_changed by 'boot'",
                                                  "revoked by 'boot' sam support-access"}));
}

TEST_F(GrantsJsonTest, RefusalsNameTheMember) {
  const auto a = open();
  granted(*a, 600);
  const nlohmann::json good = nlohmann::json::parse(a->export_grants());
  ASSERT_EQ(refusal(good.dump()), "accepted");
  const struct {
    const char* change;  // a JSON Merge Patch (RFC 7396) for the grant
    const char* message;
  } cases[] = {
      {R"({"id":"x"})", "id must be 32 hex digits"},
      {R"({"id":null})", "id is missing"},
      {R"({"requester":"mia"})", "approver is the requester"},
      {R"({"requester":""})", "requester must be a name"},
      {R"({"role":"*"})", "role must be the name of a role"},
      {R"({"scope":"all"})", "scope must be one of global, tenant"},
      {R"({"scope":"global"})", "tenant goes with the scope tenant"},
      {R"({"tenant":null})", "tenant must be a name"},
      {R"({"reason":""})", "reason must be a text"},
      {R"({"duration_seconds":0})", "duration_seconds must be positive"},
      {R"({"duration_seconds":604801})", "duration_seconds must be an integer from 0 to 604800"},
      {R"({"duration_seconds":601})", "expires_at does not fit the other times"},
      {R"({"duration_seconds":6e2})", "duration_seconds must be an integer from 0 to 604800"},
      {R"({"expires_at":1700000601})", "expires_at does not fit the other times"},
      {R"({"approved_at":1700000001})", "approved_at is not between requested_at and as_of"},
      {R"({"approved_at":1699999999})", "approved_at is not between requested_at and as_of"},
      {R"({"requested_at":1700000001})", "requested_at is later than as_of"},
      {R"({"approver":null})", "approved_at goes with an approver"},
      {R"({"approver":null,"approved_at":null})", "approver is missing"},
      {R"({"approver":"\u0001"})", "approver must be a name"},
      {R"({"state":"requested"})", "approver goes with an approval"},
      {R"({"state":"denied","ended_by":"mia","ended_at":1700000000})",
       "approver goes with an approval"},
      {R"({"state":"revoked"})", "ended_at is missing"},
      {R"({"state":"revoked","ended_at":1700000000})", "ended_by does not fit the state"},
      {R"({"state":"expired","ended_at":1700000000,"ended_by":"mia"})",
       "ended_by does not fit the state"},
      {R"({"state":"expired","ended_at":1700000001})", "ended_at does not fit the other times"},
      {R"({"state":"approved"})",
       "state must be one of requested, active, denied, revoked, expired"},
      {R"({"ended_at":1})", "ended_at does not fit the other times"},
      {R"({"note":"x"})", "note is not a member of a document of grants"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.change);
    nlohmann::json bad = good;
    bad["grants"][0].merge_patch(nlohmann::json::parse(c.change));
    EXPECT_EQ(refusal(bad.dump()), std::string("document of grants: grants[0].") + c.message);
  }
  nlohmann::json twice = good;
  twice["grants"].push_back(twice["grants"][0]);
  EXPECT_EQ(refusal(twice.dump()), "document of grants: grants[1].id stands twice");
  EXPECT_EQ(refusal("{}"), "document of grants: as_of is missing");
  EXPECT_EQ(refusal(R"({"as_of":0,"grants":{}})"),
            "document of grants: grants must be an array of objects");
  EXPECT_EQ(refusal(R"({"as_of":253402300800,"grants":[]})"),
            "document of grants: as_of must be an integer from 0 to 253402300799");
  EXPECT_NE(refusal("{").find("grants: "), std::string::npos);
}

TEST_F(GrantsJsonTest, TooMany) {
  const auto a = open();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(a->request(sam, ask()));
  const std::string text = a->export_grants();
  const auto create = [&](std::size_t most) {
    return code(
        Authorizer::create(policy(), "boot", log, {.max_grants = most, .grants = text}, clock));
  };
  EXPECT_EQ(create(3), ErrorCode{0});
  EXPECT_EQ(create(2), ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace test
