// Roles for a time: request, approval, denial, revocation, expiry, and an observer that refuses.
#include "rbac/rbac_fixture.h"

namespace test {
namespace {

class GrantsTest : public RbacTest {
 protected:
  bool sees_logs(const Authorizer& a) { return a.authorize(sam, "log:read", acme).allowed; }
};

TEST_F(GrantsTest, FromRequestToExpiry) {
  const auto a = open();
  EXPECT_FALSE(sees_logs(*a));
  const auto asked = a->request(sam, ask());
  ASSERT_TRUE(asked) << asked.error().message;
  EXPECT_EQ(asked->state, GrantState::kRequested);
  EXPECT_EQ(asked->requested_at, at(0));
  EXPECT_EQ(asked->expires_at, at(24 * 3600));
  EXPECT_FALSE(sees_logs(*a)) << "a request gives nothing";
  clock.advance(seconds(50));
  const auto approved = a->approve(mia, asked->id);
  ASSERT_TRUE(approved) << approved.error().message;
  EXPECT_EQ(approved->state, GrantState::kActive);
  EXPECT_EQ(approved->approver, "mia");
  EXPECT_EQ(approved->expires_at, at(650));
  const Decision decision = a->authorize(sam, "repo:read", acme);
  EXPECT_EQ(decision.reason, Reason::kGrant);
  EXPECT_EQ(decision.grant, asked->id);
  EXPECT_EQ(explain(decision),
            "allowed until 2023-11-14T22:24:10Z by grant " + asked->id +
                " of role 'support-access', which inherits 'repo:read' from 'reader'");
  EXPECT_FALSE(a->authorize(sam, "log:read", globex)) << "for the one tenant";
  EXPECT_FALSE(a->authorize(sam, "log:read", Scope::global()));
  EXPECT_FALSE(a->authorize(max, "log:read", acme)) << "for the one principal";
  EXPECT_EQ(a->authorize(sam, "repo:write", acme).considered,
            std::vector<std::string>{"support-access"});
  clock.set(at(650) - std::chrono::nanoseconds(1));
  EXPECT_TRUE(sees_logs(*a));
  clock.set(at(650));
  const Decision after = a->authorize(sam, "log:read", acme);
  EXPECT_EQ(after.reason, Reason::kGrantEnded);
  EXPECT_EQ(explain(after), "denied: grant " + asked->id + " ended at 2023-11-14T22:24:10Z");
  ASSERT_TRUE(a->expire());
  EXPECT_EQ(a->authorize(sam, "log:read", acme).reason, Reason::kNoRole);
  EXPECT_EQ(log.take(),
            (std::vector<std::string>{
                "policy_changed by 'boot'", "requested by 'sam' sam support-access",
                "approved by 'mia' sam support-access", "expired by '' sam support-access"}));
}

TEST_F(GrantsTest, WhoMayAsk) {
  const auto a = open();
  const auto asks = [&](const Principal& who, GrantRequest r) { return code(a->request(who, r)); };
  EXPECT_EQ(asks(mia, ask()), ErrorCode::kPermissionDenied);
  EXPECT_EQ(asks({"nobody"}, ask()), ErrorCode::kPermissionDenied);
  EXPECT_EQ(asks({""}, ask()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(asks(sam, {"maintainer", acme, "r", seconds(1)}), ErrorCode::kNotFound)
      << "the policy does not grant it";
  EXPECT_EQ(asks(sam, {"root", acme, "r", seconds(1)}), ErrorCode::kNotFound);
  EXPECT_EQ(asks(sam, {"support-access", Scope::global(), "r", seconds(1)}), ErrorCode::kNotFound);
  EXPECT_EQ(asks(sam, {"support-access", Scope::tenant(""), "r", seconds(1)}),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(asks(sam, {"support-access", acme, "", seconds(1)}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(asks(sam, {"support-access", acme, std::string(513, 'r'), seconds(1)}),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(asks(sam, {"support-access", acme, "a\x80", seconds(1)}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(asks(sam, ask(0)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(asks(sam, ask(-1)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(asks(sam, ask(3601)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(asks(sam, {"support-access", acme, std::string(512, 'r'), seconds(3600)}),
            ErrorCode{0});
}

TEST_F(GrantsTest, WhoMayApprove) {
  const auto a = open();
  // Sam may approve in acme as well, but not for himself.
  const Principal both{"sam", {{"maintainer", acme}}};
  const Grant asked = a->request(both, ask()).value();
  EXPECT_EQ(code(a->approve(both, asked.id)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(a->approve(max, asked.id)), ErrorCode::kPermissionDenied) << "another tenant's";
  EXPECT_EQ(code(a->approve({"svc:ci"}, asked.id)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(a->approve({"", {{"maintainer", acme}}}, asked.id)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(a->approve(mia, "no such id")), ErrorCode::kNotFound);
  EXPECT_EQ(code(a->approve(mia, "")), ErrorCode::kNotFound);
  ASSERT_TRUE(a->approve(mia, asked.id));
  EXPECT_EQ(code(a->approve(mia, asked.id)), ErrorCode::kFailedPrecondition);
  // The granted role has the permission to approve; a grant never counts for that.
  const Principal second{"second", {{"support", Scope::global()}}};
  const Grant other = a->request(second, ask()).value();
  EXPECT_TRUE(a->authorize(sam, "access:approve", acme));
  EXPECT_EQ(code(a->approve(sam, other.id)), ErrorCode::kPermissionDenied);
}

TEST_F(GrantsTest, DenyEndsARequest) {
  const auto a = open();
  const Grant asked = a->request(sam, ask()).value();
  EXPECT_EQ(code(a->deny(sam, asked.id)), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code(a->deny(max, asked.id)), ErrorCode::kPermissionDenied);
  ASSERT_TRUE(a->deny(mia, asked.id));
  EXPECT_EQ(code(a->approve(mia, asked.id)), ErrorCode::kNotFound);
  EXPECT_EQ(code(a->deny(mia, asked.id)), ErrorCode::kNotFound);
  EXPECT_EQ(log.lines.back(), "denied by 'mia' sam support-access");
  const Grant active = granted(*a);
  EXPECT_EQ(code(a->deny(mia, active.id)), ErrorCode::kFailedPrecondition);
  EXPECT_TRUE(sees_logs(*a));
}

TEST_F(GrantsTest, RevokeEndsAtOnce) {
  const auto a = open();
  const Grant by_approver = granted(*a);
  EXPECT_EQ(code(a->revoke(max, by_approver.id)), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(sees_logs(*a));
  ASSERT_TRUE(a->revoke(mia, by_approver.id));
  EXPECT_FALSE(sees_logs(*a));
  EXPECT_EQ(log.lines.back(), "revoked by 'mia' sam support-access");
  const Grant by_requester = granted(*a);
  ASSERT_TRUE(a->revoke(sam, by_requester.id));
  EXPECT_FALSE(sees_logs(*a));
  EXPECT_EQ(code(a->revoke(sam, by_requester.id)), ErrorCode::kNotFound);
  const Grant asked = a->request(sam, ask()).value();
  ASSERT_TRUE(a->revoke(sam, asked.id)) << "who asked may withdraw";
  EXPECT_EQ(code(a->approve(mia, asked.id)), ErrorCode::kNotFound);
}

TEST_F(GrantsTest, RequestsLapse) {
  const auto a = open();
  const Grant asked = a->request(sam, ask()).value();
  clock.set(at(24 * 3600) - seconds(1));
  EXPECT_EQ(a->grants(acme).size(), 1U);
  clock.set(at(24 * 3600));
  EXPECT_EQ(a->grants(acme).size(), 0U);
  EXPECT_EQ(code(a->approve(mia, asked.id)), ErrorCode::kNotFound);
  EXPECT_EQ(log.lines.back(), "expired by '' sam support-access");
}

TEST_F(GrantsTest, AClockThatIsSetBackGivesNoTimeBack) {
  const auto a = open();
  granted(*a, 600);
  clock.set(at(-1));
  const Decision before = a->authorize(sam, "log:read", acme);
  EXPECT_EQ(before.reason, Reason::kClockBehind) << "before the approval";
  EXPECT_NE(explain(before).find("clock is before"), std::string::npos);
  clock.set(at(599));
  EXPECT_TRUE(sees_logs(*a));
  clock.set(at(600));
  EXPECT_FALSE(sees_logs(*a));
  clock.set(at(10));
  EXPECT_FALSE(sees_logs(*a)) << "its end has been seen";
}

TEST_F(GrantsTest, AnyReadingOfTheClockCounts) {
  const auto a = open();
  granted(*a, 600);
  clock.set(at(700));
  (void)a->export_grants();
  clock.set(at(10));
  EXPECT_EQ(a->authorize(sam, "log:read", acme).reason, Reason::kGrantEnded);
}

TEST_F(GrantsTest, Limits) {
  const auto a = open({.max_grants = 20});
  for (int i = 0; i < 16; ++i) ASSERT_TRUE(a->request(sam, ask()));
  EXPECT_EQ(code(a->request(sam, ask())), ErrorCode::kResourceExhausted) << "of one";
  const Principal second{"second", {{"support", Scope::global()}}};
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(a->request(second, ask()));
  EXPECT_EQ(code(a->request(second, ask())), ErrorCode::kResourceExhausted) << "of all";
  ASSERT_TRUE(a->revoke(mia, a->grants(acme).front().id));
  EXPECT_EQ(a->grants(acme).size(), 19U);
  EXPECT_EQ(a->grants(globex).size(), 0U);
  clock.advance(seconds(24 * 3600));
  EXPECT_TRUE(a->request(sam, ask())) << "what has ended makes room";
}

TEST_F(GrantsTest, WhatIsNotRecordedIsNotGiven) {
  const auto a = open();
  log.refuses = true;
  EXPECT_EQ(code(a->request(sam, ask())), ErrorCode::kUnavailable);
  EXPECT_TRUE(a->grants(acme).empty());
  log.refuses = false;
  const Grant asked = a->request(sam, ask()).value();
  log.refuses = true;
  EXPECT_EQ(code(a->approve(mia, asked.id)), ErrorCode::kUnavailable);
  EXPECT_FALSE(sees_logs(*a));
  EXPECT_EQ(a->grants(acme).front().state, GrantState::kRequested);
  log.refuses = false;
  EXPECT_TRUE(a->approve(mia, asked.id));
  EXPECT_TRUE(sees_logs(*a));
}

TEST_F(GrantsTest, WhatIsTakenIsTakenAndOwed) {
  const auto a = open();
  const Grant revoked = granted(*a);
  const Grant expiring = granted(*a, 10);
  const Grant denied = a->request(sam, ask()).value();
  log.take();
  log.refuses = true;
  ASSERT_TRUE(a->revoke(mia, revoked.id));
  ASSERT_TRUE(a->deny(mia, denied.id));
  clock.set(at(10));
  EXPECT_FALSE(sees_logs(*a));
  EXPECT_EQ(code(a->expire()), ErrorCode::kUnavailable);
  EXPECT_EQ(code(a->request(sam, ask())), ErrorCode::kUnavailable) << "nothing is given meanwhile";
  EXPECT_EQ(code(a->set_policy("ops", policy())), ErrorCode::kUnavailable);
  EXPECT_TRUE(a->grants(acme).empty());
  log.refuses = false;
  ASSERT_TRUE(a->expire());
  auto lines = log.take();
  std::sort(lines.begin(), lines.end());
  EXPECT_EQ(lines, (std::vector<std::string>{"denied by 'mia' sam support-access",
                                             "expired by '' sam support-access",
                                             "revoked by 'mia' sam support-access"}));
  ASSERT_TRUE(a->expire());
  EXPECT_TRUE(log.take().empty()) << "once";
}

TEST_F(GrantsTest, AnotherPolicyRevokesWhatItWouldNotGive) {
  const std::string_view terms =
      R"("grant": {"max_seconds": 3600, "request": "access:request", "approve": "access:approve"})";
  const struct {
    std::string text;
    bool stays;
  } cases[] = {
      {replaced(kPolicy, "company@1", "company@2"), true},
      {replaced(kPolicy, "3600", "600"), true},
      {replaced(kPolicy, "3600", "599"), false},
      {replaced(kPolicy, "support-access", "support-entry"), false},
      {replaced(kPolicy, std::string(",\n     ") + std::string(terms), ""), false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto a = open();
    granted(*a, 600);
    ASSERT_TRUE(a->request(sam, ask(600)));
    log.take();
    ASSERT_TRUE(a->set_policy("ops", policy(c.text)));
    EXPECT_EQ(sees_logs(*a), c.stays);
    EXPECT_EQ(a->grants(acme).size(), c.stays ? 2U : 0U);
    EXPECT_EQ(log.take().size(), c.stays ? 1U : 3U);
    ASSERT_TRUE(a->set_policy("ops", policy()));
    EXPECT_EQ(sees_logs(*a), c.stays) << "the old policy does not bring it back";
  }
}

TEST_F(GrantsTest, EventsCarryTheGrant) {
  const auto a = open();
  std::vector<Grant> seen;
  std::vector<Time> times;
  log.on_record = [&](const Event& event) {
    ASSERT_NE(event.grant, nullptr);
    seen.push_back(*event.grant);
    times.push_back(event.at);
    EXPECT_EQ(event.policy_id, "company@1");
  };
  const Grant asked = a->request(sam, ask()).value();
  clock.advance(seconds(5));
  ASSERT_TRUE(a->approve(mia, asked.id));
  clock.advance(seconds(5));
  ASSERT_TRUE(a->revoke(mia, asked.id));
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(times, (std::vector<Time>{at(0), at(5), at(10)}));
  EXPECT_EQ(seen[0].reason, "ticket 4711");
  EXPECT_EQ(seen[1].approver, "mia");
  EXPECT_EQ(seen[2].state, GrantState::kRevoked);
  EXPECT_EQ(seen[2].ended_by, "mia");
  EXPECT_EQ(seen[2].ended_at, at(10));
}

}  // namespace
}  // namespace test
