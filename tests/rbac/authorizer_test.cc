// Decisions by roles, and how they explain themselves.
#include "coefficient/rbac/authorizer.h"

#include "rbac/rbac_fixture.h"

namespace test {
namespace {

class AuthorizerTest : public RbacTest {};

TEST_F(AuthorizerTest, DecisionsAndExplanations) {
  const auto a = open();
  const Principal ann{"ann", {{"reader", acme}, {"maintainer", globex}}};
  const Principal wrong_kinds{"w", {{"reader", Scope::global()}, {"support", acme}}};
  const Principal unknown_role{"u", {{"root", acme}, {"", acme}, {"repo:read", acme}}};
  const struct {
    Principal who;
    std::string permission;
    Scope scope;
    Reason reason;
    std::string text;
  } cases[] = {
      {ann, "repo:read", acme, Reason::kRole, "allowed by role 'reader', which has 'repo:read'"},
      {ann, "repo:read", globex, Reason::kRole,
       "allowed by role 'maintainer', which inherits 'repo:read' from 'reader'"},
      {ann, "review:write", globex, Reason::kRole,
       "allowed by role 'maintainer', which has 'review:*'"},
      {ann, "review:write", acme, Reason::kNotInRoles,
       "denied: none of the roles held in this scope has it: 'reader'"},
      {ann, "repo:read", Scope::tenant("initech"), Reason::kNoRole,
       "denied: no role is held in this scope"},
      {ann, "repo:read", Scope::global(), Reason::kNoRole, ""},
      {ann, "repo:read", Scope::tenant(""), Reason::kNoRole, ""},
      {ann, "repo:read", Scope::tenant("ACME"), Reason::kNoRole, ""},
      {ann, "review:*", globex, Reason::kNotAPermission,
       "denied: what was asked for is no permission of the form resource:action"},
      {ann, "review", globex, Reason::kNotAPermission, ""},
      {ann, "review:", globex, Reason::kNotAPermission, ""},
      {ann, ":read", globex, Reason::kNotAPermission, ""},
      {ann, "review:a:b", globex, Reason::kNotAPermission, ""},
      {ann, "Repo:read", globex, Reason::kNotAPermission, ""},
      {ann, "", globex, Reason::kNotAPermission, ""},
      {ann, std::string("repo:read\0", 10), globex, Reason::kNotAPermission, ""},
      {ann, "review:" + std::string(64, 'a'), globex, Reason::kRole, ""},
      {ann, "review:" + std::string(65, 'a'), globex, Reason::kNotAPermission, ""},
      {ann, "reviews:write", globex, Reason::kNotInRoles, ""},
      {wrong_kinds, "repo:read", Scope::global(), Reason::kNoRole, ""},
      {wrong_kinds, "status:read", acme, Reason::kNoRole, ""},
      {unknown_role, "repo:read", acme, Reason::kNoRole, ""},
      {{"svc:ci"}, "repo:read", acme, Reason::kRole, ""},
      {{"svc:ci"}, "repo:read", globex, Reason::kNoRole, ""},
      {{"svc:ci "}, "repo:read", acme, Reason::kNoRole, ""},
      // What is held globally opens no tenant.
      {sam, "status:read", Scope::global(), Reason::kRole, ""},
      {sam, "status:read", acme, Reason::kNoRole, ""},
      {{""}, "repo:read", acme, Reason::kNoRole, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.who.id + " " + c.permission + " " + c.scope.tenant_name());
    const Decision decision = a->authorize(c.who, c.permission, c.scope);
    EXPECT_EQ(decision.reason, c.reason);
    EXPECT_EQ(decision.allowed, c.reason == Reason::kRole);
    EXPECT_EQ(static_cast<bool>(decision), decision.allowed);
    if (!c.text.empty()) {
      EXPECT_EQ(explain(decision), c.text);
    }
    // Nothing of another scope, whatever the answer.
    for (const std::string tenant : {"acme", "globex"}) {
      EXPECT_EQ(explain(decision).find(tenant), std::string::npos);
    }
  }
}

TEST_F(AuthorizerTest, ADecisionThatNobodyMadeDenies) {
  EXPECT_FALSE(Decision{});
  EXPECT_FALSE(Decision{}.allowed);
  EXPECT_EQ(explain(Decision{}).substr(0, 7), "denied:");
}

TEST_F(AuthorizerTest, APolicyWithoutRolesDeniesAll) {
  const auto a = Authorizer::create(policy(R"({"id":"none","roles":[]})"), "boot", log).value();
  EXPECT_FALSE(a->authorize({"ann", {{"reader", acme}}}, "repo:read", acme));
}

TEST_F(AuthorizerTest, AnotherPolicyIsInForceAtOnce) {
  const auto a = open();
  EXPECT_TRUE(a->authorize({"svc:ci"}, "repo:read", acme));
  ASSERT_TRUE(a->set_policy("ops", policy(replaced(kPolicy, "repo:read", "repo:write"))));
  EXPECT_FALSE(a->authorize({"svc:ci"}, "repo:read", acme));
  EXPECT_TRUE(a->authorize({"svc:ci"}, "repo:write", acme));
  EXPECT_EQ(log.take(),
            (std::vector<std::string>{"policy_changed by 'boot'", "policy_changed by 'ops'"}));
}

TEST_F(AuthorizerTest, ARefusedPolicyIsNotInForce) {
  log.refuses = true;
  EXPECT_EQ(code(Authorizer::create(policy(), "boot", log)), ErrorCode::kUnavailable);
  log.refuses = false;
  const auto a = open();
  log.refuses = true;
  EXPECT_EQ(code(a->set_policy("ops", policy(R"({"id":"none","roles":[]})"))),
            ErrorCode::kUnavailable);
  EXPECT_TRUE(a->authorize({"svc:ci"}, "repo:read", acme));
}

TEST_F(AuthorizerTest, EventsOfAPolicySayWhich) {
  const auto a = open();
  const Policy next = policy(replaced(kPolicy, "company@1", "company@2"));
  int calls = 0;
  log.on_record = [&](const Event& event) {
    ++calls;
    EXPECT_EQ(event.kind, EventKind::kPolicyChanged);
    EXPECT_EQ(event.policy_id, "company@2");
    EXPECT_EQ(event.policy_sha256, next.sha256());
    EXPECT_EQ(event.at, at(0));
    EXPECT_EQ(event.grant, nullptr);
    // Not in force before it is recorded; and asking is allowed here.
    EXPECT_TRUE(a->authorize({"svc:ci"}, "repo:read", acme));
  };
  ASSERT_TRUE(a->set_policy("ops", next));
  EXPECT_EQ(calls, 1);
}

TEST_F(AuthorizerTest, OptionsThatCannotWork) {
  const auto create = [&](std::string_view actor, AuthorizerOptions options) {
    return code(Authorizer::create(policy(), actor, log, options, clock));
  };
  EXPECT_EQ(create("", {}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(create("a\nb", {}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(create("boot", {.max_grants = 0}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(create("boot", {.max_grants = 16385}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(create("boot", {.max_grants = 16384}), ErrorCode{0});
}

TEST(ReasonTest, Spellings) {
  EXPECT_EQ(to_string(Reason::kNotInRoles), "not_in_roles");
  EXPECT_EQ(to_string(static_cast<Reason>(99)), "unknown");
  EXPECT_EQ(to_string(GrantState::kActive), "active");
  EXPECT_EQ(to_string(static_cast<GrantState>(99)), "unknown");
  EXPECT_EQ(to_string(EventKind::kPolicyChanged), "policy_changed");
  EXPECT_EQ(to_string(static_cast<EventKind>(99)), "unknown");
}

}  // namespace
}  // namespace test
