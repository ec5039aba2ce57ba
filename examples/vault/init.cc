// init: a new vault, or vault.json anew for one that has lost it.
#include <sys/stat.h>

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "commands.h"
#include "files.h"
#include "kek_file.h"
#include "opened.h"
#include "output.h"

namespace vault_tool {
namespace {

namespace fs = std::filesystem;
namespace vault = coefficient::vault;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;

bool is_there(const fs::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

// Beside DIR, so that who copies DIR, or puts back an old copy, has neither the key nor the ledger
// with it.
Result<fs::path> beside(const fs::path& directory, const std::string& given, const char* suffix) {
  return file_path(given.empty() ? directory.string() + suffix : given);
}

Result<Settings> settings_of(const Arguments& a, const fs::path& directory) {
  Settings settings;
  if (a.kek_environment) settings.keks.push_back({});
  std::vector<std::string> names = a.kek_files;
  if (names.empty() && !a.kek_environment) names.emplace_back();
  for (const std::string& name : names) {
    auto file = beside(directory, name, ".kek");
    if (!file) return file.error();
    settings.keks.push_back({*std::move(file)});
  }
  auto ledger = beside(directory, a.ledger, ".ledger");
  if (!ledger) return ledger.error();
  settings.ledger = *std::move(ledger);
  auto archive = directory_path(a.archive.empty() ? (directory / "archive").string() : a.archive);
  if (!archive) return archive.error();
  settings.archive = *std::move(archive);
  return settings;
}

void warn_of_places(const Settings& settings, const fs::path& directory) {
  for (const KekSource& source : settings.keks)
    if (!source.file.empty() && is_inside(source.file, directory))
      warn("the key file lies in DIR: whoever copies DIR can read every secret");
  if (is_inside(settings.ledger, directory))
    warn("the shred ledger lies in DIR: an old copy of DIR brings shredded tenants back");
}

// What is there may be of a process that died before its fsync, and must not be built upon before
// it is durable.
Result<bool> is_there_durably(const fs::path& path) {
  if (!is_there(path)) return false;
  if (auto synced = sync_file(path); !synced) return synced.error();
  return true;
}

// With a database there must be the keys and the ledger that belong to it; new ones would hide that
// they are lost.
Result<bool> prepare_files(const Arguments& a, const Settings& settings, bool has_database) {
  const fs::path& kek = settings.keks.front().file;
  if (has_database) {
    if (!is_there(settings.ledger))
      return Error{ErrorCode::kNotFound, settings.ledger.string() +
                                             ": the vault's shred ledger is not there; name it "
                                             "with --ledger"};
    return false;
  }
  if (settings.keks.size() > 1)
    return Error{ErrorCode::kInvalidArgument, "a new vault has one key-encryption key"};
  const auto has_ledger = is_there_durably(settings.ledger);
  if (!has_ledger) return has_ledger.error();
  if (!*has_ledger) {
    if (auto made = vault::FileShredLedger::create(settings.ledger.string()); !made)
      return made.error();
  }
  if (kek.empty()) return false;
  const auto has_kek = is_there_durably(kek);
  if (!has_kek) return has_kek.error();
  if (*has_kek) return false;
  if (auto made = make_kek_file(kek, a.kek_id); !made) return made.error();
  return true;
}

Result<bool> check_content(const fs::path& directory) {
  if (is_there(directory / kSettingsName))
    return Error{ErrorCode::kAlreadyExists, directory.string() + ": is a vault already"};
  if (is_there(directory / "vault.db")) return true;
  std::error_code status;
  const bool empty = fs::is_empty(directory, status);
  if (status) return error_of_errno(directory, status.value());
  if (!empty) return Error{ErrorCode::kAlreadyExists, directory.string() + ": is not empty"};
  return false;
}

}  // namespace

int init(const Arguments& a) {
  const auto directory = directory_path(a.directory);
  if (!directory) return fail(kUsage, directory.error().message);
  auto settings = settings_of(a, *directory);
  if (!settings) return fail(kUsage, settings.error().message);
  if (auto made = make_directory(*directory); !made) return fail(kUsage, made.error().message);
  const auto lock = DirectoryLock::acquire(*directory, DirectoryLock::Mode::kExclusive);
  if (!lock) return fail(kUsage, lock.error().message);
  const auto has_database = check_content(*directory);
  if (!has_database) return refuse(has_database.error());
  warn_of_places(*settings, *directory);
  const auto made_key = prepare_files(a, *settings, *has_database);
  if (!made_key) return fail(kUsage, made_key.error().message);
  auto keys = load_keys(*settings, a.require_locked);
  if (!keys) return fail(kUsage, keys.error().message);
  const auto opened = open_parts(*directory, *settings, *std::move(keys), !*has_database);
  if (!opened) return fail(kUsage, opened.error().message);
  if (auto saved = save_settings(*directory, *settings); !saved)
    return fail(kUsage, saved.error().message);
  const std::string key = settings->keks.front().text();
  return print(a,
               {{"kek_id", opened->keys.ids.front()},
                {"kek", key},
                {"kek_made", *made_key},
                {"ledger", settings->ledger.string()},
                {"archive", settings->archive.string()}},
               "key " + opened->keys.ids.front() + " in " + key + (*made_key ? ", new" : "") +
                   "\nledger " + settings->ledger.string() + "\narchive " +
                   settings->archive.string() +
                   "\nKeep copies of the key and of the ledger elsewhere: without the key every "
                   "secret is lost.\n");
}

}  // namespace vault_tool
