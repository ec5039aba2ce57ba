#ifndef COEFFICIENT_GATEWAY_SECRET_IMPORT_H_
#define COEFFICIENT_GATEWAY_SECRET_IMPORT_H_

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "directory.h"
#include "result.h"

namespace gateway {

struct ImportReport {
  std::vector<std::string> imported;  ///< Names in the vault.
  std::size_t wiped = 0;              ///< Plain files that are gone.
};

/// Moves the plain secret files of a directory of the former layout into its vault: makes the key
/// file, ledger and vault that are missing, puts every file that config.json lists (the first of an
/// endpoint as its newest secret), converts config.json, and then overwrites and removes the files.
/// No file goes before its content was read back from the vault. Whatever interrupts it, running it
/// again, with the same `kek_file`, goes on. Nothing is done to a directory that a gateway serves.
///
/// What was on the disk may still be found by who reads the device: copies of journalling and
/// copy-on-write file systems, spare blocks of flash.
///
/// Errors: kNotFound if there is no such file; kFailedPrecondition if another gateway serves the
/// directory, or for a file that config.json does not list; kInvalidArgument for a configuration
/// or a secret that is refused; those of VaultFiles::open.
Result<ImportReport> import_secrets(const Directory& directory,
                                    const std::filesystem::path& kek_file, const Clock& clock);

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_SECRET_IMPORT_H_
