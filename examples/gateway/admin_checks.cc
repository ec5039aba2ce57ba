#include "admin_checks.h"

#include <string>
#include <utility>

#include "admin_policy.h"
#include "admin_token.h"
#include "vault_files.h"

namespace gateway {
namespace {

Check check_policy(const AdminConfig& admin) {
  const std::string name = "admin policy";
  auto policy = load_admin_policy(admin);
  if (policy) return passed(name, std::string(policy->id()));
  const bool open = policy.error().code == ErrorCode::kPermissionDenied;
  return failed(name, policy.error().message,
                open ? "run: chmod 0600 '" + admin.policy_file + "', and look who changed it"
                     : "correct the file, or set /admin/policy_file to \"\" for the built-in one");
}

Check check_key(coefficient::vault::Vault& vault, const std::string& root) {
  const std::string name = "admin key";
  auto key = read_admin_key(vault);
  if (key) return passed(name, "is there, " + std::string(to_string(key->algorithm())));
  return failed(name, key.error().message,
                "run: gateway token '" + root + "' --new-key; tokens that are out end with it");
}

}  // namespace

std::vector<Check> examine_admin(const Directory& directory, const Config& config,
                                 const Clock& clock) {
  std::vector<Check> checks;
  if (!config.admin) return checks;
  checks.push_back(check_policy(*config.admin));
  auto files = VaultFiles::open(directory, config.vault, clock);
  if (files) checks.push_back(check_key(files->vault(), directory.root().string()));
  return checks;
}

}  // namespace gateway
