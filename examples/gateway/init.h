#ifndef COEFFICIENT_GATEWAY_INIT_H_
#define COEFFICIENT_GATEWAY_INIT_H_

#include <cstdint>
#include <filesystem>

#include "directory.h"
#include "result.h"

namespace gateway {

/// Makes the directory (0700) with config.json, a vault with a fresh random secret for each
/// endpoint and an empty inbox; and outside of it the key file (0600; `kek_file` if that is not
/// empty) and the shred ledger, as place_vault_files() says. Nothing is overwritten; after an error
/// the key file and the ledger that it made are gone. Errors: kAlreadyExists if there is anything
/// at these paths but an empty directory, kInvalidArgument, kPermissionDenied, kInternal.
Result<> init_directory(const Directory& directory, std::uint16_t port,
                        const std::filesystem::path& kek_file = {});

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_INIT_H_
