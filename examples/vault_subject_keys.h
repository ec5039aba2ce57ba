#ifndef EXAMPLES_VAULT_SUBJECT_KEYS_H_
#define EXAMPLES_VAULT_SUBJECT_KEYS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "coefficient/audit/personal.h"
#include "coefficient/core/secret_bytes.h"
#include "coefficient/vault/vault.h"

namespace examples {

/// The keys of the subjects of an audit log, in a vault: neither module knows the other, and this
/// is all that a host needs to join them. Three kinds of records:
///
///     tenant              kind                name      content
///     audit-subjects      subject_index_key   1         32 random bytes
///     audit-subjects      subject             a mac     the id (kid) of the subject's key; empty
///                                                       once it was erased
///     audit-subject-KID   subject_key         key       the 32 bytes of the key
///
/// A key is a tenant of its own, because shredding a tenant is what no restored backup undoes: the
/// vault's ledger has it first, and a vault shreds again what its ledger names. A tenant's name can
/// never be used again, so that it is the random kid, which is all that the ledger keeps.
///
/// No subject is named in the vault: a record's name is HMAC-SHA256 of the subject under the index
/// key, in hex. What is left after an erasure says, to who has the vault's key and guesses the
/// name, that the subject was once there; together with a backup from before, which kid was
/// theirs. What docs/vault.md says of such a backup holds for the key too: rotate and destroy the
/// KEK to end that.
///
/// Nothing is kept in memory, so what another process erases is erased here at the next call.
///
/// Errors: kInvalidArgument for a subject that is empty or over audit::kMaxSubjectBytes; those of
/// vault::Vault but kNotFound, which is what audit::SubjectKeys says; kDataLoss if a record is not
/// what is written here; kUnavailable if others were faster each time.
///
/// Thread safety: may be called concurrently, also by several processes on one vault. The vault
/// must outlive it.
class VaultSubjectKeys final : public coefficient::audit::SubjectKeys {
 public:
  /// Reads the index key, and makes it if this is the first time.
  static coefficient::Result<std::unique_ptr<VaultSubjectKeys>> open(
      coefficient::vault::Vault& vault);
  VaultSubjectKeys(const VaultSubjectKeys&) = delete;
  VaultSubjectKeys& operator=(const VaultSubjectKeys&) = delete;
  ~VaultSubjectKeys() override;

  coefficient::Result<coefficient::audit::SubjectKey> key_of(std::string_view subject) override;
  coefficient::Result<coefficient::SecretBytes> find(std::string_view kid) override;
  coefficient::Result<std::string> kid_of(std::string_view subject) override;
  /// After an error the key may be gone already: call it again until it is not an error, so that
  /// it is sure to be.
  coefficient::Result<std::string> erase(std::string_view subject) override;

 private:
  struct Entry {
    std::string kid;            // empty: none yet, or erased
    std::uint64_t version = 0;  // of the record; 0: there is none
  };
  VaultSubjectKeys(coefficient::vault::Vault& vault, coefficient::SecretBytes index_key) noexcept;
  [[nodiscard]] coefficient::Result<std::string> name_of(std::string_view subject) const;
  coefficient::Result<Entry> entry_of(const std::string& name);
  coefficient::Result<std::optional<coefficient::SecretBytes>> key_under(const std::string& kid);

  coefficient::vault::Vault& vault_;
  coefficient::SecretBytes index_key_;
};

}  // namespace examples

#endif  // EXAMPLES_VAULT_SUBJECT_KEYS_H_
