#include "secret_commands.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "audit_files.h"
#include "cli.h"
#include "command_audit.h"
#include "directory.h"
#include "log.h"
#include "rfc3339.h"
#include "secret_import.h"
#include "service.h"
#include "vault_files.h"

namespace gateway {
namespace {

using Json = nlohmann::ordered_json;
using coefficient::SecretBytes;

}  // namespace

SecretCommands::SecretCommands(CLI::App& app)
    : secret_(app.add_subcommand("secret", "Keep the webhook secrets in the vault")),
      put_(add("put", "Put the secret that a sender gave you; it replaces the newest")),
      list_(secret_->add_subcommand("list", "List names, versions and ages, as JSON; no value")),
      rotate_(add("rotate",
                  "Add a new secret; the old one stays valid until retire. Fresh and random, or "
                  "with --in the sender's own (- for standard input)")),
      retire_(add("retire", "End a rotation: only the newest secret stays valid")),
      export_(add("export",
                  "Print the newest secret, in clear, to standard output, for pasting it at the "
                  "sender. Mind who sees the screen and what records it")),
      import_(secret_->add_subcommand(
          "import", "Move the plain files of DIR/secrets into the vault, then wipe them")) {
  secret_->require_subcommand(1);
  put_->add_option("--in", file_, "The file (0600) that has it [standard input]");
  rotate_->add_option("--in", file_, "The file (0600) that has it; - for standard input");
  list_->add_option("DIR", directory_, "The gateway's directory")->required();
  import_->add_option("DIR", directory_, "The gateway's directory")->required();
  import_->add_option("--kek-file", kek_file_, "Where to make the key file [DIR.kek]");
}

CLI::App* SecretCommands::add(const char* name, const char* description) {
  CLI::App* command = secret_->add_subcommand(name, description);
  command->add_option("ENDPOINT", endpoint_, "Whose secret it is")
      ->required()
      ->check(CLI::IsMember({"github", "slack", "paystack"}));
  command->add_option("--dir", directory_, "The gateway's directory")->required();
  return command;
}

int SecretCommands::run() {
  if (import_->parsed()) return run_import();
  const Directory directory(directory_);
  const std::string doctor = "run: gateway doctor " + directory_;
  auto config = load_config(directory);
  if (!config) return complain(config.error(), doctor);
  auto files = VaultFiles::open(directory, config->vault, coefficient::system_clock());
  if (!files) return complain(files.error(), doctor);
  EndpointSecrets secrets(files->vault());
  if (list_->parsed()) return run_list(secrets);
  const auto audited_as = [&](const char* action, const std::function<int()>& deed) {
    return audited(directory, {.action = action, .target = {.type = "secret", .id = endpoint_}},
                   deed);
  };
  if (put_->parsed()) return audited_as("secret.put", [&] { return run_put(secrets); });
  if (rotate_->parsed()) return audited_as("secret.rotate", [&] { return run_rotate(secrets); });
  if (retire_->parsed()) return audited_as("secret.retire", [&] { return run_retire(secrets); });
  return audited_as("secret.export", [&] { return run_export(secrets); });
}

// Standard input must be a pipe or a file: a terminal would show the secret.
Result<SecretBytes> SecretCommands::given_secret() const {
  if (!file_.empty() && file_ != "-") return read_secret_file(file_);
  if (::isatty(STDIN_FILENO) == 1) {
    return Error{ErrorCode::kInvalidArgument,
                 "a terminal would show the secret; use --in FILE, or pipe it to standard input"};
  }
  return read_secret(STDIN_FILENO);
}

std::string SecretCommands::restart_hint() const {
  return "a gateway that serves " + directory_ +
         " takes it up when it is started anew (SIGTERM, then serve)\n";
}

int SecretCommands::run_put(EndpointSecrets& secrets) const {
  auto secret = given_secret();
  if (!secret) return complain(secret.error());
  auto name = secrets.put(endpoint_, *secret);
  if (!name) return complain(name.error());
  return print("put " + *name + "; " + restart_hint(), kOk);
}

int SecretCommands::run_rotate(EndpointSecrets& secrets) const {
  auto secret = file_.empty() ? fresh_secret() : given_secret();
  if (!secret) return complain(secret.error());
  auto name = secrets.rotate(endpoint_, *secret);
  if (!name) return complain(name.error());
  return print("added " + *name + ", and the one before stays valid; " + restart_hint() +
                   "next: gateway secret export " + endpoint_ + " --dir " + directory_ +
                   ", and enter it at the sender;\n      then gateway secret retire " + endpoint_ +
                   " --dir " + directory_ + "\n",
               kOk);
}

int SecretCommands::run_retire(EndpointSecrets& secrets) const {
  auto names = secrets.retire(endpoint_);
  if (!names) return complain(names.error());
  std::string list;
  for (const std::string& name : *names) list += (list.empty() ? "" : ", ") + name;
  return print("retired " + list + "; a gateway that serves " + directory_ +
                   " takes it until it is started anew (SIGTERM, then serve)\n",
               kOk);
}

int SecretCommands::run_export(const EndpointSecrets& secrets) const {
  auto secret = secrets.newest(endpoint_);
  if (!secret) return complain(secret.error());
  const auto bytes = secret->bytes.expose();
  const bool written =
      write_all(STDOUT_FILENO, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}) &&
      write_all(STDOUT_FILENO, "\n");
  return written ? kOk : kCannot;
}

int SecretCommands::run_list(const EndpointSecrets& secrets) const {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  Json list = Json::array();
  for (const std::string_view endpoint : kEndpoints) {
    auto valid = secrets.all(endpoint);
    if (!valid) return complain(valid.error(), "run: gateway doctor " + directory_);
    for (const EndpointSecret& secret : *valid) {
      list.push_back({{"name", secret.name},
                      {"version", secret.version},
                      {"newest", &secret == valid->data()},
                      {"updated", examples::rfc3339(secret.updated_at)},
                      {"age_seconds", (now - secret.updated_at).count()}});
    }
  }
  return print(Json{{"secrets", std::move(list)}}.dump(2) + "\n", kOk);
}

int SecretCommands::run_import() {
  const Directory directory(directory_);
  // The former layout is of before there were audit logs.
  std::error_code ec;
  if (std::filesystem::is_directory(directory.former_secrets(), ec)) {
    auto made = make_missing_audit_logs(directory, coefficient::system_clock());
    if (!made) return complain(made.error());
  }
  return audited(directory, {.action = "secret.import"}, [&] { return import_files(directory); });
}

int SecretCommands::import_files(const Directory& directory) const {
  auto report = import_secrets(directory, kek_file_, coefficient::system_clock());
  if (!report) return complain(report.error());
  std::string text;
  for (const std::string& name : report->imported) text += "in the vault: " + name + "\n";
  return print(text + "wiped and removed: " + std::to_string(report->wiped) +
                   " files of secrets/\nnext: gateway doctor " + directory_ + "\n",
               kOk);
}

}  // namespace gateway
