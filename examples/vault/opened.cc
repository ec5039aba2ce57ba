#include "opened.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "files.h"

namespace vault_tool {

namespace fs = std::filesystem;
namespace sqlite = coefficient::sqlite;
namespace vault = coefficient::vault;
using coefficient::Result;

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
  for (std::optional<vault::DekId> after;;) {
    const auto page = store.list_data_keys_under(kek, after, kPage);
    if (!page) return page.error();
    count += page->size();
    if (page->size() < kPage) return count;
    after = page->back().dek_id;
  }
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

Result<std::vector<sqlite::StoredTenant>> tenants(sqlite::VaultStore& store) {
  std::vector<sqlite::StoredTenant> all;
  while (true) {
    auto page = store.list_tenants(all.empty() ? std::string() : all.back().tenant, kPage);
    if (!page) return page.error();
    const bool last = page->size() < kPage;
    std::move(page->begin(), page->end(), std::back_inserter(all));
    if (last) return all;
  }
}

Result<std::vector<std::string>> not_in_ledger(Opened& opened) {
  // The database first: a shred writes to the ledger first.
  const auto stored = tenants(*opened.store);
  if (!stored) return stored.error();
  const auto entries = opened.ledger->read();
  if (!entries) return entries.error();
  std::set<std::string_view> listed;
  for (const vault::ShredEntry& entry : *entries) listed.insert(entry.tenant);
  std::vector<std::string> missing;
  for (const auto& [tenant, shredded] : *stored)
    if (shredded && !listed.contains(tenant)) missing.push_back(tenant);
  return missing;
}

std::string_view describe(sqlite::IncompleteRow::Lacks lacks) {
  using Lacks = sqlite::IncompleteRow::Lacks;
  switch (lacks) {
    case Lacks::kWrap:
      return "a data key has no wrap under a key in use";
    case Lacks::kDataKey:
      return "the record's data key is not in the store";
    case Lacks::kRecord:
      return "the record is not in the store, but its high-water row is";
    case Lacks::kHighWater:
      return "the record's high-water row is not in the store";
  }
  return "something is missing";
}

}  // namespace vault_tool
