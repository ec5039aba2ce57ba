// audit: reads and writes audit logs. See docs/audit.md and docs/audit-proofs.md.
#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "coefficient/version.h"
#include "tool.h"

// NOLINTNEXTLINE(bugprone-exception-escape): what escapes is std::bad_alloc, which ends the tool
int main(int argc, char** argv) {
  CLI::App app(
      "Reads and writes the audit log in the directory DIR.\n"
      "Exit status: 0 done, 1 refused, 2 usage or environment.\n"
      "audit DIR COMMAND --help tells more.",
      "audit");
  app.set_version_flag("--version", COEFFICIENT_VERSION_STRING);
  app.require_subcommand(1);
  std::function<int()> command;
  std::string directory;
  app.add_option("DIR", directory, "The log's directory")->required();
  const audit_tool::Tool tool{app, directory, directory, command};
  audit_tool::define_init(tool);
  audit_tool::define_append(tool);
  audit_tool::define_reading(tool);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? audit_tool::kDone : audit_tool::kUsage;
  }
  return command();
}
