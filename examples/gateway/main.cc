// gateway: the command line. Exit status: 0 as it should be, 1 it is not, 2 it could not be tried.
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "audit_command.h"
#include "backup_commands.h"
#include "cli.h"
#include "coefficient/version.h"
#include "command_audit.h"
#include "demo.h"
#include "directory.h"
#include "doctor.h"
#include "inbox.h"
#include "init.h"
#include "line_writer.h"
#include "log.h"
#include "replay.h"
#include "secret_commands.h"
#include "service.h"
#include "token_command.h"
#include "vault_files.h"
#include "whole_number.h"

namespace {

using namespace gateway;
namespace fs = std::filesystem;

int run_init(const Directory& directory, std::uint16_t port, const std::string& kek_file) {
  auto placed = place_vault_files(directory, kek_file);
  if (!placed) return complain(placed.error());
  if (auto made = init_directory(directory, port, kek_file); !made) return complain(made.error());
  const std::string root = directory.root().string();
  return print(
      "made " + root +
          "\n  config.json  what to listen on, caps, deadlines, clones\n"
          "  vault/       one fresh random secret for each sender, sealed\n"
          "  gateway.db   the inbox\nand outside of it\n  " +
          placed->kek_file +
          "  the key that opens the vault: keep a copy elsewhere, and not with a backup\n  " +
          placed->shred_ledger +
          "  the ledger of destroyed secrets\n"
          "next: gateway secret export github --dir " +
          root +
          ", and enter it as the secret of your GitHub webhook;\n"
          "      gateway secret put slack --dir " +
          root +
          " --in FILE, and paystack, with the ones those senders gave you;\n"
          "      name your clones under \"repositories\" in config.json;\n"
          "      gateway doctor " +
          root + "; gateway serve " + root + "\n",
      kOk);
}

// The results on stdout, which are a convenience: they are in the database. Whoever reads them
// slowly is waited for a while; whoever does not read keeps no delivery and no end waiting.
class ResultLines {
 public:
  void add(const std::string& line) {
    if (dropped_ > 0) {
      const nlohmann::ordered_json count = {{"status", "lines_dropped"}, {"lines", dropped_}};
      if (lines_.write(count.dump() + "\n")) dropped_ = 0;
    }
    if (dropped_ > 0 || !lines_.write(line + "\n")) ++dropped_;
  }

 private:
  LineWriter lines_{STDOUT_FILENO, std::chrono::seconds(1)};
  std::int64_t dropped_ = 0;
};

int run_serve(const Directory& directory) {
  ResultLines results;
  auto service =
      Service::create(directory, coefficient::system_clock(),
                      {.handle_signals = true,
                       .log_fd = STDERR_FILENO,
                       .finished = [&results](const std::string& line) { results.add(line); }});
  const std::string doctor = "gateway doctor " + directory.root().string();
  if (!service) return complain(service.error(), "run: " + doctor);
  const nlohmann::ordered_json line = {{"status", "listening"},
                                       {"url", "http://" + authority((*service)->peer())}};
  if (print(line.dump() + "\n", kOk) != kOk) return kCannot;
  if (auto ran = (*service)->run(); !ran) return complain(ran.error(), "run: " + doctor);
  return kOk;
}

int run_doctor(const Directory& directory, bool json) {
  std::error_code ec;
  if (!fs::exists(directory.root(), ec)) {
    return complain({ErrorCode::kNotFound, directory.root().string() + ": does not exist"},
                    "make it with: gateway init " + directory.root().string());
  }
  const auto checks = examine(directory, coefficient::system_clock());
  return print(json ? doctor_json(checks) : doctor_text(checks), all_ok(checks) ? kOk : kNo);
}

int run_inbox(const Directory& directory, std::int64_t requeue) {
  auto inbox = Inbox::open(directory.database(), coefficient::system_clock());
  if (!inbox) return complain(inbox.error(), "run: gateway doctor " + directory.root().string());
  if (requeue > 0) {
    const auto put_back = [&] {
      auto done = (*inbox)->requeue(requeue);
      return done ? kOk : complain(done.error());
    };
    const int status = audited(directory,
                               {.action = "delivery.requeue",
                                .target = {.type = "delivery", .id = std::to_string(requeue)}},
                               put_back);
    if (status != kOk) return status;
  }
  auto counts = (*inbox)->counts();
  auto letters = (*inbox)->dead_letters();
  if (!counts) return complain(counts.error());
  if (!letters) return complain(letters.error());
  nlohmann::ordered_json out = {{"queued", counts->queued},
                                {"leased", counts->leased},
                                {"done", counts->done},
                                {"dead", counts->dead},
                                {"dead_letters", nlohmann::ordered_json::array()}};
  for (const DeadLetter& letter : *letters) {
    out["dead_letters"].push_back({{"id", letter.id},
                                   {"endpoint", letter.endpoint},
                                   {"event", printable(letter.event)},
                                   {"delivery", printable(letter.delivery_id)},
                                   {"attempts", letter.attempts},
                                   {"error", printable(letter.error)}});
  }
  return print(out.dump(2) + "\n", kOk);
}

int run_receipts(const Directory& directory, std::int64_t id) {
  auto inbox = Inbox::open(directory.database(), coefficient::system_clock());
  if (!inbox) return complain(inbox.error(), "run: gateway doctor " + directory.root().string());
  auto receipts = (*inbox)->receipts(id);
  if (!receipts) return complain(receipts.error());
  std::string lines;
  for (const DiffReceipt& receipt : *receipts) {
    // A result of before there were receipts has none.
    lines +=
        nlohmann::ordered_json{
            {"delivery", receipt.id},
            {"finished_ms", receipt.finished_ms},
            {"receipt", receipt.manifest.empty()
                            ? nullptr
                            : nlohmann::ordered_json::parse(receipt.manifest, nullptr, false)}}
            .dump() +
        "\n";
  }
  return print(lines, kOk);
}

int run_replay(const Directory& directory, const ReplayRequest& request) {
  auto as_expected = replay(directory, request, coefficient::system_clock(),
                            [](const std::string& line) { (void)print(line + "\n", kOk); });
  if (!as_expected) {
    return complain(as_expected.error(), "run: gateway doctor " + directory.root().string());
  }
  return *as_expected ? kOk : kNo;
}

// A new directory below $TMPDIR, removed with all that is in it unless it is to be kept.
class WorkDirectory {
 public:
  explicit WorkDirectory(const std::string& keep) : kept_(!keep.empty()), path_(keep) {}
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;
  ~WorkDirectory() {
    std::error_code ec;  // what cannot be removed stays: nothing depends on it
    if (!kept_ && made_) fs::remove_all(path_, ec);
  }
  Result<fs::path> make() {
    std::error_code ec;
    if (kept_) {
      if (!fs::create_directory(path_, ec)) {
        return Error{ErrorCode::kAlreadyExists, path_.string() + ": cannot be made, or exists"};
      }
      return path_;
    }
    std::string name = (fs::temp_directory_path(ec) / "gateway-demo-XXXXXX").string();
    if (ec || ::mkdtemp(name.data()) == nullptr) {
      return Error{ErrorCode::kInternal, "no temporary directory can be made"};
    }
    made_ = true;
    path_ = name;
    return path_;
  }

 private:
  bool kept_;
  bool made_ = false;
  fs::path path_;
};

int run_demo_command(const std::string& repository, const std::string& keep, bool json) {
  WorkDirectory work(keep);
  auto path = work.make();
  if (!path) return complain(path.error());
  auto outcome = run_demo(fs::absolute(*path), repository);
  if (!outcome) return complain(outcome.error());
  return print(json ? demo_json(*outcome) : demo_page(*outcome), outcome->ok() ? kOk : kNo);
}

struct Arguments {
  std::string directory;
  std::uint16_t port = 8080;
  std::string kek_file;
  bool json = false;
  std::int64_t requeue = 0;
  std::int64_t receipt = 0;
  ReplayRequest replay;
  std::string url;
  std::string repository = ".";
  std::string keep;
};

CLI::App* add_replay(CLI::App& app, Arguments& args) {
  CLI::App* replay = app.add_subcommand(
      "replay", "Send a file's bytes as a delivery to a running gateway and judge the answer");
  replay->add_option("FILE", args.replay.file, "The body")->required()->check(CLI::ExistingFile);
  replay->add_option("--dir", args.directory, "The gateway's directory, for its secrets")
      ->required();
  auto* mode = replay->add_option_group("mode");
  const auto set = [&args](ReplayMode chosen) {
    return [&args, chosen](std::int64_t) { args.replay.mode = chosen; };
  };
  mode->add_flag_function("--sign", set(ReplayMode::kSign),
                          "Send it signed: must be accepted (202)");
  mode->add_flag_function("--tamper", set(ReplayMode::kTamper),
                          "Sign it, flip one bit of the body: must be refused (401)");
  mode->add_flag_function("--duplicate", set(ReplayMode::kDuplicate),
                          "Send it twice: the second must be a duplicate (200)");
  mode->require_option(1);
  replay->add_option("--url", args.url,
                     "http://<loopback address>:port of the gateway [the one that serves --dir]");
  replay->add_option("--scheme", args.replay.endpoint, "Whose delivery it is")
      ->capture_default_str()
      ->check(CLI::IsMember({"github", "slack", "paystack"}));
  replay->add_option("--event", args.replay.event, "The value of X-GitHub-Event")
      ->capture_default_str();
  return replay;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): what escapes is std::bad_alloc, which ends the process
int main(int argc, char** argv) {
  ::umask(077);
  (void)std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("A webhook gateway: verifies, deduplicates, queues durably, minimizes.", "gateway");
  app.set_version_flag("--version", COEFFICIENT_VERSION_STRING);
  app.require_subcommand(1);
  app.footer("Exit status: 0 as it should be; 1 it is not; 2 it could not be tried.");
  Arguments args;
  const auto with_directory = [&](CLI::App* command) {
    command->add_option("DIR", args.directory, "The gateway's directory")->required();
    return command;
  };
  CLI::App* init = with_directory(app.add_subcommand(
      "init", "Make a directory with a configuration, a key file and a vault of fresh secrets"));
  init->add_option("--port", args.port, "The port to listen on; 0: any free one at each start")
      ->check(examples::whole_number())
      ->capture_default_str();
  init->add_option("--kek-file", args.kek_file,
                   "Where to make the key file; not in DIR, nor where its backups go [DIR.kek]");
  CLI::App* serve = with_directory(
      app.add_subcommand("serve", "Serve until SIGTERM; results on stdout, log on stderr"));
  CLI::App* doctor = with_directory(
      app.add_subcommand("doctor", "Examine a directory; say what is wrong and how to mend it"));
  doctor->add_flag("--json", args.json, "Print JSON");
  CLI::App* inbox = with_directory(
      app.add_subcommand("inbox", "Show the counts by state and the dead letters, as JSON"));
  inbox->add_option("--requeue", args.requeue, "Put this dead letter back in the queue first")
      ->check(examples::whole_number())
      ->check(CLI::PositiveNumber);
  CLI::App* receipts = with_directory(
      app.add_subcommand("receipts", "Print the receipts of what left, a line of JSON each"));
  receipts->add_option("--id", args.receipt, "Only that of this delivery")
      ->check(examples::whole_number())
      ->check(CLI::PositiveNumber);
  CLI::App* replay = add_replay(app, args);
  CLI::App* demo = app.add_subcommand(
      "demo", "Run everything once on a loopback port, with the newest commits around you");
  demo->add_option("--repository", args.repository, "A directory inside the repository to use")
      ->capture_default_str()
      ->check(CLI::ExistingDirectory);
  demo->add_option("--keep", args.keep, "Work in this new directory and leave it there");
  demo->add_flag("--json", args.json, "Print JSON");
  SecretCommands secret(app);
  BackupCommands backup(app);
  TokenCommand token(app);
  AuditCommand audit(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kCannot;
  }
  const Directory directory(args.directory);
  if (init->parsed()) return run_init(directory, args.port, args.kek_file);
  if (secret.parsed()) return secret.run();
  if (backup.parsed()) return backup.run();
  if (token.parsed()) return token.run();
  if (audit.parsed()) return audit.run();
  if (serve->parsed()) return run_serve(directory);
  if (doctor->parsed()) return run_doctor(directory, args.json);
  if (inbox->parsed()) return run_inbox(directory, args.requeue);
  if (receipts->parsed()) return run_receipts(directory, args.receipt);
  if (demo->parsed()) return run_demo_command(args.repository, args.keep, args.json);
  if (replay->parsed() && !args.url.empty()) {
    auto url = parse_url(args.url);
    if (!url) return complain(url.error());
    if (url->second.size() > 1) {
      return complain({ErrorCode::kInvalidArgument, "--url takes no path: --scheme gives it"});
    }
    args.replay.peer = url->first;
  }
  return run_replay(directory, args.replay);
}
