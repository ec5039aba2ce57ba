#include "audit_command.h"

#include "../audit/tool.h"
#include "audit_files.h"
#include "cli.h"
#include "coefficient/core/clock.h"
#include "directory.h"
#include "service.h"
#include "subject_keys.h"

namespace gateway {

AuditCommand::AuditCommand(CLI::App& app)
    : audit_(app.add_subcommand(
          "audit",
          "Verify, search, export and prove the gateway's audit logs, also while it serves.\n"
          "gateway audit DIR COMMAND --help tells more")),
      init_(audit_->add_subcommand("init",
                                   "Make the logs that are missing, for a directory that is older "
                                   "than they are")) {
  audit_->add_option("DIR", directory_, "The gateway's directory")->required();
  audit_->add_flag("--cli", commands_,
                   "The log of commands, DIR/audit-cli, and not that of serve, DIR/audit");
  audit_->require_subcommand(1);
  audit_->footer(
      "That something was read or erased is recorded in DIR/audit-cli. checkpoint, prune and "
      "rotate\n"
      "write: not to the log of a gateway that serves.\n"
      "Exit status: 0 done, 1 refused, 2 usage or environment.");
  audit_tool::define_reading({*audit_, log_, readings_, command_, [this] { return open_keys(); }});
}

Result<std::unique_ptr<coefficient::audit::SubjectKeys>> AuditCommand::open_keys() const {
  const Directory directory(directory_);
  auto config = load_config(directory);
  if (!config) return config.error();
  auto keys = SubjectKeys::open(directory, config->vault, coefficient::system_clock());
  if (!keys) return keys.error();
  return std::unique_ptr<coefficient::audit::SubjectKeys>(*std::move(keys));
}

int AuditCommand::run() {
  const Directory directory(directory_);
  if (init_->parsed()) {
    auto made = make_missing_audit_logs(directory, coefficient::system_clock());
    return made ? kOk : complain(made.error());
  }
  log_ = (commands_ ? directory.command_audit() : directory.audit()).string();
  readings_ = directory.command_audit().string();
  return command_();
}

}  // namespace gateway
