// A policy text that is accepted decides totally: whatever the claims and the permission, and
// nothing is allowed in a tenant in which nobody holds a role.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "coefficient/rbac/authorizer.h"

using namespace coefficient;
using namespace coefficient::rbac;

namespace {

class Accepts final : public Observer {
 public:
  Result<> record(const Event&) override { return {}; }
};

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Claims may follow a policy, after a line feed that JSON does not need.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = text.find("\n\n");
  const auto policy = Policy::parse(text.substr(0, cut));
  if (!policy) {
    require(policy.error().message.starts_with("policy: "));
    return 0;
  }
  Principal who{"svc:ci"};
  if (cut != std::string_view::npos) {
    auto read = policy->principal_from_claims(text.substr(cut + 2));
    if (read)
      who = *std::move(read);
    else
      require(read.error().message.starts_with("claims: "));
  }
  Accepts observer;
  const Principal nobody{"\x01"};
  const auto authorizer = Authorizer::create(*policy, "fuzz", observer).value();
  for (const Scope& scope : {Scope::global(), Scope::tenant("acme"), Scope::tenant("\x02")}) {
    require(!authorizer->authorize(nobody, "repo:read", scope));
    const Decision decision = authorizer->authorize(who, "repo:read", scope);
    require(!explain(decision).empty());
    require(scope.tenant_name() != "\x02" || !decision.allowed);
    require(!authorizer->authorize(who, "repo:*", scope).allowed);
  }
  return 0;
}
