#ifndef COEFFICIENT_GATEWAY_BACKUP_COMMANDS_H_
#define COEFFICIENT_GATEWAY_BACKUP_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace gateway {

/// `gateway backup` and `gateway restore`.
class BackupCommands {
 public:
  /// Adds the commands. This object must be there when `app` is parsed.
  explicit BackupCommands(CLI::App& app);
  [[nodiscard]] bool parsed() const { return backup_->parsed() || restore_->parsed(); }
  /// Does what was parsed; returns the exit status.
  int run();

 private:
  int run_backup();
  int run_restore();

  CLI::App* backup_;
  CLI::App* restore_;
  std::string from_;
  std::string to_;
  std::string time_;
  std::optional<std::uint64_t> seq_;
  std::string kek_file_;
  std::string shred_ledger_;
  bool base_ = false;
  bool json_ = false;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_BACKUP_COMMANDS_H_
