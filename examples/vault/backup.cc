// backup, restore, prune.
#include <algorithm>
#include <filesystem>
#include <utility>

#include "coefficient/sqlite/archive.h"
#include "commands.h"
#include "files.h"
#include "opened.h"
#include "output.h"
#include "rfc3339.h"

namespace vault_tool {
namespace {

namespace fs = std::filesystem;
namespace sqlite = coefficient::sqlite;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;

// What DIR says, with what the command line has of it. A DIR that is lost needs all of it.
Result<Settings> settings_to_restore(const Arguments& a) {
  auto settings = load_settings(a.directory);
  if (!settings) {
    if (settings.error().code != ErrorCode::kNotFound) return settings.error();
    if (a.archive.empty() || a.ledger.empty() || (a.kek_files.empty() && !a.kek_environment))
      return Error{ErrorCode::kNotFound, settings.error().message +
                                             "; name --archive, --ledger and --kek-file (or "
                                             "--kek-environment) instead"};
    settings = Settings{};
  }
  if (!a.archive.empty()) {
    auto path = directory_path(a.archive);
    if (!path) return path.error();
    settings->archive = *std::move(path);
  }
  if (!a.ledger.empty()) {
    auto path = file_path(a.ledger);
    if (!path) return path.error();
    settings->ledger = *std::move(path);
  }
  const auto add = [&keks = settings->keks](const KekSource& source) {
    if (std::find(keks.begin(), keks.end(), source) == keks.end()) keks.push_back(source);
  };
  if (a.kek_environment) add({});
  for (const std::string& name : a.kek_files) {
    auto path = file_path(name);
    if (!path) return path.error();
    add({*std::move(path)});
  }
  return settings;
}

// Opening an archive makes it; here it must be there.
Result<sqlite::Archive> open_archive(const fs::path& path) {
  std::error_code status;
  if (!fs::is_directory(path, status))
    return Error{ErrorCode::kNotFound, path.string() + ": there is no archive"};
  return sqlite::Archive::open(path);
}

Result<sqlite::RestoreTarget> target_of(const Arguments& a) {
  sqlite::RestoreTarget target;
  target.seq = a.to_seq;
  if (a.to_time.empty()) return target;
  target.time = examples::parse_rfc3339(a.to_time);
  if (!target.time)
    return Error{ErrorCode::kInvalidArgument, "--to wants a time like 2026-11-24T23:08:20.123Z"};
  return target;
}

// The restored vault must open, with the keys and the ledger that it will be used with.
Result<> prove(const Arguments& a, const fs::path& into, const Settings& settings) {
  const auto lock = DirectoryLock::acquire(into, DirectoryLock::Mode::kExclusive);
  if (!lock) return lock.error();
  if (auto saved = save_settings(into, settings); !saved) return saved;
  auto keys = load_keys(settings, a.require_locked);
  if (!keys) return keys.error();
  const auto opened = open_parts(into, settings, *std::move(keys), false);
  if (!opened) return opened.error();
  if (!opened->vault->unfinished_shreds().empty())
    return Error{ErrorCode::kUnavailable, "shredded tenants are still in it: it cannot be written"};
  return {};
}

}  // namespace

int backup(const Arguments& a) {
  auto opened = open_vault(a);
  if (!opened) return fail(kUsage, opened.error().message);
  auto archive = sqlite::Archive::open(opened->settings.archive);
  if (!archive) return fail(kUsage, archive.error().message);
  const auto status = opened->store->changelog_status();
  if (!status) return refuse(status.error());
  bool base = a.base || !status->recording;
  Result<sqlite::ShipReport> report = sqlite::ShipReport{};
  if (!base) {
    report = archive->ship(*opened->store, archive_progress());
    // The first base snapshot was interrupted: nothing of the vault is in any archive.
    const bool no_base = !report && report.error().code == ErrorCode::kFailedPrecondition;
    base = no_base && !status->shipped;
    if (no_base && !base)
      return fail(kRefused, report.error().message +
                                "; if the archive is lost: vault DIR backup --base into an empty "
                                "one");
    if (!report && !base) return refuse(report.error());
  }
  if (base) {
    const auto taken = archive->take_base(*opened->store, archive_progress());
    if (!taken) return refuse(taken.error());
    report = archive->ship(*opened->store, archive_progress());
    if (!report) return refuse(report.error());
  }
  return print(
      a,
      {{"base", base}, {"transactions", report->transactions}, {"last", point_json(report->last)}},
      std::string(base ? "base snapshot, " : "") + std::to_string(report->transactions) +
          " transactions shipped; the archive goes to " + point_text(report->last) + '\n');
}

int restore(const Arguments& a) {
  const auto target = target_of(a);
  if (!target) return fail(kUsage, target.error().message);
  auto settings = settings_to_restore(a);
  if (!settings) return fail(kUsage, settings.error().message);
  const auto into = directory_path(a.into);
  if (!into) return fail(kUsage, into.error().message);
  const auto archive = open_archive(settings->archive);
  if (!archive) return fail(kUsage, archive.error().message);
  const auto report = archive->restore(*target, *into, archive_progress());
  if (!report) return refuse(report.error());
  settings->archive = *into / "archive";  // it has a history of its own from now on
  if (auto proved = prove(a, *into, *settings); !proved)
    return fail(kRefused, "restored, but the vault in " + into->string() +
                              " does not open: " + proved.error().message +
                              " (a key of that time is named with --kek-file)");
  return print(a,
               {{"into", into->string()},
                {"base", point_json(report->base)},
                {"reached", point_json(report->reached)}},
               "restored " + point_text(report->reached) + " in " + into->string() +
                   "; its keys open it and the shred ledger was replayed\n");
}

int prune(const Arguments& a) {
  sqlite::PruneOptions options{.keep_seq = a.keep_seq, .dry_run = a.dry_run};
  if (!a.keep_since.empty()) {
    options.keep_since = examples::parse_rfc3339(a.keep_since);
    if (!options.keep_since)
      return fail(kUsage, "--keep-since wants a time like 2026-11-24T23:08:20.123Z");
  } else if (!a.keep_seq) {
    return fail(kUsage, "say what to keep: --keep-since TIME or --keep-seq N");
  }
  const auto lock = DirectoryLock::acquire(a.directory, DirectoryLock::Mode::kShared);
  if (!lock) return fail(kUsage, lock.error().message);
  const auto settings = load_settings(a.directory);
  if (!settings) return fail(kUsage, settings.error().message);
  auto archive = open_archive(settings->archive);
  if (!archive) return fail(kUsage, archive.error().message);
  const auto report = archive->prune(options, archive_progress());
  if (!report) return refuse(report.error());
  return print(a,
               {{"dry_run", a.dry_run},
                {"files", report->files},
                {"bytes", report->bytes},
                {"first", point_json(report->first)}},
               std::to_string(report->files.size()) + " files of " + std::to_string(report->bytes) +
                   (a.dry_run ? " bytes would be removed; the archive would begin with "
                              : " bytes removed; the archive begins with ") +
                   point_text(report->first) + '\n');
}

}  // namespace vault_tool
