#include "admin_policy.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "directory.h"

namespace gateway {
namespace {

namespace rbac = coefficient::rbac;

constexpr std::string_view kBuiltIn = R"({
  "id": "gateway-admin@1",
  "roles": [
    {"name": "viewer", "scope": "global", "permissions": ["delivery:list", "receipt:read"]},
    {"name": "operator", "scope": "global", "inherits": ["viewer"],
     "permissions": ["delivery:requeue"]},
    {"name": "admin", "scope": "global", "inherits": ["operator"],
     "permissions": ["delivery:*", "receipt:*"]}
  ],
  "assignments": [],
  "claims": [
    {"issuer": "gateway", "prefix": "token:", "roles": [
      {"claim": "/roles", "value": "viewer", "role": "viewer"},
      {"claim": "/roles", "value": "operator", "role": "operator"},
      {"claim": "/roles", "value": "admin", "role": "admin"}]}
  ]
})";

constexpr std::size_t kMaxPolicyBytes = std::size_t{1} << 20U;

Result<> check_owner(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return Error{ErrorCode::kNotFound, path + ": is missing"};
  if ((info.st_uid != 0 && info.st_uid != ::geteuid()) || (info.st_mode & 022U) != 0) {
    return Error{ErrorCode::kPermissionDenied, path + ": other users can change it"};
  }
  return {};
}

Result<rbac::Policy> read_policy(const std::string& path) {
  if (auto checked = check_owner(path); !checked) return checked.error();
  auto text = read_file(path, kMaxPolicyBytes);
  if (!text) return text.error();
  auto policy = rbac::Policy::parse(*text);
  if (!policy) return at(path, policy.error());
  // Any subject: what is asked is whether there is a mapping at all.
  if (auto mapped = policy->principal_from_claims(R"({"iss":"gateway","sub":"x"})");
      !mapped && mapped.error().code == ErrorCode::kNotFound) {
    return Error{ErrorCode::kInvalidArgument, path + ": has no claims of the issuer \"gateway\""};
  }
  return policy;
}

}  // namespace

std::string_view built_in_admin_policy() noexcept {
  return kBuiltIn;
}

Result<rbac::Policy> load_admin_policy(const AdminConfig& config) {
  if (config.policy_file.empty()) return rbac::Policy::parse(kBuiltIn);
  return read_policy(config.policy_file);
}

}  // namespace gateway
