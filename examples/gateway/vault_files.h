#ifndef COEFFICIENT_GATEWAY_VAULT_FILES_H_
#define COEFFICIENT_GATEWAY_VAULT_FILES_H_

#include <filesystem>
#include <memory>

#include "coefficient/sqlite/vault_store.h"
#include "coefficient/vault/shred_ledger.h"
#include "coefficient/vault/vault.h"
#include "config.h"
#include "directory.h"
#include "result.h"

namespace gateway {

/// Returns where `gateway init` puts the key file and the ledger: beside the directory, DIR.kek and
/// DIR.shredded. Not in it: who copies DIR must not get the key with what it opens, and a database
/// that is put back from a backup must not bring back its own ledger. With `kek_file`, that path.
/// Errors: kInvalidArgument if the key file would lie in DIR.
Result<VaultConfig> place_vault_files(const Directory& directory,
                                      const std::filesystem::path& kek_file = {});

/// Returns whether `path`, links followed as far as they exist, lies in the directory; also true if
/// that cannot be found out.
bool lies_in(const Directory& directory, const std::filesystem::path& path);

/// Makes a key file with a new random key, mode 0600. Errors: those of
/// publish_new_file.
Result<> make_key_file(const std::filesystem::path& path);

/// Returns nothing if the key file is there and closed to all but its owner, who is root or this
/// user. Errors: kNotFound, kPermissionDenied.
Result<> check_key_file(const std::filesystem::path& path);

/// The vault of a gateway's directory and all that it stands on. Open only as long as secrets are
/// read or changed: a gateway that serves does not hold the key, unless it is to encrypt what is
/// personal in its audit log (AuditConfig).
///
/// Thread safety: that of the vault.
class VaultFiles {
 public:
  /// Opens what is there; the key must open the canary. Errors: those of check_key_file, of
  /// LocalKey::from_file, FileShredLedger::open, VaultStore::open and Vault::create, each with what
  /// it is about in front.
  static Result<VaultFiles> open(const Directory& directory, const VaultConfig& config,
                                 const Clock& clock);
  /// The same, but an empty database is made if there is none.
  static Result<VaultFiles> open_or_make(const Directory& directory, const VaultConfig& config,
                                         const Clock& clock);
  [[nodiscard]] coefficient::vault::Vault& vault() const noexcept { return *vault_; }
  [[nodiscard]] coefficient::sqlite::VaultStore& store() const noexcept { return *store_; }

 private:
  VaultFiles() = default;
  static Result<VaultFiles> open_as(const Directory& directory, const VaultConfig& config,
                                    const Clock& clock, bool create);
  // In this order: the vault goes before what it uses.
  std::unique_ptr<coefficient::vault::FileShredLedger> ledger_;
  std::unique_ptr<coefficient::sqlite::VaultStore> store_;
  std::unique_ptr<coefficient::vault::Vault> vault_;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_VAULT_FILES_H_
