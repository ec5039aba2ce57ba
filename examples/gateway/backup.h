#ifndef COEFFICIENT_GATEWAY_BACKUP_H_
#define COEFFICIENT_GATEWAY_BACKUP_H_

#include <filesystem>
#include <string>
#include <vector>

#include "coefficient/sqlite/archive.h"
#include "directory.h"
#include "result.h"

namespace gateway {

struct BackupReport {
  bool base_taken = false;                    ///< A snapshot was added.
  coefficient::sqlite::ShipReport shipped;    ///< Transactions added after the newest snapshot.
  coefficient::sqlite::VerifyReport archive;  ///< All of it, read again.
};

/// Backs up a gateway's directory to `to`, which is made if it does not exist; also while the
/// gateway serves it:
///
///     to/vault/       every state of the vault since the first backup (sqlite::Archive)
///     to/config.json  the configuration as it is now
///
/// Not the key file and not the shred ledger, which are not to be where the backup is, and not the
/// inbox. The key file is not read. The first backup takes a base snapshot, as does `new_base`. A
/// directory has one backup: what is shipped to one is not shipped to another. Errors:
/// kFailedPrecondition if `to` is another one than before, without `new_base`; kInvalidArgument if
/// `to` lies in the directory, or the key file or the ledger in `to`; those of load_config,
/// VaultStore::open and Archive.
Result<BackupReport> back_up(const Directory& directory, const std::filesystem::path& to,
                             bool new_base, const Clock& clock,
                             const coefficient::sqlite::ProgressCallback& progress);

struct RestoreRequest {
  std::filesystem::path from;  ///< What back_up() made.
  coefficient::sqlite::RestoreTarget target;
  std::filesystem::path kek_file;      ///< Instead of the one in the configuration, if not empty.
  std::filesystem::path shred_ledger;  ///< Likewise.
};

struct RestoredDirectory {
  coefficient::sqlite::RestoreReport vault;
  std::vector<std::string> secrets;  ///< Names of those that are valid in it.
};

/// Makes a gateway's directory again, in `into`, which must be empty or not exist: the vault as it
/// was, the newest configuration, an empty inbox. The vault is opened, so that the key fits and
/// what was destroyed stays destroyed; the key file and the ledger must be there. After an error
/// `into` holds none of it. Errors: kInvalidArgument if the key file would lie in `into`; kNotFound
/// if there is no backup, or none that goes back to the time; those of Archive::restore and
/// VaultFiles::open.
Result<RestoredDirectory> restore(const RestoreRequest& request, const Directory& into,
                                  const Clock& clock,
                                  const coefficient::sqlite::ProgressCallback& progress);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_BACKUP_H_
