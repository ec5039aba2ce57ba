#include "init.h"

#include <system_error>
#include <utility>
#include <vector>

#include "admin_token.h"
#include "audit_files.h"
#include "coefficient/core/clock.h"
#include "coefficient/vault/shred_ledger.h"
#include "config.h"
#include "endpoint_secrets.h"
#include "inbox.h"
#include "vault_files.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;

// Files that were made outside of the directory; removed again unless all went well.
class MadeFiles {
 public:
  MadeFiles() = default;
  MadeFiles(const MadeFiles&) = delete;
  MadeFiles& operator=(const MadeFiles&) = delete;
  ~MadeFiles() {
    std::error_code ignored;  // what cannot be removed stands in the way of the next init
    for (const fs::path& path : paths_) fs::remove(path, ignored);
  }
  void add(fs::path path) { paths_.push_back(std::move(path)); }
  void keep() { paths_.clear(); }

 private:
  std::vector<fs::path> paths_;
};

Result<> fill_vault(const Directory& directory, const VaultConfig& config) {
  auto files = VaultFiles::open_or_make(directory, config, coefficient::system_clock());
  if (!files) return files.error();
  if (auto made = renew_admin_key(files->vault()); !made) return made;
  EndpointSecrets secrets(files->vault());
  for (const std::string_view endpoint : kEndpoints) {
    auto secret = fresh_secret();
    if (!secret) return secret.error();
    if (auto put = secrets.put(endpoint, *secret); !put) return put.error();
  }
  return {};
}

}  // namespace

Result<> init_directory(const Directory& directory, std::uint16_t port, const fs::path& kek_file) {
  auto config = place_vault_files(directory, kek_file);
  if (!config) return config.error();
  if (auto made = make_empty_directory(directory.root()); !made) return made;
  MadeFiles outside;
  if (auto made = make_key_file(config->kek_file); !made) return made;
  outside.add(config->kek_file);
  auto ledger = coefficient::vault::FileShredLedger::create(config->shred_ledger);
  if (!ledger) return ledger.error();
  outside.add(config->shred_ledger);
  if (auto filled = fill_vault(directory, *config); !filled) return filled;
  if (auto made = make_missing_audit_logs(directory, coefficient::system_clock()); !made) {
    return made;
  }
  if (auto made = Inbox::create(directory.database()); !made) return made;
  // Last, so that a directory whose init was cut short does not look complete.
  if (auto made = write_new_file(directory.config(), initial_config(port, *config)); !made) {
    return made;
  }
  outside.keep();
  return {};
}

}  // namespace gateway
