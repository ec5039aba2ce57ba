#ifndef EXAMPLES_VAULT_KEK_FILE_H_
#define EXAMPLES_VAULT_KEK_FILE_H_

#include <filesystem>
#include <string>

#include "coefficient/core/result.h"

namespace vault_tool {

/// Makes a file with a new random key, of mode 0600. An empty id is chosen at random. Errors:
/// kAlreadyExists, kInvalidArgument on the id, those of errno.
coefficient::Result<> make_kek_file(const std::filesystem::path& path, const std::string& id);

}  // namespace vault_tool

#endif  // EXAMPLES_VAULT_KEK_FILE_H_
