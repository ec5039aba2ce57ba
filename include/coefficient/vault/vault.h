#ifndef COEFFICIENT_VAULT_VAULT_H_
#define COEFFICIENT_VAULT_VAULT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/core/secret_bytes.h"
#include "coefficient/vault/export.h"
#include "coefficient/vault/kek_provider.h"
#include "coefficient/vault/rows.h"
#include "coefficient/vault/secret_arena.h"
#include "coefficient/vault/shred_ledger.h"
#include "coefficient/vault/store.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// What a vault is made of. The store, the ledger and the clock must outlive it.
struct VaultParts {
  Store& store;
  ShredLedger& ledger;
  std::shared_ptr<SecretArena> arena;
  /// The first one wraps new data keys; the others unwrap what they once wrapped. Each has a name
  /// (KekVersion::provider) of its own.
  std::vector<std::shared_ptr<KekProvider>> providers;
  /// Wraps each new data key a second time; null for one wrap a key.
  std::shared_ptr<KekProvider> break_glass = nullptr;
  const Clock& clock = system_clock();
};

struct VaultOptions {
  /// At least 1. A tenant in use has two: its active key, and the key by its id.
  std::size_t dek_cache_entries = 1024;
  /// 1 second to 24 hours; a data key is unwrapped anew after that.
  std::chrono::seconds dek_max_age{300};
  /// How many records' versions are remembered to notice a rollback, at about 200 bytes each; at
  /// least 1.
  std::size_t seen_records = 65536;
  /// Unwrap by the break-glass wraps.
  bool use_break_glass = false;
  /// Names of providers that this process knowingly lacks, such as an offline one for break-glass:
  /// their canaries are not checked.
  std::vector<std::string> absent_providers = {};
};

struct Secret {
  SecretBytes bytes;
  std::uint64_t version = 0;
  Timestamp updated_at{};
};

/// A data key whose wrap does not open, or whose rows are damaged.
struct RewrapFailure {
  DekId dek_id{};
  std::string tenant;  ///< As the store has it; nothing vouches for it.
  Error error;         ///< kDataLoss.
};

struct RewrapReport {
  std::uint64_t rewrapped = 0;  ///< Data keys.
  bool complete = false;        ///< False if `progress` stopped it or a data key failed.
  std::uint64_t failed = 0;     ///< Data keys that are as they were.
  std::vector<RewrapFailure> failures = {};  ///< The first 100 of them.
};

/// Keeps secrets encrypted at rest: each under its tenant's data key, which is stored wrapped by a
/// key-encryption key (KEK). docs/vault.md has the formats, and what is protected and what is not.
///
/// Errors of all members, besides those that each one names: kInvalidArgument for a tenant, kind or
/// name that is not a text as rows.h says; those of the store (store.h) and of KEK providers
/// (KekFault says which code each fault becomes); kDataLoss if what is stored contradicts what a
/// data key vouches for, or an older version was put back; kFailedPrecondition for a tenant that
/// was shredded, and in a child of fork(). No message has anything of a secret.
///
/// Thread safety: all members may be called concurrently, also by several processes on one store.
class COEFFICIENT_VAULT_EXPORT Vault {
 public:
  /// Reads the ledger and shreds again what a restored backup brought back, unwraps the canary of
  /// every live KEK version, and makes rows for current ones that are new. A store that cannot be
  /// written now (full, locked) is no error: such tenants are refused and unfinished_shreds() has
  /// them, and the rows are made by what first wraps a data key. Errors: kInvalidArgument
  /// for parts or options that cannot work; kDataLoss for a KEK that is not the one it was;
  /// kFailedPrecondition for a live version whose provider is neither here nor named as absent, and
  /// for a current version that was destroyed; those of the ledger.
  static Result<std::unique_ptr<Vault>> create(VaultParts parts, VaultOptions options = {});
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;
  ~Vault();

  /// Stores a secret, at most 16 MiB, and returns its version. With `expected_version` only if the
  /// record has that version now, tombstones included; 0: there never was one. Errors:
  /// kFailedPrecondition for another version; kResourceExhausted on the size; kUnavailable if other
  /// writers were faster 16 times. A tenant's first put makes its data key.
  Result<std::uint64_t> put(const RecordRef& ref, std::span<const std::byte> secret,
                            std::optional<std::uint64_t> expected_version = std::nullopt);
  /// Returns the latest version. Error: kNotFound if there is none or it was removed.
  Result<Secret> get(const RecordRef& ref);
  /// Calls `use` with the latest version and wipes it afterwards. Errors: those of get().
  Result<> with_secret(const RecordRef& ref,
                       const std::function<void(std::span<const std::byte>)>& use);
  /// Returns names and metadata as Store::list_records() does, tombstones included. Nothing
  /// vouches for a list: what get() says holds. Errors: kInvalidArgument for a limit that is not 1
  /// to 1000.
  Result<std::vector<RecordInfo>> list(const RecordRef& after, std::size_t limit);
  /// Replaces the record by a tombstone and returns its version. Errors: kNotFound if there is
  /// nothing to remove; those of put().
  Result<std::uint64_t> remove(const RecordRef& ref,
                               std::optional<std::uint64_t> expected_version = std::nullopt);

  /// Gives the tenant a new data key; the old one only opens from now on, and each record moves to
  /// the new one when it is next put. Errors: kNotFound for a tenant without a data key. After an
  /// error the old key is as it was.
  Result<DekId> rotate_dek(std::string_view tenant);

  /// Wraps anew, under the current KEKs, every data key that has a wrap under `from`; also adds
  /// break-glass wraps where they are missing. Records are not touched. Each data key is one
  /// transaction, so whatever interrupts it, calling it again goes on. One that is damaged (its own
  /// kDataLoss) does not keep the others under `from`: the report lists it, and it stays under
  /// `from` until its row is restored or its tenant shredded. `progress` is called after each;
  /// false stops. Errors: the first other one met.
  Result<RewrapReport> rewrap(const KekVersion& from,
                              const std::function<bool(const RewrapReport&)>& progress = {});

  /// Marks a KEK version as destroyed, so that nothing is ever wrapped under it again; then, and
  /// not before, its provider may delete the key. Errors: kNotFound for a version that the store
  /// never saw; kFailedPrecondition while a data key has a wrap under it, or while it is current.
  Result<> destroy_kek_version(const KekVersion& kek);

  /// Destroys all data keys and records of the tenant for good: the ledger has it first, then the
  /// store. The tenant's name can never be used again. Doing it again is no error: call it again
  /// if it failed. A get() that already had the key may still return.
  Result<> shred(std::string_view tenant);
  /// Returns the tenants that were shredded by the ledger while the store could not be written, so
  /// that it still has data keys or records of them. They are refused all the same. Each put(),
  /// remove(), rotate_dek() and rewrap() tries again, as does create().
  [[nodiscard]] std::vector<std::string> unfinished_shreds() const;

 private:
  struct State;
  explicit Vault(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_VAULT_VAULT_H_
