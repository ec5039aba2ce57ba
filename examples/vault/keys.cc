// rotate, rewrap, shred, destroy-kek.
#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <utility>

#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"
#include "coefficient/sqlite/vault_store.h"
#include "commands.h"
#include "files.h"
#include "kek_file.h"
#include "opened.h"
#include "output.h"

namespace vault_tool {
namespace {

namespace fs = std::filesystem;
namespace vault = coefficient::vault;
using coefficient::Result;

constexpr std::uint64_t kProgressEvery = 100;

// Puts the key that rewrap was asked to use in front of the settings; makes its file if there is
// none.
Result<bool> choose_current(const Arguments& a, Settings& settings) {
  KekSource source;
  if (!a.kek_environment) {
    auto file = file_path(a.kek_files.front());
    if (!file) return file.error();
    source.file = *std::move(file);
  }
  const auto known = std::find(settings.keks.begin(), settings.keks.end(), source);
  if (known != settings.keks.end()) {
    std::rotate(settings.keks.begin(), known, known + 1);
    return false;
  }
  settings.keks.insert(settings.keks.begin(), source);
  if (source.file.empty()) return false;
  std::error_code status;
  if (fs::exists(source.file, status)) {
    // It may be of a call that died before its fsync.
    if (auto synced = sync_file(source.file); !synced) return synced.error();
    return false;
  }
  if (auto made = make_kek_file(source.file, a.kek_id); !made) return made.error();
  return true;
}

struct Rewrapping {
  Opened opened;
  bool kek_made = false;
};

// Whether the database has heard of a key-encryption key.
Result<bool> has_kek(const fs::path& directory, const vault::KekVersion& kek) {
  auto store = coefficient::sqlite::VaultStore::open(directory, coefficient::system_clock(),
                                                     {.create = false});
  if (!store) return store.error();
  const auto rows = (*store)->read_keks();
  if (!rows) return rows.error();
  return std::any_of(rows->begin(), rows->end(),
                     [&kek](const vault::KekRow& row) { return row.kek == kek; });
}

// The new key is in vault.json, durably, before the database has heard of it: a process that dies
// here leaves a vault that opens. A key that the database knows has to open its canary, and must
// not be a destroyed one, before vault.json names it: or no command would open the vault any more.
Result<Rewrapping> open_to_rewrap(const Arguments& a) {
  auto lock = DirectoryLock::acquire(a.directory, DirectoryLock::Mode::kExclusive);
  if (!lock) return lock.error();
  auto settings = load_settings(a.directory);
  if (!settings) return settings.error();
  const bool chosen = a.kek_environment || !a.kek_files.empty();
  bool made = false;
  if (chosen) {
    auto current = choose_current(a, *settings);
    if (!current) return current.error();
    made = *current;
  }
  auto keys = load_keys(*settings, a.require_locked);
  if (!keys) return keys.error();
  bool save_last = false;
  if (chosen) {
    const auto known = has_kek(a.directory, keys->provider->current());
    if (!known) return known.error();
    save_last = *known;
    if (!save_last) {
      if (auto saved = save_settings(a.directory, *settings); !saved) return saved.error();
    }
  }
  auto opened = open_parts(a.directory, *std::move(settings), *std::move(keys), false);
  if (!opened) return opened.error();
  if (save_last) {
    if (auto saved = save_settings(a.directory, opened->settings); !saved) return saved.error();
  }
  return Rewrapping{*std::move(opened), made};
}

void show_progress(std::uint64_t done, std::uint64_t total) {
  if (done == 1 || done % kProgressEvery == 0 || done == total)
    std::cerr << "vault: rewrapped " << done << " of " << total << " data keys" << std::endl;
}

Result<std::uint64_t> count_all(Opened& opened, const std::vector<vault::KekVersion>& keks) {
  std::uint64_t total = 0;
  for (const vault::KekVersion& kek : keks) {
    const auto count = count_wraps(*opened.store, kek);
    if (!count) return count.error();
    total += *count;
  }
  return total;
}

Result<vault::RewrapReport> rewrap_all(Opened& opened, const std::vector<vault::KekVersion>& from,
                                       std::uint64_t total) {
  vault::RewrapReport all;
  std::uint64_t shown = 0;
  for (const vault::KekVersion& kek : from) {
    auto report = opened.vault->rewrap(kek, [&](const vault::RewrapReport& so_far) {
      const std::uint64_t done = all.rewrapped + so_far.rewrapped;
      if (done != shown) show_progress(done, total);
      shown = done;
      return true;
    });
    if (!report) return report.error();
    all.rewrapped += report->rewrapped;
    all.failed += report->failed;
    std::move(report->failures.begin(), report->failures.end(), std::back_inserter(all.failures));
  }
  all.complete = all.failed == 0;
  return all;
}

Json failures_json(const vault::RewrapReport& report) {
  Json out = Json::array();
  for (const vault::RewrapFailure& failure : report.failures)
    out.push_back({{"dek_id", coefficient::hex_encode(failure.dek_id)},
                   {"tenant", failure.tenant},
                   {"error", failure.error.message}});
  return out;
}

std::string failures_text(const vault::RewrapReport& report) {
  if (report.failed == 0) return "";
  std::string text;
  for (const vault::RewrapFailure& failure : report.failures)
    text += "failed: " + coefficient::hex_encode(failure.dek_id) + ' ' + printable(failure.tenant) +
            ": " + printable(failure.error.message) + '\n';
  return text + std::to_string(report.failed) +
         " data keys failed and stay under an older key: restore a backup from before the damage, "
         "or shred their tenants\n";
}

}  // namespace

Result<> make_kek_file(const fs::path& path, const std::string& id) {
  std::array<std::byte, 4> random{};
  if (auto drawn = coefficient::random_bytes(random); !drawn) return drawn;
  const auto text =
      vault::LocalKey::generate(id.empty() ? "kek-" + coefficient::hex_encode(random) : id);
  if (!text) return text.error();
  return make_file(path, text->expose());
}

int rotate(const Arguments& a) {
  auto opened = open_vault(a);
  if (!opened) return fail(kUsage, opened.error().message);
  const auto id = opened->vault->rotate_dek(a.tenant);
  if (!id) return refuse(id.error());
  const std::string hex = coefficient::hex_encode(*id);
  return print(a, {{"dek_id", hex}}, "data key " + hex + '\n');
}

int rewrap(const Arguments& a) {
  auto work = open_to_rewrap(a);
  if (!work) return fail(kUsage, work.error().message);
  Opened& opened = work->opened;
  const auto from = older_keks(opened);
  if (!from) return refuse(from.error());
  const auto total = count_all(opened, *from);
  if (!total) return refuse(total.error());
  const auto done = rewrap_all(opened, *from, *total);
  if (!done) return refuse(done.error());
  // Not zero if a process that was started before still wraps under an older key.
  const auto pending = count_all(opened, *from);
  if (!pending) return refuse(pending.error());
  const std::string& id = opened.keys.ids.front();
  std::string text = std::to_string(done->rewrapped) + " data keys are now under " + id + ", " +
                     std::to_string(*pending) + " are still under older keys\n" +
                     failures_text(*done);
  // A data key whose wrap is lost may come back with a backup, under a key that nothing seems to
  // need.
  const auto incomplete = opened.store->list_incomplete(1);
  if (!incomplete) return refuse(incomplete.error());
  if (!incomplete->empty())
    text += "rows are missing in the database: see vault DIR verify, and destroy no key before\n";
  else if (*pending == 0)
    for (const vault::KekVersion& kek : *from)
      text += "nothing needs " + printable(kek.kek_id) + ": vault DIR destroy-kek may follow\n";
  const int printed = print(a,
                            {{"kek_id", id},
                             {"kek_made", work->kek_made},
                             {"rewrapped", done->rewrapped},
                             {"pending", *pending},
                             {"failed", done->failed},
                             {"failures", failures_json(*done)},
                             {"rows_missing", !incomplete->empty()}},
                            text);
  return printed == kDone && (!done->complete || !incomplete->empty()) ? kRefused : printed;
}

int shred(const Arguments& a) {
  if (!a.yes)
    return fail(kUsage,
                "shred destroys all secrets of the tenant for good, and its name can never "
                "be used again: say --yes");
  auto opened = open_vault(a);
  if (!opened) return fail(kUsage, opened.error().message);
  if (auto done = opened->vault->shred(a.tenant); !done) return refuse(done.error());
  return print(a, {{"shredded", a.tenant}}, "shredded " + printable(a.tenant) + '\n');
}

int destroy_kek(const Arguments& a) {
  const auto lock = DirectoryLock::acquire(a.directory, DirectoryLock::Mode::kExclusive);
  if (!lock) return fail(kUsage, lock.error().message);
  auto settings = load_settings(a.directory);
  if (!settings) return fail(kUsage, settings.error().message);
  auto keys = load_keys(*settings, a.require_locked);
  if (!keys) return fail(kUsage, keys.error().message);
  auto opened = open_parts(a.directory, *settings, *std::move(keys), false);
  if (!opened) return fail(kUsage, opened.error().message);
  vault::KekVersion kek = opened->keys.provider->current();
  kek.kek_id = a.kek_id;
  if (auto done = opened->vault->destroy_kek_version(kek); !done) return refuse(done.error());
  const auto& ids = opened->keys.ids;
  const auto at = std::find(ids.begin(), ids.end(), a.kek_id);
  Json json = {{"kek_id", a.kek_id}, {"state", "destroyed"}, {"kek", nullptr}};
  std::string text = "destroyed " + printable(a.kek_id) + '\n';
  if (at != ids.end()) {
    const auto source = settings->keks.begin() + (at - ids.begin());
    json["kek"] = source->text();
    text += source->text() + " is no longer used. Keep it for as long as you may want to restore " +
            "a backup from before the rewrap; after that delete it.\n";
    settings->keks.erase(source);
    if (auto saved = save_settings(a.directory, *settings); !saved)
      return fail(kUsage, saved.error().message);
  }
  return print(a, json, text);
}

}  // namespace vault_tool
