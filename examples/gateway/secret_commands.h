#ifndef COEFFICIENT_GATEWAY_SECRET_COMMANDS_H_
#define COEFFICIENT_GATEWAY_SECRET_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <string>

#include "directory.h"
#include "endpoint_secrets.h"

namespace gateway {

/// `gateway secret put | list | rotate | retire | export | import`.
class SecretCommands {
 public:
  /// Adds the commands. This object must be there when `app` is parsed.
  explicit SecretCommands(CLI::App& app);
  [[nodiscard]] bool parsed() const { return secret_->parsed(); }
  /// Does what was parsed; returns the exit status.
  int run();

 private:
  CLI::App* add(const char* name, const char* description);
  int run_import();
  [[nodiscard]] int import_files(const Directory& directory) const;
  [[nodiscard]] int run_list(const EndpointSecrets& secrets) const;
  int run_put(EndpointSecrets& secrets) const;
  int run_rotate(EndpointSecrets& secrets) const;
  int run_retire(EndpointSecrets& secrets) const;
  [[nodiscard]] int run_export(const EndpointSecrets& secrets) const;
  [[nodiscard]] Result<coefficient::SecretBytes> given_secret() const;
  [[nodiscard]] std::string restart_hint() const;

  CLI::App* secret_;
  CLI::App* put_;
  CLI::App* list_;
  CLI::App* rotate_;
  CLI::App* retire_;
  CLI::App* export_;
  CLI::App* import_;
  std::string directory_;
  std::string endpoint_;
  std::string file_;
  std::string kek_file_;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_SECRET_COMMANDS_H_
