#include "backup_commands.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "backup.h"
#include "cli.h"
#include "command_audit.h"
#include "log.h"
#include "rfc3339.h"
#include "service.h"
#include "whole_number.h"

namespace gateway {
namespace {

namespace sqlite = coefficient::sqlite;
using Json = nlohmann::ordered_json;

constexpr std::string_view kNotIncluded =
    "not in it: the key file and the shred ledger (keep copies of them elsewhere), and the inbox "
    "(deliveries, results, and which deliveries were seen)";

std::string_view name_of(sqlite::Progress::Step step) {
  static constexpr std::array<std::string_view, 8> kNames = {
      "snapshot", "hash", "ship", "verify", "copy", "replay", "check", "prune"};
  const auto index = static_cast<std::size_t>(step);
  return index < kNames.size() ? kNames[index] : "work";
}

// Says on standard error which step began, and once a second how far it is.
sqlite::ProgressCallback progress_to_stderr() {
  using Clock = std::chrono::steady_clock;
  return [step = std::optional<sqlite::Progress::Step>(),
          said = Clock::time_point()](const sqlite::Progress& progress) mutable {
    const auto now = Clock::now();
    if (step == progress.step && now - said < std::chrono::seconds(1)) return true;
    step = progress.step;
    said = now;
    std::string line =
        "gateway: " + std::string(name_of(progress.step)) + " " + std::to_string(progress.done);
    if (progress.total > 0) line += " of " + std::to_string(progress.total);
    (void)write_all(STDERR_FILENO, line + "\n");  // only news; the work goes on
    return true;
  };
}

Json json_of(const sqlite::ArchivePoint& point) {
  return {{"seq", point.seq}, {"time", examples::rfc3339(point.time)}};
}

std::string text_of(const sqlite::ArchivePoint& point) {
  return "transaction " + std::to_string(point.seq) + " of " + examples::rfc3339(point.time);
}

Json json_of(const BackupReport& report) {
  Json findings = Json::array();
  for (const auto& finding : report.archive.findings) {
    findings.push_back({{"file", finding.file}, {"what", finding.what}});
  }
  Json out = {{"intact", report.archive.intact()},
              {"base_taken", report.base_taken},
              {"shipped", report.shipped.transactions},
              {"bases", report.archive.bases},
              {"transactions", report.archive.transactions}};
  if (report.archive.first) out["first"] = json_of(*report.archive.first);
  if (report.archive.last) out["last"] = json_of(*report.archive.last);
  out["findings"] = std::move(findings);
  out["not_included"] = {"key file", "shred ledger", "inbox"};
  return out;
}

std::string text_of(const BackupReport& report) {
  std::string out = report.base_taken ? "took a base snapshot\n" : "";
  out += "added " + std::to_string(report.shipped.transactions) + " transactions\n";
  if (report.archive.first && report.archive.last) {
    out += "can restore the vault from " + text_of(*report.archive.first) + "\n  to " +
           text_of(*report.archive.last) + "\n";
  }
  for (const auto& finding : report.archive.findings) {
    out += printable(finding.file) + ": " + printable(finding.what) + "\n";
  }
  return out + std::string(kNotIncluded) + "\n" +
         (report.archive.intact() ? "the whole archive was read again and is intact\n"
                                  : "THE ARCHIVE IS NOT INTACT: begin another one, with --base\n");
}

}  // namespace

BackupCommands::BackupCommands(CLI::App& app)
    : backup_(app.add_subcommand("backup",
                                 "Add the vault's changes since the last backup, and the "
                                 "configuration, to a backup; also while the gateway serves")),
      restore_(app.add_subcommand(
          "restore", "Make a directory from a backup, with the vault as it was at some time")) {
  backup_->add_option("DIR", from_, "The gateway's directory")->required();
  backup_->add_option("TO", to_, "The backup; made if it does not exist")->required();
  backup_->add_flag(
      "--base", base_,
      "Take a new base snapshot: a restore replays less, or TO becomes the backup from "
      "now on");
  restore_->add_option("TO", from_, "The backup")->required();
  restore_->add_option("INTO", to_, "The directory to make: new or empty")->required();
  auto* time = restore_->add_option("--to", time_,
                                    "As it was at this time: 2026-11-24T23:05:00Z [the newest]");
  restore_->add_option("--seq", seq_, "As it was after this transaction")
      ->check(examples::whole_number())
      ->excludes(time);
  restore_->add_option("--kek-file", kek_file_, "The key file, if it is not where it was");
  restore_->add_option("--shred-ledger", shred_ledger_, "The ledger, if it is not where it was");
  for (CLI::App* command : {backup_, restore_}) command->add_flag("--json", json_, "Print JSON");
}

int BackupCommands::run() {
  if (restore_->parsed()) return run_restore();
  // What is wrong with the directory is said as of old.
  if (auto config = load_config(Directory(from_)); !config) {
    return complain(config.error(), "run: gateway doctor " + from_);
  }
  return audited(Directory(from_), {.action = "backup", .target = {.type = "file", .id = to_}},
                 [this] { return run_backup(); });
}

int BackupCommands::run_backup() {
  auto report =
      back_up(Directory(from_), to_, base_, coefficient::system_clock(), progress_to_stderr());
  if (!report) return complain(report.error(), "run: gateway doctor " + from_);
  return print(json_ ? json_of(*report).dump(2) + "\n" : text_of(*report),
               report->archive.intact() ? kOk : kNo);
}

int BackupCommands::run_restore() {
  RestoreRequest request{
      .from = from_, .target = {}, .kek_file = kek_file_, .shred_ledger = shred_ledger_};
  request.target.seq = seq_;
  if (!time_.empty()) {
    request.target.time = examples::parse_rfc3339(time_);
    if (!request.target.time) {
      return complain({ErrorCode::kInvalidArgument,
                       "--to is not of the form 2026-11-24T23:05:00Z (UTC; fractions to .999)"});
    }
  }
  auto restored =
      restore(request, Directory(to_), coefficient::system_clock(), progress_to_stderr());
  if (!restored) return complain(restored.error());
  if (json_) {
    return print(Json{{"base", json_of(restored->vault.base)},
                      {"reached", json_of(restored->vault.reached)},
                      {"secrets", restored->secrets},
                      {"inbox", "empty"}}
                         .dump(2) +
                     "\n",
                 kOk);
  }
  std::string names;
  for (const std::string& name : restored->secrets) names += (names.empty() ? "" : ", ") + name;
  return print("made " + to_ + "\n  the vault after " + text_of(restored->vault.reached) +
                   "\n  valid secrets: " + names +
                   " (also what was retired later)\n  the configuration of the newest backup\n"
                   "  an empty inbox: deliveries that were seen before count as new\n"
                   "next: gateway doctor " +
                   to_ + "; back it up to a new place\n",
               kOk);
}

}  // namespace gateway
