#ifndef EXAMPLES_VAULT_OPENED_H_
#define EXAMPLES_VAULT_OPENED_H_

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "arguments.h"
#include "coefficient/core/result.h"
#include "coefficient/sqlite/vault_store.h"
#include "coefficient/vault/local_kek.h"
#include "coefficient/vault/secret_arena.h"
#include "coefficient/vault/shred_ledger.h"
#include "coefficient/vault/vault.h"
#include "settings.h"

namespace vault_tool {

/// How many entries of a list are read at a time.
inline constexpr std::size_t kPage = 500;

/// The keys that the settings name, in memory.
struct Keys {
  std::shared_ptr<coefficient::vault::SecretArena> arena;
  std::shared_ptr<coefficient::vault::LocalKek> provider;
  std::vector<std::string> ids;  ///< In the order of Settings::keks.
};

/// A vault and what it stands on; destroyed in the reverse order.
struct Opened {
  Settings settings;
  Keys keys;
  std::unique_ptr<coefficient::vault::FileShredLedger> ledger;
  std::unique_ptr<coefficient::sqlite::VaultStore> store;
  std::unique_ptr<coefficient::vault::Vault> vault;
};

/// Errors: those of SecretArena, LocalKey and LocalKek.
coefficient::Result<Keys> load_keys(const Settings& settings, bool require_locked);

/// Opens all parts, with the keys given. Hold the directory's lock. Errors: those of the parts.
coefficient::Result<Opened> open_parts(const std::filesystem::path& directory, Settings settings,
                                       Keys keys, bool create);

/// What most commands begin with: lock, settings, keys, parts.
coefficient::Result<Opened> open_vault(const Arguments& arguments);

/// Returns how many data keys have a wrap under `kek`.
coefficient::Result<std::uint64_t> count_wraps(coefficient::vault::Store& store,
                                               const coefficient::vault::KekVersion& kek);
/// Returns the KEK versions in use but the current one.
coefficient::Result<std::vector<coefficient::vault::KekVersion>> older_keks(const Opened& opened);
/// Returns all tenants of which anything is stored, shredded ones too, in order.
coefficient::Result<std::vector<coefficient::sqlite::StoredTenant>> tenants(
    coefficient::sqlite::VaultStore& store);
/// Returns the tenants that are shredded in the database but not in the ledger, which was cut or
/// replaced: a restored backup would bring them back.
coefficient::Result<std::vector<std::string>> not_in_ledger(Opened& opened);
/// Returns what is wrong with a row that lacks another, for people.
std::string_view describe(coefficient::sqlite::IncompleteRow::Lacks lacks);

}  // namespace vault_tool

#endif  // EXAMPLES_VAULT_OPENED_H_
