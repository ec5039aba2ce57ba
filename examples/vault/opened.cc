#include "opened.h"

#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "files.h"

namespace vault_tool {
namespace {

namespace fs = std::filesystem;
namespace sqlite = coefficient::sqlite;
namespace vault = coefficient::vault;
using coefficient::Result;

Result<> for_each_data_key(vault::Store& store, const vault::KekVersion& kek,
                           const std::function<void(const vault::DataKeyRow&)>& use) {
  for (std::optional<vault::DekId> after;;) {
    const auto page = store.list_data_keys_under(kek, after, kPage);
    if (!page) return page.error();
    for (const vault::DataKeyRow& row : *page) use(row);
    if (page->size() < kPage) return {};
    after = page->back().dek_id;
  }
}

}  // namespace

Result<Keys> load_keys(const Settings& settings, bool require_locked) {
  auto arena = vault::SecretArena::create({.require_locked = require_locked});
  if (!arena) return arena.error();
  std::vector<vault::LocalKey> held;
  std::vector<std::string> ids;
  for (const KekSource& source : settings.keks) {
    auto key = source.file.empty() ? vault::LocalKey::from_environment(kKekVariable, **arena)
                                   : vault::LocalKey::from_file(source.file.string(), **arena);
    if (!key) {
      return coefficient::Error{key.error().code, source.text() + ": " + key.error().message};
    }
    ids.push_back(key->id());
    held.push_back(*std::move(key));
  }
  auto provider = vault::LocalKek::create(std::move(held));
  if (!provider) return provider.error();
  return Keys{*std::move(arena), *std::move(provider), std::move(ids)};
}

Result<Opened> open_parts(const fs::path& directory, Settings settings, Keys keys, bool create) {
  auto ledger = vault::FileShredLedger::open(settings.ledger.string());
  if (!ledger) return ledger.error();
  auto store = sqlite::VaultStore::open(directory, coefficient::system_clock(), {.create = create});
  if (!store) return store.error();
  auto opened = vault::Vault::create(
      {.store = **store, .ledger = **ledger, .arena = keys.arena, .providers = {keys.provider}});
  if (!opened) return opened.error();
  return Opened{std::move(settings), std::move(keys), *std::move(ledger), *std::move(store),
                *std::move(opened)};
}

Result<Opened> open_vault(const Arguments& arguments) {
  auto lock = DirectoryLock::acquire(arguments.directory, DirectoryLock::Mode::kShared);
  if (!lock) return lock.error();
  auto settings = load_settings(arguments.directory);
  if (!settings) return settings.error();
  auto keys = load_keys(*settings, arguments.require_locked);
  if (!keys) return keys.error();
  return open_parts(arguments.directory, *std::move(settings), *std::move(keys), false);
}

Result<std::uint64_t> count_wraps(vault::Store& store, const vault::KekVersion& kek) {
  std::uint64_t count = 0;
  if (auto done = for_each_data_key(store, kek, [&](const vault::DataKeyRow&) { ++count; }); !done)
    return done.error();
  return count;
}

Result<std::vector<vault::KekVersion>> older_keks(const Opened& opened) {
  const auto rows = opened.store->read_keks();
  if (!rows) return rows.error();
  std::vector<vault::KekVersion> out;
  for (const vault::KekRow& row : *rows)
    if (row.state == vault::KekState::kLive && row.kek != opened.keys.provider->current())
      out.push_back(row.kek);
  return out;
}

Result<std::vector<std::string>> tenants(vault::Store& store) {
  const auto rows = store.read_keks();
  if (!rows) return rows.error();
  std::set<std::string> names;
  for (const vault::KekRow& row : *rows) {
    auto done = for_each_data_key(store, row.kek,
                                  [&](const vault::DataKeyRow& key) { names.insert(key.tenant); });
    if (!done) return done.error();
  }
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace vault_tool
