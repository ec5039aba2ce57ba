// A support engineer gets into a tenant for ten minutes, because somebody of the tenant let them.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "coefficient/rbac/authorizer.h"

namespace {

// [observer]
namespace rbac = coefficient::rbac;

class AuditLog final : public rbac::Observer {
 public:
  // A real one writes to disk and returns an error if it cannot: then nothing is given.
  coefficient::Result<> record(const rbac::Event& event) override {
    std::cout << to_string(event.kind) << " by '" << event.actor << "'\n";
    return {};
  }
};
// [observer]

// [policy]
constexpr std::string_view kPolicy = R"({
  "id": "example@1",
  "roles": [
    {"name": "reader", "scope": "tenant", "permissions": ["repo:read"]},
    {"name": "owner", "scope": "tenant", "inherits": ["reader"],
     "permissions": ["repo:*", "access:approve"]},
    {"name": "support", "scope": "global", "permissions": ["access:request"]},
    {"name": "support-access", "scope": "tenant", "inherits": ["reader"], "permissions": ["log:read"],
     "grant": {"max_seconds": 3600, "request": "access:request", "approve": "access:approve"}}
  ],
  "assignments": [{"principal": "svc:ci", "role": "reader", "tenant": "acme"}],
  "claims": [
    {"issuer": "https://id.example", "prefix": "corp:", "tenant": "/org", "roles": [
      {"claim": "/groups", "value": "owners", "role": "owner"},
      {"claim": "/groups", "value": "support", "role": "support"}]}
  ]
})";
// [policy]

int fail(const coefficient::Error& error) {
  std::cerr << error.message << '\n';
  return EXIT_FAILURE;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): what escapes is std::bad_alloc, which ends the program
int main() {
  coefficient::ManualClock clock{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};
  // [create]
  AuditLog log;
  auto policy = rbac::Policy::parse(kPolicy);
  if (!policy) return fail(policy.error());
  auto authorizer = rbac::Authorizer::create(*policy, "deploy-17", log, {}, clock);
  if (!authorizer) return fail(authorizer.error());
  // [create]

  // [authorize]
  // The payloads of two tokens that the host has verified.
  const auto olga = policy->principal_from_claims(
      R"({"iss":"https://id.example","sub":"olga","org":"acme","groups":["owners"]})");
  const auto sam = policy->principal_from_claims(
      R"({"iss":"https://id.example","sub":"sam","groups":["support"]})");
  if (!olga || !sam) return EXIT_FAILURE;
  const auto acme = rbac::Scope::tenant("acme");
  const auto show = [&](const rbac::Principal& who, std::string_view permission) {
    std::cout << who.id << ' ' << permission << ": "
              << explain((*authorizer)->authorize(who, permission, acme)) << '\n';
  };
  show(*olga, "repo:delete");
  show(*sam, "log:read");
  // [authorize]

  // [escalate]
  const auto asked = (*authorizer)
                         ->request(*sam, {.role = "support-access",
                                          .scope = acme,
                                          .reason = "ticket 4711",
                                          .duration = std::chrono::minutes(10)});
  if (!asked) return fail(asked.error());
  const auto own = (*authorizer)->approve(*sam, asked->id);
  std::cout << (own ? "approved" : own.error().message) << '\n';
  const auto approved = (*authorizer)->approve(*olga, asked->id);
  if (!approved) return fail(approved.error());
  std::cout << ((*authorizer)->authorize(*sam, "log:read", acme) ? "in" : "out") << '\n';
  clock.advance(std::chrono::minutes(10));
  std::cout << ((*authorizer)->authorize(*sam, "log:read", acme) ? "in" : "out") << '\n';
  // [escalate]
  const auto recorded = (*authorizer)->expire();
  return recorded ? EXIT_SUCCESS : fail(recorded.error());
}
