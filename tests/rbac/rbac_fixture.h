#ifndef COEFFICIENT_TESTS_RBAC_RBAC_FIXTURE_H_
#define COEFFICIENT_TESTS_RBAC_RBAC_FIXTURE_H_

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/rbac/authorizer.h"

namespace test {

using namespace coefficient;
using namespace coefficient::rbac;
using std::chrono::seconds;

/// Roles of a small company: readers and maintainers of tenants, a support team that is global and
/// may ask for access to a tenant, whose maintainers approve it.
inline constexpr std::string_view kPolicy = R"({
  "id": "company@1",
  "roles": [
    {"name": "reader", "scope": "tenant", "permissions": ["repo:read"]},
    {"name": "maintainer", "scope": "tenant", "inherits": ["reader"],
     "permissions": ["review:*", "access:approve"]},
    {"name": "support", "scope": "global", "permissions": ["access:request", "status:read"]},
    {"name": "support-access", "scope": "tenant", "inherits": ["reader"],
     "permissions": ["log:read", "access:approve"],
     "grant": {"max_seconds": 3600, "request": "access:request", "approve": "access:approve"}}
  ],
  "assignments": [
    {"principal": "svc:ci", "role": "reader", "tenant": "acme"},
    {"principal": "sam", "role": "support"},
    {"principal": "mia", "role": "maintainer", "tenant": "acme"},
    {"principal": "max", "role": "maintainer", "tenant": "globex"}
  ],
  "claims": [
    {"issuer": "https://id.example", "prefix": "corp:", "tenant": "/org", "roles": [
      {"claim": "/groups", "value": "eng", "role": "reader"},
      {"claim": "/realm/roles", "value": "lead", "role": "maintainer"},
      {"claim": "/groups", "value": "leads", "role": "maintainer"},
      {"claim": "/department", "value": "support", "role": "support"}]},
    {"issuer": "https://other.example", "prefix": "other:", "principal": "/user/id", "roles": []}
  ]
})";

inline std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out(text);
  const std::size_t at = out.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return out.replace(at, from.size(), to);
}

inline ErrorCode code(const auto& result) {
  return result ? ErrorCode{0} : result.error().code;
}

/// Keeps what it is told, as text; refuses while `refuses`.
class Log final : public Observer {
 public:
  Result<> record(const Event& event) override {
    if (on_record) on_record(event);
    if (refuses) return Error{ErrorCode::kUnavailable, "the log is full"};
    std::string line(to_string(event.kind));
    line += " by '" + std::string(event.actor) + "'";
    if (event.grant != nullptr) {
      EXPECT_EQ(event.grant->id.size(), 32U);
      line += " " + event.grant->requester + " " + event.grant->role;
    }
    lines.push_back(line);
    return {};
  }
  std::vector<std::string> take() { return std::exchange(lines, {}); }

  bool refuses = false;
  std::function<void(const Event&)> on_record;
  std::vector<std::string> lines;
};

class RbacTest : public ::testing::Test {
 protected:
  static constexpr std::int64_t kStart = 1'700'000'000;
  static Time at(std::int64_t after) { return Time(seconds(kStart + after)); }

  static Policy policy(std::string_view text = kPolicy) {
    auto parsed = Policy::parse(text);
    EXPECT_TRUE(parsed) << parsed.error().message;
    return *parsed;
  }
  std::unique_ptr<Authorizer> open(AuthorizerOptions options = {}) {
    return Authorizer::create(policy(), "boot", log, options, clock).value();
  }
  GrantRequest ask(int duration = 600) const {
    return {"support-access", acme, "ticket 4711", seconds(duration)};
  }
  /// Asks as sam, approves as mia.
  Grant granted(Authorizer& a, int duration = 600) {
    const auto asked = a.request(sam, ask(duration));
    EXPECT_TRUE(asked) << asked.error().message;
    const auto approved = a.approve(mia, asked->id);
    EXPECT_TRUE(approved) << approved.error().message;
    return *approved;
  }

  const Scope acme = Scope::tenant("acme");
  const Scope globex = Scope::tenant("globex");
  const Principal sam{"sam"};
  const Principal mia{"mia"};
  const Principal max{"max"};
  Log log;
  ManualClock clock{at(0)};
};

}  // namespace test

#endif  // COEFFICIENT_TESTS_RBAC_RBAC_FIXTURE_H_
