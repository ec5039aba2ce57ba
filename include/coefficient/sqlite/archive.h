#ifndef COEFFICIENT_SQLITE_ARCHIVE_H_
#define COEFFICIENT_SQLITE_ARCHIVE_H_

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/sqlite/export.h"
#include "coefficient/sqlite/vault_store.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// How far a call of Archive is.
struct Progress {
  enum class Step { kSnapshot, kHash, kShip, kVerify, kCopy, kReplay, kCheck, kPrune };
  Step step = Step::kSnapshot;
  /// Bytes; for kSnapshot pages, for kShip and kReplay transactions, for kPrune files.
  std::uint64_t done = 0;
  std::uint64_t total = 0;  ///< 0: not known.
};
/// Called on the caller's thread, at least once per MiB or 256 transactions. False stops the call,
/// which then returns kDeadlineExceeded.
using ProgressCallback = std::function<bool(const Progress&)>;

/// A point in the history of a store: after which of its recorded transactions.
struct ArchivePoint {
  std::uint64_t seq = 0;
  /// When it was committed, by the store's clock; never less than that of the one before. Of the
  /// state before the first recorded transaction: when take_base() began the recording.
  std::chrono::system_clock::time_point time{};
};

struct ShipReport {
  std::uint64_t transactions = 0;  ///< How many were shipped now.
  ArchivePoint last;               ///< Up to where the archive goes now.
};

struct VerifyReport {
  enum class Kind {
    kDamaged,   ///< The file is not what was written, or not of this archive.
    kMissing,   ///< Before this file something is missing.
    kLeftover,  ///< Of a call that was interrupted; no restore needs it.
    kUnknown,   ///< Not a file of an archive.
  };
  struct Finding {
    Kind kind = Kind::kDamaged;
    std::string file;
    std::string what;
  };
  std::vector<Finding> findings;  ///< At most 1000; ordered by file.
  std::uint64_t bases = 0;
  std::uint64_t transactions = 0;
  std::optional<ArchivePoint> first;  ///< From here...
  std::optional<ArchivePoint> last;   ///< ... to here restore() can go, without damage.
  /// Returns whether nothing is damaged or missing.
  [[nodiscard]] COEFFICIENT_SQLITE_EXPORT bool intact() const noexcept;
};

/// Where to restore to; nothing set: the end of the archive. Not both.
struct RestoreTarget {
  std::optional<std::uint64_t> seq;
  /// All transactions of this time and before; not before the time of the archive's first base.
  std::optional<std::chrono::system_clock::time_point> time;
};

struct RestoreReport {
  ArchivePoint base;
  ArchivePoint reached;
};

/// What prune() keeps; exactly one of the two is set.
struct PruneOptions {
  /// The state after this transaction and every later one.
  std::optional<std::uint64_t> keep_seq = {};
  /// The state at this time and every later one; not in the future.
  std::optional<std::chrono::system_clock::time_point> keep_since = {};
  /// Only say what would be removed.
  bool dry_run = false;
  const Clock& clock = system_clock();
};

struct PruneReport {
  /// From here on restore() can go; it may be earlier than what was to be kept, since it is a base.
  ArchivePoint first;
  std::vector<std::string> files;  ///< What was removed, or would be, in that order.
  std::uint64_t bytes = 0;         ///< Their size.
};

/// The backup of a VaultStore: base snapshots, and every transaction since the first of them, from
/// which the store's state after any of these can be made again. A directory of plain files:
///
///     <seq>.base          describes a snapshot of the state after transaction <seq>
///     <seq>-<hash>.db     its database
///     <seq>.changes       transactions from <seq> on, chained by SHA-256
///     <seq>.start         the archive begins with the base of <seq>; holds its place in the chain
///
/// A file has its name only once it is complete and on stable storage; files are never changed, so
/// the directory can be copied elsewhere at any time. Only prune() may take files away: the start
/// says what should be there. Chain and start show damage, loss and reordering; they have no key,
/// so whoever can write the whole archive can make another one. Contents are as in the store:
/// credentials sealed, names, versions and times in clear.
///
/// The host calls ship() as often as it wants to lose little (each call is durable), take_base()
/// now and then so that a restore has less to replay, prune() to keep a limited past, and verify()
/// from time to time. After a migration of the schema ship() asks for a new base.
///
/// What take_base() and ship() can return: kFailedPrecondition (the archive is another store's, or
/// a base must be taken first), kDataLoss (the archive or the changelog is damaged, or they do not
/// fit together), kUnavailable (I/O; another process works on the archive; the store is busy),
/// kResourceExhausted (over a million files), kDeadlineExceeded (stopped by the callback),
/// kNotFound, kPermissionDenied, kInternal.
///
/// Thread safety: all members may be called concurrently, also from several processes; of calls
/// that write to one archive, one works and the others get kUnavailable.
class COEFFICIENT_SQLITE_EXPORT Archive {
 public:
  /// Opens the archive in `directory`, which is made (mode 0700) if its parent exists. Errors:
  /// kNotFound, kPermissionDenied, kUnavailable.
  static Result<Archive> open(const std::filesystem::path& directory);
  Archive(Archive&& other) noexcept;
  Archive& operator=(Archive&& other) noexcept;
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive();

  /// Adds a snapshot of the store as it is now, without stopping its writers, and returns its
  /// point. With the first one the store begins to record its transactions. Needs space for the
  /// database once. While it runs, the store's write-ahead log grows.
  Result<ArchivePoint> take_base(VaultStore& store, const ProgressCallback& progress = {});

  /// Adds what the store has recorded since the last call, then removes it from the store.
  Result<ShipReport> ship(VaultStore& store, const ProgressCallback& progress = {});

  /// Reads all files and says which are damaged and where something is missing. Errors: only when
  /// it could not be done (kUnavailable, kResourceExhausted, kDeadlineExceeded, kPermissionDenied).
  [[nodiscard]] Result<VerifyReport> verify(const ProgressCallback& progress = {}) const;

  /// Says whether this is the archive of `store`, and the store goes on where it ends: of the same
  /// history, and with the hash of the archive's last change at that change. So a store that was
  /// put back to before its last ship(), another store's archive, and one whose newest files are
  /// missing do not pass. Reads the newest base's description and the newest file of changes only:
  /// whether the archive is whole, verify() says. Waits for no writer.
  ///
  /// Errors: kFailedPrecondition (of another store or history, or no base), kDataLoss (the store is
  /// older than the archive or another since then, later changes are neither in the archive nor
  /// waiting in the store, or a file that is read is damaged), kUnavailable, kPermissionDenied,
  /// kResourceExhausted, kNotFound, kInternal.
  [[nodiscard]] Result<> check_store(VaultStore& store) const;

  /// Removes what no state that is to be kept needs: all before the newest base from which the
  /// oldest of them can be made. Reads the whole archive first, and removes nothing if anything of
  /// it is damaged or missing. If it is interrupted, the archive is whole from its new beginning
  /// on, what was before it cannot be restored any more, and the next call goes on.
  ///
  /// Only the archive gets smaller. Keep the ledger of shredded tenants as it is: a state from
  /// before a shredding may still be there. Old keys (KEKs) may go once no state is kept that needs
  /// them.
  ///
  /// Errors: kInvalidArgument (none or both of the two, a time in the future), kNotFound (nothing
  /// would be kept, since the archive ends before that transaction), kFailedPrecondition (there is
  /// no base), kDataLoss (damaged; says which file), kUnavailable, kPermissionDenied,
  /// kResourceExhausted, kDeadlineExceeded.
  Result<PruneReport> prune(const PruneOptions& options, const ProgressCallback& progress = {});

  /// Makes the state after a transaction again, in `new_directory`, which must be empty or not
  /// exist (its parent must). The archive is taken for hostile: everything is checked before SQLite
  /// reads it, and SQLite's integrity check passes before the database gets its name. The new store
  /// has a history of its own: to back it up, use an empty archive. Opening it with the vault
  /// replays the ledger of destroyed keys and proves the KEKs.
  ///
  /// Errors: kInvalidArgument (both targets), kNotFound (nothing that old, which the message says
  /// was pruned if it was, or that transaction is not in the archive), kAlreadyExists (the
  /// directory is not empty), kDataLoss (what is needed is damaged or missing; says which file),
  /// kFailedPrecondition (made by a newer version of the library; or between a migration and its
  /// base), kUnavailable (also if another restore works in the directory), kPermissionDenied,
  /// kResourceExhausted, kDeadlineExceeded. After an error the directory is as it was, and one that
  /// this call made is gone. What an interrupted call left, VaultStore::open() refuses and the next
  /// call with this directory removes.
  [[nodiscard]] Result<RestoreReport> restore(const RestoreTarget& target,
                                              const std::filesystem::path& new_directory,
                                              const ProgressCallback& progress = {}) const;

 private:
  friend struct ArchiveAccess;
  struct State;
  explicit Archive(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SQLITE_ARCHIVE_H_
