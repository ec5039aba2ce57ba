#ifndef COEFFICIENT_SRC_VAULT_KEY_RING_H_
#define COEFFICIENT_SRC_VAULT_KEY_RING_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/vault/kek_provider.h"
#include "coefficient/vault/rows.h"
#include "coefficient/vault/secret_arena.h"
#include "coefficient/version.h"
#include "vault/data_key.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// Returns what messages call a data key: its id and its tenant.
std::string name_of(const DekId& id, std::string_view tenant);

/// The KEK providers of a vault, and what is wrapped with them: data keys and canaries. The AAD of
/// a data key's wrap is PAE("coefficient.vault.dek-wrap.v1", dek_id, tenant, purpose as 1 byte,
/// provider, kek_id, version).
///
/// Errors: those of a provider as kek_provider.h maps them to ErrorCodes, with the provider's
/// message; kFailedPrecondition for a provider that is not there; those of the arena.
///
/// Thread safety: immutable; may be used by several threads.
class KeyRing {
 public:
  /// A data key and, while it is needed, its bytes.
  struct Opened {
    ArenaBytes raw;
    std::shared_ptr<const DataKey> key;
  };

  /// The first provider wraps new keys. `break_glass` may be null. Errors: kInvalidArgument without
  /// a provider or arena, for null, for two providers of one name.
  static Result<KeyRing> create(std::shared_ptr<SecretArena> arena,
                                std::vector<std::shared_ptr<KekProvider>> providers,
                                std::shared_ptr<KekProvider> break_glass);

  [[nodiscard]] const SecretArena& arena() const noexcept { return *arena_; }
  [[nodiscard]] bool has_break_glass() const noexcept { return break_glass_ != nullptr; }
  [[nodiscard]] bool has_provider(std::string_view name) const;
  /// Returns the versions that new wraps use: one, or two with break-glass.
  [[nodiscard]] std::vector<KekVersion> current() const;

  /// Returns a new data key of `tenant`, active, wrapped under current().
  [[nodiscard]] Result<DataKeyRow> make(std::string_view tenant, Timestamp now) const;
  /// Wraps anew under current(). `raw` is the key of `row`.
  [[nodiscard]] Result<std::vector<WrapRow>> wrap(const DataKeyRow& row,
                                                  std::span<const std::byte, 32> raw) const;
  /// Unwraps by this wrap of the row and checks the key check value: kDataLoss if it is another.
  /// Errors name the data key.
  [[nodiscard]] Result<Opened> open(const DataKeyRow& row, const WrapRow& wrap) const;

  /// Returns a live row for `kek` with a new canary.
  [[nodiscard]] Result<KekRow> make_canary(const KekVersion& kek) const;
  /// Unwraps the canary of a row: kDataLoss if it is not the one that was wrapped.
  [[nodiscard]] Result<> check_canary(const KekRow& row) const;

 private:
  KeyRing(std::shared_ptr<SecretArena> arena, std::vector<std::shared_ptr<KekProvider>> providers,
          std::shared_ptr<KekProvider> break_glass) noexcept;
  [[nodiscard]] Result<Opened> unwrap(const DataKeyRow& row, const WrapRow& wrap) const;
  [[nodiscard]] Result<KekProvider*> provider_of(const KekVersion& kek) const;
  std::shared_ptr<SecretArena> arena_;
  std::vector<std::shared_ptr<KekProvider>> providers_;  // break-glass is the last, if there is one
  std::shared_ptr<KekProvider> break_glass_;
};

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_VAULT_KEY_RING_H_
