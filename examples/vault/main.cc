// vault: keeps secrets in a directory, encrypted at rest. See docs/vault-tool.md.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <functional>
#include <string>

#include "coefficient/version.h"
#include "commands.h"
#include "output.h"
#include "whole_number.h"

namespace vault_tool {
namespace {

using Command = int (*)(const Arguments&);

/// One command line: the application, what it parsed, and which command was asked for.
class CommandLine {
 public:
  CommandLine()
      : app_(
            "Keeps secrets in the directory DIR, encrypted at rest. Secrets pass through files,\n"
            "standard input and output only, never through arguments or the environment.\n"
            "Exit status: 0 done, 1 refused or not found, 2 usage or environment.\n"
            "vault DIR COMMAND --help tells more.",
            "vault") {
    app_.set_version_flag("--version", COEFFICIENT_VERSION_STRING);
    app_.add_option("DIR", a_.directory, "The vault's directory")->required();
    app_.require_subcommand(1);
    define_records();
    define_keys();
    define_backups();
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ExtrasError&) {
      // What was not expected is not repeated: it may be a secret, and standard error is logged.
      return fail(kUsage, "there are more arguments than the command takes; see --help");
    } catch (const CLI::ConversionError&) {
      // As of --kek-environment=KEY, which takes no value.
      return fail(kUsage, "an option has a value that it does not take; see --help");
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? kDone : kUsage;
    }
    return command_(a_);
  }

 private:
  CLI::App* add(const char* name, const char* description, Command command) {
    CLI::App* const sub = app_.add_subcommand(name, description);
    sub->add_flag("--json", a_.json, "Write JSON");
    sub->add_flag("--require-locked", a_.require_locked, "Fail if keys could be swapped to disk");
    sub->callback([this, command] { command_ = command; });
    return sub;
  }
  CLI::Option* add_tenant(CLI::App* sub) {
    return sub->add_option("TENANT", a_.tenant, "Whose it is")->required();
  }
  void add_ref(CLI::App* sub) {
    add_tenant(sub);
    sub->add_option("KIND", a_.kind, "E.g. oauth_token")->required();
    sub->add_option("NAME", a_.name, "E.g. github")->required();
  }
  void add_expect(CLI::App* sub) {
    sub->add_option("--expect", a_.expected_version,
                    "Only if this is the version now; 0: if there never was one")
        ->check(examples::whole_number())
        ->type_name("N");
  }
  CLI::Option* add_kek_files(CLI::App* sub, const char* name, const char* what) {
    return sub->add_option(name, a_.kek_files, what)
        ->type_name("FILE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  CLI::Option* add_kek_environment(CLI::App* sub, const char* name) {
    return sub->add_flag(name, a_.kek_environment,
                         "Take a key-encryption key from the environment variable\n"
                         "COEFFICIENT_VAULT_KEK, which holds what a key file holds");
  }
  void add_kek_id(CLI::App* sub) {
    sub->add_option("--kek-id", a_.kek_id, "The id of a key that is made; default: a random one")
        ->type_name("ID");
  }
  void add_ledger(CLI::App* sub, const char* what) {
    sub->add_option("--ledger", a_.ledger, what)->type_name("FILE");
  }
  void add_archive(CLI::App* sub, const char* what) {
    sub->add_option("--archive", a_.archive, what)->type_name("ADIR");
  }

  void define_records() {
    CLI::App* sub = add("init",
                        "Make a vault. Its key and its shred ledger lie beside DIR, not in it, so\n"
                        "that a copy of DIR holds no key and an old copy does not undo a shred.\n"
                        "In a DIR that has a vault.db it only writes vault.json anew",
                        init);
    add_kek_files(sub, "--kek-file",
                  "The key-encryption key; a new one is made if there is no such file. For a\n"
                  "vault.db that has lost its vault.json: each key in use, the current one first");
    add_kek_environment(sub, "--kek-environment");
    add_kek_id(sub);
    add_ledger(sub, "The shred ledger; default: DIR.ledger");
    add_archive(sub, "Where backups go; default: DIR/archive");
    sub = add("put", "Store a secret: all of standard input, or of a file", put);
    add_ref(sub);
    add_expect(sub);
    sub->add_option("--in", a_.in_file, "Read this file instead")->type_name("FILE");
    sub->add_flag("--strip-newline", a_.strip_newline, "Without the newline at its end");
    sub = add("get", "Write exactly the bytes of a secret to standard output", get);
    add_ref(sub);
    sub->add_option("--out", a_.out_file,
                    "Make this file, which must not exist, with mode 0600 instead")
        ->type_name("FILE");
    sub = add("list",
              "List the tenants, or a tenant's records: kind, name, version, time. With\n"
              "--json one object a line",
              list);
    add_tenant(sub)->required(false);
    sub->add_flag("--all", a_.all, "Removed ones, too");
    sub = add("rm", "Remove a secret", remove);
    add_ref(sub);
    add_expect(sub);
  }

  void define_keys() {
    CLI::App* sub =
        add("rotate", "Give a tenant a new data key for what is put from now on", rotate);
    add_tenant(sub);
    sub = add("rewrap",
              "Put all data keys under another key-encryption key, or go on with that. It can be\n"
              "interrupted at any point and called again",
              rewrap);
    CLI::Option* const file =
        add_kek_files(sub, "--to-kek-file", "The other key; it is made if there is no such file")
            ->multi_option_policy(CLI::MultiOptionPolicy::Throw);
    add_kek_environment(sub, "--to-kek-environment")->excludes(file);
    add_kek_id(sub);
    sub = add("shred", "Destroy all secrets of a tenant, and its name, for good", shred);
    add_tenant(sub);
    sub->add_flag("--yes", a_.yes, "Do it");
    sub = add("destroy-kek", "Retire a key-encryption key under which nothing is wrapped any more",
              destroy_kek);
    sub->add_option("ID", a_.kek_id, "The id of the key")->required();
  }

  void define_backups() {
    CLI::App* sub =
        add("backup", "Ship what was written since the last backup to the archive", backup);
    sub->add_flag("--base", a_.base, "Also take a snapshot of the whole database");
    sub =
        add("restore",
            "Make the vault of a point in time again, in the new directory INTO. It is used with\n"
            "the same keys and shred ledger. If DIR is lost, give all of --archive, --ledger\n"
            "and --kek-file or --kek-environment",
            restore);
    CLI::Option* const time =
        sub->add_option("--to", a_.to_time, "The last moment, e.g. 2026-11-24T23:08:20.123Z")
            ->type_name("TIME");
    sub->add_option("--seq", a_.to_seq, "The last transaction; default: the archive's last")
        ->check(examples::whole_number())
        ->type_name("N")
        ->excludes(time);
    add_kek_files(sub, "--kek-file", "One more key; may be repeated");
    add_kek_environment(sub, "--kek-environment");
    add_ledger(sub, "Another shred ledger");
    add_archive(sub, "Another archive");
    sub->add_option("INTO", a_.into, "The directory; empty, or it is made")->required();
    sub =
        add("prune",
            "Remove from the archive what no point that is to be kept needs. The shred ledger is\n"
            "not touched. It can be interrupted at any point and called again",
            prune);
    CLI::Option* const since =
        sub->add_option("--keep-since", a_.keep_since, "Keep this moment and all later ones")
            ->type_name("TIME");
    sub->add_option("--keep-seq", a_.keep_seq, "Keep this transaction and all later ones")
        ->check(examples::whole_number())
        ->type_name("N")
        ->excludes(since);
    sub->add_flag("--dry-run", a_.dry_run, "Only say what would be removed");
    add("verify",
        "Open every key-encryption key's canary and every record, and check every file of the\n"
        "archive; say how far that goes",
        verify);
    sub = add("doctor", "Say what is missing or wrong, and the fix", doctor);
    sub->add_option("--max-archive-age", a_.max_archive_age_hours,
                    "Warn when what waits for backup is older; default: 24")
        ->check(examples::whole_number())
        ->type_name("HOURS");
  }

  CLI::App app_;
  Arguments a_;
  Command command_ = nullptr;
};

}  // namespace
}  // namespace vault_tool

// NOLINTNEXTLINE(bugprone-exception-escape): what escapes is std::bad_alloc, which ends the tool
int main(int argc, char** argv) {
  const rlimit no_core{0, 0};
  if (::setrlimit(RLIMIT_CORE, &no_core) != 0) vault_tool::warn("core files cannot be turned off");
  // A reader that went away is an error of write(2), which is reported.
  if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR) vault_tool::warn("SIGPIPE cannot be ignored");
  return vault_tool::CommandLine().run(argc, argv);
}
