#ifndef COEFFICIENT_SRC_VAULT_VAULT_STATE_H_
#define COEFFICIENT_SRC_VAULT_VAULT_STATE_H_

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/vault/vault.h"
#include "vault/dek_cache.h"
#include "vault/key_ring.h"
#include "vault/seen_versions.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// How often a change is tried again when another writer was faster.
inline constexpr int kAttempts = 16;

/// Whether the store could not do something now, which may work later.
inline bool may_work_later(const Error& error) noexcept {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kResourceExhausted ||
         error.code == ErrorCode::kInternal;
}

/// Tenants that were shredded, as far as this process knows.
///
/// Thread safety: all members may be called concurrently.
class ShreddedTenants {
 public:
  [[nodiscard]] bool contains(std::string_view tenant) const;
  void add(std::string_view tenant);
  /// Those of which the store may still have keys or records.
  [[nodiscard]] std::vector<std::string> unfinished() const;
  void set_finished(std::string_view tenant, bool finished);

 private:
  mutable std::shared_mutex mutex_;
  std::set<std::string, std::less<>> tenants_;
  std::set<std::string, std::less<>> unfinished_;
};

/// What is stored of a record, after everything that vouches for it was checked.
struct CheckedRecord {
  std::optional<RecordRow> row;        ///< Nullopt if the record never was.
  std::shared_ptr<const DataKey> key;  ///< Of the row.
  [[nodiscard]] std::uint64_t version() const noexcept { return row ? row->info.version : 0; }
};

/// The parts of a vault. Locks are taken in this order: shredding, a stripe, then those within the
/// members, which call nothing.
struct Vault::State {
  State(VaultParts& parts, VaultOptions options_, KeyRing keys_);

  // vault_records.cc
  Result<CheckedRecord> current(const RecordRef& ref);
  Result<std::uint64_t> write(const RecordRef& ref,
                              std::optional<std::span<const std::byte>> secret,
                              std::optional<std::uint64_t> expected_version);
  Result<std::uint64_t> try_write(const RecordRef& ref,
                                  std::optional<std::span<const std::byte>> secret,
                                  const CheckedRecord& now);
  std::mutex& stripe_of(std::string_view joined);

  // vault_keys.cc
  Result<DekCache::Entry> active_key(std::string_view tenant);
  Result<std::shared_ptr<const DataKey>> key_by_id(std::string_view tenant, const DekId& id);
  Result<DekCache::Entry> load_active(std::string_view tenant);
  Result<DekCache::Entry> load_by_id(std::string_view tenant, const DekId& id);
  Result<DekCache::Entry> entry_of(const DataKeyRow& row, std::uint64_t revision);
  Result<Batch> new_kek_rows();
  Result<> ensure_live();
  Result<> try_to_be_live();

  // vault_shred.cc
  Result<> check_usable(std::string_view tenant) const;
  Result<> replay_ledger();
  Result<> destroy_keys(std::string_view tenant, bool even_without);
  Result<> finish_shred(std::string_view tenant, bool even_without);
  void finish_shreds();
  Error shredded(std::string_view tenant);

  [[nodiscard]] Result<> check_alive() const;
  [[nodiscard]] Timestamp now() const {
    return std::chrono::floor<std::chrono::seconds>(clock.now());
  }

  Store& store;
  ShredLedger& ledger;
  const Clock& clock;
  const VaultOptions options;
  const KeyRing keys;
  DekCache cache;
  SeenVersions seen;
  ShreddedTenants gone;
  std::mutex shredding;
  // Writers of one record in this process wait for each other rather than make each other retry.
  std::array<std::mutex, 256> stripes;
};

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_VAULT_VAULT_STATE_H_
