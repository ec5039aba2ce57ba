#ifndef COEFFICIENT_GATEWAY_TOKEN_COMMAND_H_
#define COEFFICIENT_GATEWAY_TOKEN_COMMAND_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "admin_token.h"

namespace gateway {

/// `gateway token`.
class TokenCommand {
 public:
  /// Adds the command. This object must be there when `app` is parsed.
  explicit TokenCommand(CLI::App& app);
  [[nodiscard]] bool parsed() const { return token_->parsed(); }
  /// Does what was parsed; returns the exit status.
  int run();

 private:
  [[nodiscard]] int renew_key(coefficient::vault::Vault& vault) const;
  int mint(coefficient::vault::Vault& vault, const coefficient::rbac::Policy& policy,
           const TokenRequest& request) const;

  CLI::App* token_;
  std::string directory_;
  std::vector<std::string> roles_;
  std::string subject_;
  std::uint32_t ttl_ = 3600;
  bool new_key_ = false;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_TOKEN_COMMAND_H_
