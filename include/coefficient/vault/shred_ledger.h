#ifndef COEFFICIENT_VAULT_SHRED_LEDGER_H_
#define COEFFICIENT_VAULT_SHRED_LEDGER_H_

#include <memory>
#include <string>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/vault/export.h"
#include "coefficient/vault/rows.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

struct ShredEntry {
  std::string tenant;
  Timestamp shredded_at{};
};

/// Which tenants were shredded, kept where a restored backup of the database does not reach. A
/// vault reads it before it decrypts anything, and destroys again what a restore brought back.
/// Entries are never removed. It holds the tenants' names: let them be opaque numbers.
///
/// Thread safety: all members may be called concurrently.
class COEFFICIENT_VAULT_EXPORT ShredLedger {
 public:
  ShredLedger() = default;
  ShredLedger(const ShredLedger&) = delete;
  ShredLedger& operator=(const ShredLedger&) = delete;
  virtual ~ShredLedger();

  /// Returns all entries, oldest first, each of them durable: a vault destroys keys on their word.
  /// Errors: kUnavailable if that is not possible now, kDataLoss if the ledger is damaged.
  virtual Result<std::vector<ShredEntry>> read() = 0;
  /// Adds an entry, durable on return. Errors: kUnavailable if it was not added; kDataLoss if the
  /// ledger is damaged; kInternal if it is not known whether the entry is durable, and then this
  /// object adds nothing more.
  virtual Result<> append(const ShredEntry& entry) = 0;
};

/// A ledger in a file: a line "CFL1", then one line an entry,
///
///     <seconds since 1970> <tenant as base64url> <hash>
///
/// where hash is SHA-256, in hex, of "coefficient.vault.shred-ledger.v1", the hash of the line
/// before (32 zero bytes at first) and the line up to the blank before the hash. So a changed,
/// removed or reordered entry is noticed, but not a file that was cut at the end of a line or
/// replaced: keep it where who may restore the database may not write, and back it up more often.
///
/// A line that a crash left unfinished was never acknowledged; it is cut off at the next append().
/// Several processes may use one file (flock). At most 64 MiB, about half a million entries. Since
/// keys are destroyed on its word, it must be a regular file, owned by root or the effective user,
/// which neither group nor others may write.
///
/// Thread safety: all members may be called concurrently.
class COEFFICIENT_VAULT_EXPORT FileShredLedger final : public ShredLedger {
 public:
  /// Makes a new, empty ledger, with mode 0600: all of it or, also after a crash, none (but perhaps
  /// a file `path`.new, which the next call replaces). Errors: kAlreadyExists; kUnavailable if it
  /// cannot be written.
  static Result<std::unique_ptr<FileShredLedger>> create(const std::string& path);
  /// Opens one that exists: a ledger that is lost must not pass for an empty one. Errors:
  /// kNotFound; kPermissionDenied if it cannot be opened; those of read().
  static Result<std::unique_ptr<FileShredLedger>> open(const std::string& path);
  FileShredLedger(const FileShredLedger&) = delete;
  FileShredLedger& operator=(const FileShredLedger&) = delete;
  ~FileShredLedger() override;

  /// More errors: kPermissionDenied if the owner or mode is wrong.
  Result<std::vector<ShredEntry>> read() override;
  /// More errors: kPermissionDenied likewise; kInvalidArgument if the tenant is not a text as
  /// rows.h says; kResourceExhausted if the file is full.
  Result<> append(const ShredEntry& entry) override;

 private:
  struct State;
  explicit FileShredLedger(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_VAULT_SHRED_LEDGER_H_
