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

#include "coefficient/core/result.h"
#include "coefficient/sqlite/export.h"
#include "coefficient/sqlite/vault_store.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// How far a call of Archive is.
struct Progress {
  enum class Step { kSnapshot, kHash, kShip, kVerify, kCopy, kReplay, kCheck };
  Step step = Step::kSnapshot;
  std::uint64_t done = 0;   ///< Bytes; for kSnapshot pages, for kShip and kReplay transactions.
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
    kLeftover,  ///< Of a call that was interrupted; harmless.
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
  /// All transactions of this time and before; not before the oldest base's time.
  std::optional<std::chrono::system_clock::time_point> time;
};

struct RestoreReport {
  ArchivePoint base;
  ArchivePoint reached;
};

/// The backup of a VaultStore: base snapshots, and every transaction since the first of them, from
/// which the store's state after any of these can be made again. A directory of plain files:
///
///     <seq>.base          describes a snapshot of the state after transaction <seq>
///     <seq>-<hash>.db     its database
///     <seq>.changes       transactions from <seq> on, chained by SHA-256
///
/// A file has its name only once it is complete and on stable storage; files are never changed, so
/// the directory can be copied elsewhere at any time. The oldest base with what is older than the
/// next may be deleted. The chain shows damage, loss and reordering; it has no key, so whoever can
/// write the whole archive can make another one. Contents are as in the store: credentials sealed,
/// names, versions and times in clear.
///
/// The host calls ship() as often as it wants to lose little (each call is durable), take_base()
/// now and then so that a restore has less to replay, and verify() from time to time. After a
/// migration of the schema ship() asks for a new base.
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

  /// Makes the state after a transaction again, in `new_directory`, which must be empty or not
  /// exist (its parent must). The archive is taken for hostile: everything is checked before SQLite
  /// reads it, and SQLite's integrity check passes before the database gets its name. The new store
  /// has a history of its own: to back it up, use an empty archive. Opening it with the vault
  /// replays the ledger of destroyed keys and proves the KEKs.
  ///
  /// Errors: kInvalidArgument (both targets), kNotFound (nothing that old, or that transaction is
  /// not in the archive), kAlreadyExists (the directory is not empty), kDataLoss (what is needed is
  /// damaged or missing; says which file), kFailedPrecondition (made by a newer version of the
  /// library; or between a migration and its base), kUnavailable, kPermissionDenied,
  /// kResourceExhausted, kDeadlineExceeded. After an error the directory holds no store, but
  /// perhaps an unfinished one, which VaultStore::open() refuses.
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
