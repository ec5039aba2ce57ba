#ifndef EXAMPLES_VAULT_SETTINGS_H_
#define EXAMPLES_VAULT_SETTINGS_H_

#include <filesystem>
#include <string>
#include <vector>

#include "coefficient/core/result.h"

namespace vault_tool {

inline constexpr const char* kSettingsName = "vault.json";
inline constexpr const char* kKekVariable = "COEFFICIENT_VAULT_KEK";

/// Where a key-encryption key comes from: a file, or the environment variable kKekVariable.
struct KekSource {
  std::filesystem::path file;  ///< Absolute; empty: the environment.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const KekSource&, const KekSource&) = default;
};

/// DIR/vault.json: where the parts of a vault are that are not in its database. No secret is in it,
/// but who can change it decides which ledger is believed.
struct Settings {
  std::vector<KekSource> keks;  ///< The current one first.
  std::filesystem::path ledger;
  std::filesystem::path archive;
};

/// Errors: kNotFound, kPermissionDenied, kUnavailable; kDataLoss if it is not such a file.
coefficient::Result<Settings> load_settings(const std::filesystem::path& directory);
/// Replaces it. Hold the directory's exclusive lock.
coefficient::Result<> save_settings(const std::filesystem::path& directory,
                                    const Settings& settings);

/// Returns the absolute path of a directory, which need not exist, with links resolved. Error:
/// kInvalidArgument.
coefficient::Result<std::filesystem::path> directory_path(const std::string& path);
/// Likewise of a file, but a file that is a link stays one: Kubernetes replaces what it leads to.
coefficient::Result<std::filesystem::path> file_path(const std::string& path);
/// Returns whether `path` lies in `directory`; both as the functions above return them.
bool is_inside(const std::filesystem::path& path, const std::filesystem::path& directory);

}  // namespace vault_tool

#endif  // EXAMPLES_VAULT_SETTINGS_H_
