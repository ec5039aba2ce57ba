#include "token_command.h"

#include <chrono>
#include <utility>

#include "admin_policy.h"
#include "admin_token.h"
#include "cli.h"
#include "command_audit.h"
#include "directory.h"
#include "service.h"
#include "vault_files.h"
#include "vault_subject_keys.h"
#include "whole_number.h"

namespace gateway {
namespace {

// As the records of what is done with the token name its holder.
Result<coefficient::audit::Field> target_of(const VaultFiles& files,
                                            const coefficient::rbac::Policy& policy,
                                            const TokenRequest& request,
                                            const AuditConfig& config) {
  if (!config.seal_personal) return coefficient::audit::Field(request.subject);
  auto subject = admin_principal(policy, request, coefficient::system_clock());
  if (!subject) return subject.error();
  auto keys = examples::VaultSubjectKeys::open(files.vault());
  if (!keys) return keys.error();
  auto sealed = coefficient::audit::seal_field(**keys, *subject, "target.id", request.subject);
  if (!sealed) return sealed.error();
  return coefficient::audit::Field(*std::move(sealed));
}

}  // namespace

TokenCommand::TokenCommand(CLI::App& app)
    : token_(app.add_subcommand(
          "token", "Print a bearer token for the admin side, and nothing else, to stdout")) {
  token_->add_option("DIR", directory_, "The gateway's directory")->required();
  auto* role = token_->add_option(
      "--role", roles_,
      "What it lets its holder do; may be given more than once. The built-in policy has viewer "
      "(deliveries, receipts), operator (also put dead letters back) and admin");
  token_->add_option("--subject", subject_, "Who is to use it, for the log [uid-N of this user]");
  token_->add_option("--ttl", ttl_, "Seconds that it lives, up to /admin/max_token_seconds")
      ->check(examples::whole_number())
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  role->allow_extra_args(false);  // else it takes DIR for another one
  auto* renew = token_->add_flag(
      "--new-key", new_key_,
      "Make a new signing key instead. A gateway that is started anew then refuses every token of "
      "before: the way to end one that was lost");
  role->excludes(renew);
  token_->footer(
      "Use: curl -H \"Authorization: Bearer $(gateway token DIR --role viewer)\" "
      "http://127.0.0.1:8080/admin/deliveries\nWho has the token has the role until it expires.");
}

int TokenCommand::run() {
  if (!new_key_ && roles_.empty()) {
    return complain({ErrorCode::kInvalidArgument, "a token needs a --role"},
                    "run: gateway token --help");
  }
  const Directory directory(directory_);
  const Clock& clock = coefficient::system_clock();
  const std::string doctor = "run: gateway doctor " + directory_;
  auto config = load_config(directory);
  if (!config) return complain(config.error(), doctor);
  if (!config->admin) {
    return complain({ErrorCode::kFailedPrecondition, "config.json has no admin side"},
                    "add \"admin\": " + std::string(kInitialAdmin));
  }
  const std::chrono::seconds longest = config->admin->max_token_age;
  if (std::chrono::seconds(ttl_) > longest) {
    return complain({ErrorCode::kInvalidArgument,
                     "--ttl is over /admin/max_token_seconds, " + std::to_string(longest.count())});
  }
  auto policy = load_admin_policy(*config->admin);
  if (!policy) return complain(policy.error(), doctor);
  auto files = VaultFiles::open(directory, config->vault, clock);
  if (!files) return complain(files.error(), doctor);
  if (new_key_) {
    return audited(directory, {.action = "token.new_key"},
                   [&] { return renew_key(files->vault()); });
  }
  const TokenRequest request{.subject = subject_.empty() ? this_user() : subject_,
                             .roles = roles_,
                             .ttl = std::chrono::seconds(ttl_)};
  coefficient::audit::Value::Array roles;
  for (const std::string& role : roles_) roles.emplace_back(role);
  auto named = target_of(*files, *policy, request, config->audit);
  if (!named) return complain(named.error(), doctor);
  return audited(
      directory,
      {.action = "token.mint",
       .target = {.type = "user", .id = *std::move(named)},
       .details = {{"roles", std::move(roles)}, {"ttl_seconds", static_cast<std::int64_t>(ttl_)}}},
      [&] { return mint(files->vault(), *policy, request); });
}

int TokenCommand::renew_key(coefficient::vault::Vault& vault) const {
  if (auto made = renew_admin_key(vault); !made) {
    return complain(made.error(), "run: gateway doctor " + directory_);
  }
  return print("made a new admin key; a gateway that serves " + directory_ +
                   " takes it up when it is started anew (SIGTERM, then serve)\n",
               kOk);
}

int TokenCommand::mint(coefficient::vault::Vault& vault, const coefficient::rbac::Policy& policy,
                       const TokenRequest& request) const {
  auto key = read_admin_key(vault);
  if (!key) return complain(key.error(), "run: gateway doctor " + directory_);
  auto token = mint_admin_token(*key, policy, request, coefficient::system_clock());
  if (!token) return complain(token.error());
  return print(*token + "\n", kOk);
}

}  // namespace gateway
