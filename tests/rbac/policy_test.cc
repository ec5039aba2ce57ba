#include "coefficient/rbac/policy.h"

#include "core/crypto/digest.h"
#include "rbac/rbac_fixture.h"

namespace test {
namespace {

TEST(PolicyTest, IsNamedAndHashed) {
  const auto policy = Policy::parse(kPolicy);
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy->id(), "company@1");
  EXPECT_EQ(policy->sha256(), crypto::sha256({std::as_bytes(std::span(kPolicy))}).value());
}

TEST(PolicyTest, AnEmptyOneIsAPolicy) {
  EXPECT_TRUE(Policy::parse(R"({"id":"none","roles":[]})"));
}

TEST(PolicyTest, RefusalsNameTheMember) {
  struct Case {
    const char* from;
    const char* to;
    const char* message;
  };
  const Case cases[] = {
      {R"("id": "company@1",)", "", "policy: id is missing"},
      {R"("company@1")", R"("")", "policy: id must be a name of 1 to 255 bytes"},
      {R"("company@1")", "7", "policy: id must be a string"},
      {R"("id": "company@1")", R"("id": "a", "id": "b")", "policy: duplicate"},
      {R"("id": "company@1")", R"("id": "a", "owner": "b")",
       "policy: owner is not a member of a policy"},
      {R"("name": "reader", "scope": "tenant")", R"("name": "reader")",
       "policy: roles[0].scope is missing"},
      {R"("name": "reader", "scope": "tenant")", R"("name": "reader", "scope": "all")",
       "policy: roles[0].scope must be one of global, tenant"},
      {R"("name": "reader")", R"("name": "Reader")",
       "policy: roles[0].name must be 1 to 64 characters of a-z 0-9 . _ -"},
      {R"("name": "support",)", R"("name": "reader",)", "policy: roles[2].name stands twice"},
      {R"("name": "reader", )", R"("name": "reader", "deny": [], )",
       "policy: roles[0].deny is not a member of a policy"},
      {R"(["repo:read"])", R"("repo:read")",
       "policy: roles[0].permissions must be an array of strings"},
      {R"(["repo:read"])", R"(["repo:read", "*:read"])", "policy: roles[0].permissions[1] must be"},
      {R"(["repo:read"])", R"(["repo"])", "policy: roles[0].permissions[0] must be"},
      {R"(["repo:read"])", R"(["repo:re*"])", "policy: roles[0].permissions[0] must be"},
      {R"(["repo:read"])", R"(["repo:a:b"])", "policy: roles[0].permissions[0] must be"},
      {R"(["repo:read"])", R"(["*"])", "policy: roles[0].permissions[0] must be"},
      {R"(["repo:read"])", R"(["repo:read ", "repo:"])", "policy: roles[0].permissions[0] must be"},
      {R"(["repo:read"])", R"(["repo:read", "repo:read"])",
       "policy: roles[0].permissions[1] stands twice"},
      {R"("inherits": ["reader"],)", R"("inherits": ["writer"],)",
       "policy: roles[1].inherits[0] is not the name of a role"},
      {R"("inherits": ["reader"],)", R"("inherits": ["reader", "reader"],)",
       "policy: roles[1].inherits[1] stands twice"},
      {R"("inherits": ["reader"],)", R"("inherits": ["support"],)",
       "policy: roles[1].inherits[0] is a role for the other kind of scope"},
      {R"("inherits": ["reader"],)", R"("inherits": ["maintainer"],)",
       "policy: roles[1].inherits is a cycle: maintainer, maintainer"},
      {R"("name": "reader", )", R"("name": "reader", "inherits": ["maintainer"], )",
       "policy: roles[0].inherits is a cycle: reader, maintainer, reader"},
      {"3600", "0", "policy: roles[3].grant.max_seconds must be an integer from 1 to 604800"},
      {"3600", "604801", "policy: roles[3].grant.max_seconds must be an integer"},
      {"3600", "-1", "policy: roles[3].grant.max_seconds must be an integer"},
      {R"("request": "access:request")", R"("request": "access:ask")",
       "policy: roles[3].grant.request is a permission that no role has"},
      {R"("approve": "access:approve"})", R"("approve": "access:*"})",
       "policy: roles[3].grant.approve must be resource:action"},
      {R"("approve": "access:approve"})", R"("approve": "access:request"})",
       "policy: roles[3].grant.approve is a permission that no role for this kind of scope has"},
      {R"("approve": "access:approve"})", R"("x": 1})",
       "policy: roles[3].grant.approve is missing"},
      {R"("principal": "svc:ci", "role": "reader", "tenant": "acme")",
       R"("principal": "svc:ci", "role": "reader")",
       "policy: assignments[0].tenant must be a name of 1 to 255 bytes for a tenant role"},
      {R"("principal": "sam", "role": "support")",
       R"("principal": "sam", "role": "support", "tenant": "acme")",
       "policy: assignments[1].tenant goes with a tenant role, and this one is global"},
      {R"("principal": "sam")", R"("principal": "sa\u0000m")",
       "policy: assignments[1].principal must be a name of 1 to 255 bytes"},
      {R"("principal": "sam", "role": "support")", R"("principal": "sam", "role": "root")",
       "policy: assignments[1].role is not the name of a role"},
      {R"({"principal": "sam", "role": "support"})",
       R"({"principal": "sam", "role": "support"}, {"principal": "sam", "role": "support"})",
       "policy: assignments[2] stands twice"},
      {R"("prefix": "corp:")", R"("prefix": "")",
       "policy: claims[0].prefix must be a name of 1 to 255 bytes"},
      {R"("prefix": "corp:")", R"("prefix": "other:x")",
       "policy: claims[1].prefix must not begin another issuer's, nor it this one"},
      {R"("https://other.example")", R"("https://id.example")",
       "policy: claims[1].issuer stands twice"},
      {R"("tenant": "/org",)", "",
       "policy: claims[0].roles[0].role is a tenant role, and no claim names the tenant"},
      {R"("/org")", R"("org")", "policy: claims[0].tenant must be a JSON Pointer"},
      {R"("claim": "/groups")", R"("claim": "")",
       "policy: claims[0].roles[0].claim must be a JSON"},
      {R"("value": "eng")", R"("value": "")", "policy: claims[0].roles[0].value must be a name"},
      {R"("/user/id")", R"("/user/~id")", "policy: claims[1].principal must be a JSON Pointer"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.message);
    const auto policy = Policy::parse(replaced(kPolicy, c.from, c.to));
    ASSERT_FALSE(policy);
    EXPECT_EQ(policy.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(policy.error().message.substr(0, std::string_view(c.message).size()), c.message);
  }
}

std::string chain(std::size_t length) {
  std::string roles = R"({"name":"r0","scope":"global","permissions":["a:b"]})";
  for (std::size_t i = 1; i < length; ++i)
    roles += R"(,{"name":"r)" + std::to_string(i) + R"(","scope":"global","inherits":["r)" +
             std::to_string(i - 1) + R"("]})";
  return R"({"id":"p","roles":[)" + roles + "]}";
}

std::string numbered(std::size_t count, const char* before, const char* after) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out += (i == 0 ? "" : ",") + std::string(before) + std::to_string(i) + after;
  return out;
}

TEST(PolicyTest, Limits) {
  const auto roles = [](std::size_t count) {
    return R"({"id":"p","roles":[)" + numbered(count, R"({"name":"r)", R"(","scope":"global"})") +
           "]}";
  };
  const auto permissions = [](std::size_t own, std::size_t inherited) {
    return R"({"id":"p","roles":[{"name":"a","scope":"global","permissions":[)" +
           numbered(inherited, "\"r:x", "\"") +
           R"(]},{"name":"b","scope":"global","inherits":["a"],"permissions":[)" +
           numbered(own, "\"r:y", "\"") + "]}]}";
  };
  const auto assignments = [](std::size_t count) {
    return R"({"id":"p","roles":[{"name":"a","scope":"tenant"}],"assignments":[)" +
           numbered(count, R"({"principal":"p","role":"a","tenant":"t)", "\"}") + "]}";
  };
  EXPECT_TRUE(Policy::parse(chain(9)));
  EXPECT_EQ(code(Policy::parse(chain(10))), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(Policy::parse(roles(256)));
  EXPECT_EQ(code(Policy::parse(roles(257))), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(Policy::parse(permissions(24, 1000)));
  EXPECT_EQ(code(Policy::parse(permissions(25, 1000))), ErrorCode::kResourceExhausted);
  EXPECT_EQ(code(Policy::parse(permissions(0, 1025))), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(Policy::parse(assignments(64)));
  EXPECT_EQ(code(Policy::parse(assignments(65))), ErrorCode::kResourceExhausted);
  EXPECT_EQ(code(Policy::parse(std::string((std::size_t{1} << 20U) + 1, ' '))),
            ErrorCode::kResourceExhausted);
  EXPECT_EQ(code(Policy::parse(std::string(1000, '['))), ErrorCode::kResourceExhausted);
}

// A diamond of many layers has exponentially many paths, and each role is merged once.
TEST(PolicyTest, DiamondsAreLinear) {
  std::string roles = R"({"name":"r0-0","scope":"global","permissions":["a:b"]})";
  std::string below = "\"r0-0\"";
  for (int layer = 1; layer <= 8; ++layer) {
    std::string here;
    for (int i = 0; i < 30; ++i) {
      const std::string name = "r" + std::to_string(layer) + "-" + std::to_string(i);
      roles += R"(,{"name":")" + name + R"(","scope":"global","inherits":[)" + below + "]}";
      here += (i == 0 ? "\"" : ",\"") + name + "\"";
    }
    below = here;
  }
  EXPECT_TRUE(Policy::parse(R"({"id":"p","roles":[)" + roles + "]}"));
}

std::string told(const Result<Principal>& who) {
  if (!who) return std::string(to_string(who.error().code));
  std::string out = who->id;
  for (const Assignment& a : who->roles) out += " " + a.role + "@" + a.scope.tenant_name();
  return out;
}

TEST(PolicyTest, PrincipalsFromClaims) {
  const struct {
    const char* claims;
    const char* want;
  } cases[] = {
      {R"({"iss":"https://id.example","sub":"ann","org":"acme","groups":["ops","eng"]})",
       "corp:ann reader@acme"},
      {R"({"iss":"https://id.example","sub":"ann","org":"acme","groups":"eng"})",
       "corp:ann reader@acme"},
      {R"({"iss":"https://id.example","sub":"ann","org":"acme","realm":{"roles":["lead"]},)"
       R"("groups":["leads"]})",
       "corp:ann maintainer@acme"},
      {R"({"iss":"https://id.example","sub":"ann","department":"support","groups":["eng"]})",
       "corp:ann support@"},
      {R"({"iss":"https://id.example","sub":"ann","org":"acme"})", "corp:ann"},
      // Equal, not contained.
      {R"({"iss":"https://id.example","sub":"ann","org":"acme","groups":"eng ops"})", "corp:ann"},
      {R"({"iss":"https://id.example","sub":"ann","org":"acme","groups":[["eng"],{"eng":1}]})",
       "corp:ann"},
      {R"({"iss":"https://id.example","sub":"ann","org":"acme","groups":{"0":"eng"}})", "corp:ann"},
      {R"({"iss":"https://other.example","user":{"id":"7"}})", "other:7"},
      {R"({"iss":"https://other.example","sub":"7"})", "invalid_argument"},
      {R"({"iss":"https://id.example/","sub":"ann"})", "not_found"},
      {R"({"sub":"ann"})", "invalid_argument"},
      {R"({"iss":["https://id.example"],"sub":"ann"})", "invalid_argument"},
      {R"({"iss":"https://id.example","sub":7})", "invalid_argument"},
      {R"({"iss":"https://id.example","sub":""})", "invalid_argument"},
      {R"({"iss":"https://id.example","sub":"a\u0000nn"})", "invalid_argument"},
      {R"({"iss":"https://id.example","sub":"ann","org":7})", "invalid_argument"},
      {R"({"iss":"https://id.example","sub":"ann","org":null})", "invalid_argument"},
      {R"({"iss":"https://id.example","sub":"ann","sub":"bob"})", "invalid_argument"},
      {R"(["iss"])", "invalid_argument"},
      {"", "invalid_argument"},
      {R"({"x":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]})", "resource_exhausted"},
  };
  const Policy policy = Policy::parse(kPolicy).value();
  for (const auto& c : cases)
    EXPECT_EQ(told(policy.principal_from_claims(c.claims)), c.want) << c.claims;
  const std::string long_name(251, 'x');
  EXPECT_EQ(told(policy.principal_from_claims(R"({"iss":"https://id.example","sub":")" + long_name +
                                              "\"}")),
            "invalid_argument");
}

TEST(PolicyTest, ErrorsHoldNothingOfTheClaims) {
  const Policy policy = Policy::parse(kPolicy).value();
  for (const char* claims : {R"({"iss":"canary"})",
                             R"({"iss":"https://id.example","sub":["canary"]})", R"({"canary")"}) {
    const auto who = policy.principal_from_claims(claims);
    ASSERT_FALSE(who);
    EXPECT_EQ(who.error().message.find("canary"), std::string::npos);
  }
}

}  // namespace
}  // namespace test
