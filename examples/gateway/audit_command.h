#ifndef COEFFICIENT_GATEWAY_AUDIT_COMMAND_H_
#define COEFFICIENT_GATEWAY_AUDIT_COMMAND_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "coefficient/audit/personal.h"
#include "result.h"

namespace gateway {

/// `gateway audit`: the tool `audit` (examples/audit) on the gateway's own logs.
class AuditCommand {
 public:
  /// Adds the command. This object must be there when `app` is parsed.
  explicit AuditCommand(CLI::App& app);
  AuditCommand(const AuditCommand&) = delete;
  AuditCommand& operator=(const AuditCommand&) = delete;
  ~AuditCommand() = default;
  [[nodiscard]] bool parsed() const { return audit_->parsed(); }
  /// Does what was parsed; returns the exit status.
  int run();

 private:
  [[nodiscard]] Result<std::unique_ptr<coefficient::audit::SubjectKeys>> open_keys() const;
  CLI::App* audit_;
  CLI::App* init_;
  std::string directory_;
  bool commands_ = false;
  // What the tool is told: which log, and where it is recorded that it was read.
  std::string log_;
  std::string readings_;
  std::function<int()> command_;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_AUDIT_COMMAND_H_
