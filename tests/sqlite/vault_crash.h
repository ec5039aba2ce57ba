#ifndef COEFFICIENT_TESTS_SQLITE_VAULT_CRASH_H_
#define COEFFICIENT_TESTS_SQLITE_VAULT_CRASH_H_

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coefficient/sqlite/archive.h"
#include "coefficient/sqlite/vault_store.h"
#include "coefficient/vault/local_kek.h"
#include "coefficient/vault/vault.h"

// What vault_crash_test.cc and the process that it kills, vault_crash_child.cc, have in common.
//
// The child says each operation before it begins and after it was acknowledged, a line each:
//
//   <who> put|remove TENANT NAME VERSION     <who> ok
//   <who> rotate|shred TENANT                <who> ok
//   <who> rewrap|destroy                     <who> ok
//   archiver base|ship|prune                 archiver ok SEQ
//   archiver restore DIRECTORY               archiver ok
//
// and "<who> step" in between, where a call reports its progress. The writers "w0" and "w1" have
// tenants of their own: <who>-0, <who>-1 and so on, three at a time, the oldest of which is the one
// to be shredded next.
namespace test {

inline constexpr std::array<const char*, 2> kCrashWriters = {"w0", "w1"};
inline constexpr const char* kCrashKind = "token";
inline constexpr int kCrashNames = 4;
inline constexpr int kCrashTenants = 3;

/// The secret of a version: it can be no other's. Up to 20 KB, so of one chunk or two.
inline std::string crash_secret(const std::string& tenant, const std::string& name,
                                std::uint64_t version) {
  const std::string unit = tenant + "/" + name + "/" + std::to_string(version) + ";";
  std::string secret = unit;
  const std::size_t size = version * 7919 % 20000;
  while (secret.size() < size) secret += unit;
  return secret;
}

inline std::string crash_key_file(int generation) {
  return "key." + std::to_string(generation);
}

/// A vault and what it stands on.
struct CrashVault {
  std::unique_ptr<coefficient::vault::FileShredLedger> ledger;
  std::unique_ptr<coefficient::sqlite::VaultStore> store;
  std::unique_ptr<coefficient::vault::Vault> vault;
};

/// Opens the store in `root`/`name` with the ledger in `root` and the key of `generation`; those of
/// the generations before it unwrap.
inline coefficient::Result<CrashVault> open_crash_vault(const std::filesystem::path& root,
                                                        const std::string& name, int generation,
                                                        bool create) {
  using namespace coefficient;
  auto arena = vault::SecretArena::create();
  if (!arena) return arena.error();
  std::vector<vault::LocalKey> keys;
  for (int i = generation; i >= 0; --i) {
    auto key = vault::LocalKey::from_file(root / crash_key_file(i), **arena);
    if (!key) return key.error();
    keys.push_back(*std::move(key));
  }
  auto kek = vault::LocalKek::create(std::move(keys));
  if (!kek) return kek.error();
  auto ledger = vault::FileShredLedger::open(root / "ledger");
  if (!ledger) return ledger.error();
  auto store =
      sqlite::VaultStore::open(root / name, coefficient::system_clock(), {.create = create});
  if (!store) return store.error();
  auto opened = vault::Vault::create(
      {.store = **store, .ledger = **ledger, .arena = *arena, .providers = {*kek}});
  if (!opened) return opened.error();
  return CrashVault{*std::move(ledger), *std::move(store), *std::move(opened)};
}

/// Returns the KEK versions that are live and not the one of `generation`.
inline coefficient::Result<std::vector<coefficient::vault::KekVersion>> older_crash_keks(
    coefficient::vault::Store& store, int generation) {
  const auto rows = store.read_keks();
  if (!rows) return rows.error();
  std::vector<coefficient::vault::KekVersion> older;
  for (const auto& row : *rows) {
    if (row.state == coefficient::vault::KekState::kLive &&
        row.kek.kek_id != std::to_string(generation))
      older.push_back(row.kek);
  }
  return older;
}

}  // namespace test

#endif  // COEFFICIENT_TESTS_SQLITE_VAULT_CRASH_H_
