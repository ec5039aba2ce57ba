// A host of the module rbac: what a role says is allowed, and nothing else.
#include <coefficient/rbac/authorizer.h>

#include <cstdlib>

namespace {

namespace rbac = coefficient::rbac;

class NoEvents final : public rbac::Observer {
 public:
  coefficient::Result<> record(const rbac::Event& /*event*/) override { return {}; }
};

}  // namespace

int main() {
  const auto policy = rbac::Policy::parse(R"({"id": "host@1",
    "roles": [{"name": "reader", "scope": "tenant", "permissions": ["repo:read"]}],
    "assignments": [{"principal": "ann", "role": "reader", "tenant": "acme"}]})");
  if (!policy) return EXIT_FAILURE;
  NoEvents observer;
  const auto authorizer = rbac::Authorizer::create(*policy, "host", observer);
  if (!authorizer) return EXIT_FAILURE;
  const auto may = [&](const char* permission, const char* tenant) {
    return (*authorizer)->authorize({.id = "ann"}, permission, rbac::Scope::tenant(tenant)).allowed;
  };
  const bool right =
      may("repo:read", "acme") && !may("repo:write", "acme") && !may("repo:read", "other");
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
