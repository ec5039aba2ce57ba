#include "vault_checks.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "coefficient/vault/shred_ledger.h"
#include "endpoint_secrets.h"
#include "service.h"
#include "vault_files.h"

namespace gateway {
namespace {

namespace vault = coefficient::vault;

// "github/2 (0 days old), github/1 (91 days old)".
std::string listed(const std::vector<EndpointSecret>& secrets, const Clock& clock) {
  std::string out;
  for (const EndpointSecret& secret : secrets) {
    const auto age = std::chrono::floor<std::chrono::days>(clock.now() - secret.updated_at);
    out +=
        (out.empty() ? "" : ", ") + secret.name + " (" + std::to_string(age.count()) + " days old)";
  }
  return out;
}

class VaultExamination {
 public:
  VaultExamination(const Directory& directory, const Config& config, const Clock& clock)
      : directory_(directory), config_(config), clock_(clock) {}

  std::vector<Check> run() {
    check_key();
    check_ledger();
    checks_.push_back(
        check_mode("vault", directory_.vault(), S_IFDIR, 0700, from_backup_ + " or a new DIR"));
    checks_.push_back(check_mode("vault.db", directory_.vault() / "vault.db", S_IFREG, 0600,
                                 from_backup_ + " or a new DIR"));
    if (all_ok(checks_)) check_content();
    return std::move(checks_);
  }

 private:
  void pass(std::string name, std::string detail) {
    checks_.push_back(passed(std::move(name), std::move(detail)));
  }
  void fail(std::string name, std::string detail, std::string fix) {
    checks_.push_back(failed(std::move(name), std::move(detail), std::move(fix)));
  }

  void check_key() {
    const std::string& path = config_.vault.kek_file;
    const std::string name = "key file";
    if (auto closed = check_key_file(path); !closed) {
      const bool missing = closed.error().code == ErrorCode::kNotFound;
      return fail(name, closed.error().message,
                  missing ? "put your copy of it back at " + path +
                                ", or correct /vault/kek_file; nothing else opens the vault"
                          : "run: chown " + std::to_string(::geteuid()) + " '" + path +
                                "' and chmod 0600 '" + path +
                                "'; if others could read it, make every sender's secret anew");
    }
    if (lies_in(directory_, path)) {
      return fail(name, path + ": lies in DIR, so that a copy of DIR has it",
                  "move it elsewhere and correct /vault/kek_file");
    }
    pass(name, path + ", closed to others");
  }

  void check_ledger() {
    const std::string& path = config_.vault.shred_ledger;
    auto ledger = vault::FileShredLedger::open(path);
    auto entries = ledger ? (*ledger)->read() : ledger.error();
    if (!entries) {
      return fail("shred ledger", entries.error().message,
                  "put your copy of it back at " + path + ", or correct /vault/shred_ledger");
    }
    if (lies_in(directory_, path)) {
      return fail("shred ledger", path + ": lies in DIR, so that an old copy of DIR has an old one",
                  "move it elsewhere and correct /vault/shred_ledger");
    }
    pass("shred ledger", path + ", " + std::to_string(entries->size()) + " entries");
  }

  // The canary is part of opening.
  void check_content() {
    {
      auto files = VaultFiles::open(directory_, config_.vault, clock_);
      if (!files) {
        return fail(
            "canary", files.error().message,
            "put the key file of this vault at " + config_.vault.kek_file + ", or " + from_backup_);
      }
      pass("canary", "the key file opens it");
      const EndpointSecrets secrets(files->vault());
      for (const EndpointConfig& endpoint : config_.endpoints) check_secrets(secrets, endpoint);
    }
    auto routes = load_routes(directory_, config_, clock_);
    if (routes) return pass("verifiers", std::to_string(routes->size()) + " endpoints");
    fail("verifiers", routes.error().message, "mend the secret that it names");
  }

  void check_secrets(const EndpointSecrets& secrets, const EndpointConfig& endpoint) {
    const std::string name = "secret of " + endpoint.name;
    auto valid = secrets.all(endpoint.name);
    if (!valid) return fail(name, valid.error().message, from_backup_);
    if (valid->empty()) {
      return fail(name, "is missing",
                  "run: gateway secret put " + endpoint.name + " --dir '" +
                      directory_.root().string() + "' --in FILE");
    }
    pass(name, listed(*valid, clock_));
  }

  const Directory& directory_;
  const Config& config_;
  const Clock& clock_;
  const std::string from_backup_ = "restore the vault: gateway restore TO INTO";
  std::vector<Check> checks_;
};

}  // namespace

std::vector<Check> examine_vault(const Directory& directory, const Config& config,
                                 const Clock& clock) {
  return VaultExamination(directory, config, clock).run();
}

}  // namespace gateway
