// doctor: what is missing or wrong with a vault, and the fix.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coefficient/sqlite/archive.h"
#include "commands.h"
#include "files.h"
#include "opened.h"
#include "output.h"

namespace vault_tool {
namespace {

namespace fs = std::filesystem;
namespace vault = coefficient::vault;
using coefficient::Result;

// How many tenants a finding names.
constexpr std::size_t kMaxNamed = 10;

enum class Status { kOk, kWarning, kFailed };

struct Check {
  std::string name;
  Status status = Status::kOk;
  std::string detail;
  std::string fix;  // empty if ok
};

std::string_view word(Status status) {
  if (status == Status::kOk) return "ok";
  return status == Status::kWarning ? "warning" : "failed";
}

Result<struct stat> status_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return error_of_errno(path, errno);
  return status;
}

class Examination {
 public:
  explicit Examination(const Arguments& arguments)
      : arguments_(arguments), directory_(arguments.directory) {}

  std::vector<Check> run() {
    check_directory();
    check_memory();
    check_database();
    const auto wal = status_of(directory_ / "vault.db-wal");
    const bool had_wal = wal && wal->st_size > 0;
    auto settings = load_settings(directory_);
    if (settings) {
      pass("settings", (directory_ / kSettingsName).string());
      for (const KekSource& source : settings->keks) check_kek(source);
      check_ledger(settings->ledger);
      check_vault(*settings);
    } else {
      fail("settings", settings.error().message,
           settings.error().code == coefficient::ErrorCode::kPermissionDenied
               ? "read what it says, then chown and chmod 600 it"
               : "vault DIR init --kek-file FILE --ledger FILE writes it anew for a vault.db that "
                 "has lost it (--kek-file for each key in use, the current one first); delete a "
                 "damaged one first");
    }
    check_wal(had_wal);
    return std::move(checks_);
  }

 private:
  void pass(std::string name, std::string detail) {
    checks_.push_back({std::move(name), Status::kOk, std::move(detail), ""});
  }
  void warning(std::string name, std::string detail, std::string fix) {
    checks_.push_back({std::move(name), Status::kWarning, std::move(detail), std::move(fix)});
  }
  void fail(std::string name, std::string detail, std::string fix) {
    checks_.push_back({std::move(name), Status::kFailed, std::move(detail), std::move(fix)});
  }

  void check_directory() {
    const auto status = status_of(directory_);
    if (!status) return fail("directory", status.error().message, "vault DIR init makes one");
    if ((status->st_mode & 022U) != 0)
      return fail("directory", "group or others can write it", "chmod 700 DIR");
    if ((status->st_mode & 077U) != 0)
      return warning("directory", "group or others can look into it", "chmod 700 DIR");
    pass("directory", directory_.string());
  }

  void check_memory() {
    const auto arena = vault::SecretArena::create();
    if (!arena) return fail("memory", arena.error().message, "let the process have more memory");
    switch ((*arena)->level()) {
      case vault::MemoryLevel::kSecret:
        return pass("memory", "keys are in memfd_secret memory");
      case vault::MemoryLevel::kLocked:
        return pass("memory", "keys are in locked memory");
      case vault::MemoryLevel::kMapped:
        break;
    }
    warning("memory", "keys may be swapped: memory cannot be locked",
            "raise RLIMIT_MEMLOCK (ulimit -l) to 128 KiB or more, or encrypt the swap");
  }

  // Reads the header without SQLite, and before SQLite has the file open: closing a descriptor
  // would drop the locks that it holds.
  void check_database() {
    const fs::path path = directory_ / "vault.db";
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0)
      return fail("database", error_of_errno(path, errno).message,
                  "vault DIR restore INTO makes one from the archive");
    std::array<char, 100> header{};
    struct stat status {};
    if (::fstat(file.get(), &status) != 0 ||
        ::pread(file.get(), header.data(), header.size(), 0) != ssize_t{header.size()} ||
        std::memcmp(header.data(), "SQLite format 3", 16) != 0)
      return fail("database", "is not an SQLite database",
                  "vault DIR restore INTO makes one from the archive");
    if (std::memcmp(header.data() + 68, "CFVS", 4) != 0)
      return fail("database", "its application_id is not CFVS: it is another program's",
                  "name the right DIR, or restore");
    if ((status.st_mode & 077U) != 0)
      return warning("database", "group or others may use it", "chmod 600 DIR/vault.db*");
    pass("database", path.string() + ", application_id CFVS");
  }

  void check_kek(const KekSource& source) {
    const std::string name = "key " + source.text();
    if (source.file.empty()) {
      // What is in it is tried when the vault is opened, since it can be taken only once.
      return pass(name, "from the environment");
    }
    const auto arena = vault::SecretArena::create();
    if (!arena) return fail(name, arena.error().message, "see the check of the memory");
    const auto key = vault::LocalKey::from_file(source.file.string(), **arena);
    if (!key)
      return fail(name, key.error().message,
                  "chown and chmod 600 the file; if it is lost or damaged, put back your copy");
    const auto status = status_of(source.file);
    if (status && (status->st_mode & 077U) != 0)
      return fail(name, "group or others can read it",
                  "chmod 600 the file; if somebody else could read it: vault DIR rewrap "
                  "--to-kek-file NEW, then destroy-kek");
    if (is_inside(source.file, fs::weakly_canonical(directory_, ignored_)))
      return warning(name, "lies in DIR: whoever copies DIR can read every secret",
                     "vault DIR rewrap --to-kek-file with a file elsewhere");
    pass(name, "id " + key->id());
  }

  void check_ledger(const fs::path& path) {
    const auto ledger = vault::FileShredLedger::open(path.string());
    const auto entries = ledger ? (*ledger)->read() : ledger.error();
    if (!entries)
      return fail("ledger", entries.error().message,
                  entries.error().code == coefficient::ErrorCode::kPermissionDenied
                      ? "compare it with your copy, then chown and chmod 600 it"
                      : "put back your copy; without it, a restored backup brings shredded tenants "
                        "back");
    const auto unfinished = has_unfinished_line(path);
    if (!unfinished || *unfinished)
      return warning("ledger",
                     unfinished ? "its last line is unfinished: a crash left it, or it was cut"
                                : unfinished.error().message,
                     "compare it with your copy; the next shred mends the line");
    if (is_inside(path, fs::weakly_canonical(directory_, ignored_)))
      return warning("ledger", "lies in DIR: an old copy of DIR brings shredded tenants back",
                     "move it, and name its place in DIR/vault.json");
    pass("ledger", std::to_string(entries->size()) + " shredded tenants");
  }

  static Result<bool> has_unfinished_line(const fs::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    const off_t size = file.get() < 0 ? -1 : ::lseek(file.get(), 0, SEEK_END);
    char last = 0;
    if (size < 1 || ::pread(file.get(), &last, 1, size - 1) != 1)
      return error_of_errno(path, errno);
    return last != '\n';
  }

  void check_vault(const Settings& settings) {
    auto opened = open_vault(arguments_);
    if (!opened)
      return fail("vault", opened.error().message,
                  "mend what failed above; if the key is not the one it was, name the right one");
    pass("vault", "opens; every canary fits its key");
    check_shreds(opened->vault->unfinished_shreds());
    check_shredded(*opened);
    const bool complete = check_rows(*opened);
    check_rewrap(*opened, complete);
    check_archive(settings.archive, *opened);
  }

  void check_shreds(const std::vector<std::string>& pending) {
    if (pending.empty()) return;
    fail("shred",
         "shred pending: DIR/vault.db cannot be written and still has keys or records of " +
             std::to_string(pending.size()) + " shredded tenants, the first " +
             printable(pending.front()),
         "make room on its disk; the next command finishes it");
  }

  void check_shredded(Opened& opened) {
    const auto missing = not_in_ledger(opened);
    if (!missing) return fail("shredded", missing.error().message, "mend what failed above");
    if (missing->empty()) return pass("shredded", "the ledger has every tenant that is shredded");
    std::string detail = std::to_string(missing->size()) +
                         " tenants are shredded and the ledger, which was cut or replaced, does "
                         "not have them";
    for (std::size_t i = 0; i < std::min(missing->size(), kMaxNamed); ++i)
      detail.append(i == 0 ? ": " : ", ").append(printable((*missing)[i]));
    fail("shredded", detail,
         "put back your copy of the ledger; without one, vault DIR shred TENANT --yes writes each "
         "anew");
  }

  // Returns whether no row is known to lack another.
  bool check_rows(Opened& opened) {
    const auto rows = opened.store->list_incomplete(kPage);
    if (!rows) {
      fail("rows", rows.error().message, "restore");
      return false;
    }
    if (rows->empty()) {
      pass("rows", "none lacks another");
      return true;
    }
    std::map<std::string, std::string_view> by_tenant;
    for (const auto& row : *rows)
      if (by_tenant.size() < kMaxNamed) by_tenant.try_emplace(row.tenant, describe(row.lacks));
    std::string detail = std::to_string(rows->size()) + (rows->size() < kPage ? "" : " or more") +
                         " rows lack others";
    for (const auto& [tenant, what] : by_tenant)
      detail.append("; tenant ").append(printable(tenant)).append(": ").append(what);
    fail("rows", detail,
         "destroy no key; vault DIR verify names each; vault DIR restore INTO brings back what is "
         "in the archive");
    return false;
  }

  void check_rewrap(Opened& opened, bool complete) {
    const auto keks = older_keks(opened);
    if (!keks) return fail("rewrap", keks.error().message, "restore");
    for (const vault::KekVersion& kek : *keks) {
      const std::string name = "older key " + kek.kek_id;
      const auto count = count_wraps(*opened.store, kek);
      if (!count) return fail(name, count.error().message, "restore");
      if (*count != 0) {
        warning(name, std::to_string(*count) + " data keys are still under it", "vault DIR rewrap");
      } else {
        warning(name, "nothing is under it any more",
                complete ? "vault DIR destroy-kek " + kek.kek_id : "see the check of the rows");
      }
    }
    if (!complete)
      return warning("rewrap", "rows are missing: under which keys all data keys are is not known",
                     "see the check of the rows");
    if (keks->empty()) pass("rewrap", "all data keys are under " + opened.keys.ids.front());
  }

  void check_archive(const fs::path& path, Opened& opened) {
    const auto status = opened.store->changelog_status();
    if (!status) return fail("archive", status.error().message, "restore");
    const auto newest = newest_file(path);
    if (!newest && !status->recording)
      return warning("archive", "there has been no backup", "vault DIR backup");
    if (!newest)
      return fail("archive", path.string() + ": is not there or empty, but the vault ships to it",
                  "put it back, or move it away and: vault DIR backup --base into an empty one");
    // Reads little of it; all is read by verify.
    const auto archive = coefficient::sqlite::Archive::open(path);
    const auto fits = archive ? archive->check_store(*opened.store) : archive.error();
    if (!fits)
      return fail("archive", fits.error().message,
                  "if an older vault.db was put back: vault DIR restore INTO, which has all that "
                  "was in backups; if the archive is wrong or lost: move it away and vault DIR "
                  "backup --base into an empty one");
    const auto age = std::chrono::duration_cast<std::chrono::hours>(
        std::max(fs::file_time_type::clock::now() - *newest, fs::file_time_type::duration::zero()));
    const std::string detail = std::to_string(status->unarchived) +
                               " transactions wait; the last backup that had any was " +
                               std::to_string(age.count()) + " hours ago";
    if (status->unarchived != 0 &&
        static_cast<std::uint64_t>(age.count()) >= arguments_.max_archive_age_hours)
      return warning("archive", detail, "vault DIR backup, from a timer");
    pass("archive", detail);
  }

  static std::optional<fs::file_time_type> newest_file(const fs::path& path) {
    std::error_code status;
    std::optional<fs::file_time_type> newest;
    for (fs::directory_iterator it(path, status), end; !status && it != end; it.increment(status)) {
      if (it->path().extension() != ".base" && it->path().extension() != ".changes") continue;
      const auto time = it->last_write_time(status);
      if (!status && (!newest || time > *newest)) newest = time;
    }
    return newest;
  }

  // The vault was opened and closed in between, which takes the log in unless somebody has it open.
  void check_wal(bool had_wal) {
    const auto wal = status_of(directory_ / "vault.db-wal");
    if (wal && wal->st_size > 0)
      return pass("log", std::to_string(wal->st_size) +
                             " bytes of vault.db-wal: another process has the vault open. Copy "
                             "DIR only with vault DIR backup");
    pass("log", had_wal ? "a process had left a vault.db-wal; it has been taken in" : "none left");
  }

  const Arguments& arguments_;
  fs::path directory_;
  std::error_code ignored_;
  std::vector<Check> checks_;
};

std::string text_of(const std::vector<Check>& checks) {
  std::string text;
  for (const Check& check : checks) {
    text += std::string(word(check.status)) + ' ' + harmless(check.name) + ": " +
            harmless(check.detail) + '\n';
    if (!check.fix.empty()) text += "  fix: " + harmless(check.fix) + '\n';
  }
  return text;
}

Json json_of(const std::vector<Check>& checks, bool ok) {
  Json list = Json::array();
  for (const Check& check : checks) {
    Json entry = {{"name", check.name}, {"status", word(check.status)}, {"detail", check.detail}};
    if (!check.fix.empty()) entry["fix"] = check.fix;
    list.push_back(std::move(entry));
  }
  return {{"ok", ok}, {"checks", std::move(list)}};
}

}  // namespace

int doctor(const Arguments& a) {
  const std::vector<Check> checks = Examination(a).run();
  const bool ok = std::none_of(checks.begin(), checks.end(),
                               [](const Check& c) { return c.status == Status::kFailed; });
  const int printed = print(a, json_of(checks, ok), text_of(checks));
  return printed == kDone && !ok ? kRefused : printed;
}

}  // namespace vault_tool
