#ifndef COEFFICIENT_SQLITE_VAULT_STORE_H_
#define COEFFICIENT_SQLITE_VAULT_STORE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/sqlite/export.h"
#include "coefficient/vault/store.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

class Archive;

struct VaultStoreOptions {
  /// Make the directory (its parent must exist, mode 0700) and the database (mode 0600) if they are
  /// not there.
  bool create = true;
  /// How long a call waits for another process that writes; 0 to 60 s.
  std::chrono::milliseconds busy_timeout{5000};
  /// Connections for concurrent reads; 1 to 64. Each has a file descriptor or two and up to 2 MB.
  std::size_t max_readers = 8;
  /// Once the store has an archive: how much may wait to be shipped there (Archive::ship) before
  /// apply() refuses; 1 MiB to 1 TiB.
  std::uint64_t max_unarchived_bytes = std::uint64_t{1} << 30;
};

/// What of the store has not been shipped to its archive yet.
struct ChangelogStatus {
  bool recording = false;        ///< The store has an archive: a base snapshot was taken.
  std::uint64_t last_seq = 0;    ///< The number of the last recorded transaction.
  std::uint64_t unarchived = 0;  ///< How many of them wait.
  /// Whether an archive has taken any of them. If not, one may be begun anew, as after a first
  /// Archive::take_base() that was interrupted.
  bool shipped = false;
};

/// A tenant that has a record row, a high-water row or a data key, whether or not they are whole.
struct StoredTenant {
  std::string tenant;     ///< As it is stored: a vault would have checked it.
  bool shredded = false;  ///< It has a destroyed data key; the vault refuses the tenant.
};

/// A row that lacks one which a vault writes and deletes together with it: rows were deleted, or
/// put back, past the vault, or the database is damaged.
struct IncompleteRow {
  /// What is missing.
  enum class Lacks : std::uint8_t {
    kWrap = 1,       ///< Of a data key that is not destroyed: a primary wrap under a live KEK.
    kDataKey = 2,    ///< Of a record row: a data key of its tenant with its dek_id.
    kRecord = 3,     ///< Of a high-water row: its record row.
    kHighWater = 4,  ///< Of a record row: its high-water row.
  };
  Lacks lacks = Lacks::kWrap;
  std::string tenant;
  std::string kind;  ///< Of the record; empty for kWrap.
  std::string name;  ///< Likewise.
};

/// A vault's rows in a SQLite database, `vault.db` in a directory of its own: write-ahead log,
/// synchronous=FULL, so that what apply() acknowledged survives a crash of the process or of the
/// machine, as far as the disk keeps what fsync(2) promised.
///
/// Concurrent apply() calls share transactions: while one commits the others wait, and the next
/// transaction takes all of them, each with its own expectations and outcome. There is no thread of
/// our own. Reads run on connections of their own and wait for nobody. Several processes may open
/// one directory; they must be on one machine (the log's index is shared memory), and a process
/// that waits longer than `busy_timeout` gets kUnavailable. A store must not be used after fork().
///
/// Errors of the calls of vault::Store: as documented there; besides, apply() returns
/// kResourceExhausted for a batch of more than 64 MiB, kUnavailable when the changelog is full, and
/// kInternal when a commit failed and it could not be made sure that it left nothing.
///
/// Thread safety: all members may be called concurrently.
class COEFFICIENT_SQLITE_EXPORT VaultStore final : public vault::Store {
 public:
  /// Opens the store in `directory`; an older schema is brought up to date. `clock` gives the times
  /// for restoring to a time and must outlive the store. Errors: kInvalidArgument (options),
  /// kNotFound (no such directory or database, and create is off), kFailedPrecondition (the schema
  /// is of a newer version; an unfinished restore lies in the directory), kDataLoss (the file is
  /// not a vault's database, or damaged), kPermissionDenied, kUnavailable (another process holds
  /// it, I/O, or an SQLite without thread safety).
  static Result<std::unique_ptr<VaultStore>> open(const std::filesystem::path& directory,
                                                  const Clock& clock = system_clock(),
                                                  const VaultStoreOptions& options = {});
  VaultStore(const VaultStore&) = delete;
  VaultStore& operator=(const VaultStore&) = delete;
  ~VaultStore() override;

  Result<vault::StoredRecord> read_record(const vault::RecordRef& ref) override;
  Result<std::vector<vault::RecordInfo>> list_records(const vault::RecordRef& after,
                                                      std::size_t limit) override;
  Result<vault::DataKeys> read_data_keys(std::string_view tenant,
                                         std::optional<vault::DekId> only = std::nullopt) override;
  Result<std::vector<vault::DataKeyRow>> list_data_keys_under(const vault::KekVersion& kek,
                                                              std::optional<vault::DekId> after,
                                                              std::size_t limit) override;
  Result<std::vector<vault::KekRow>> read_keks() override;
  Result<> apply(const vault::Batch& batch) override;

  /// Returns up to `limit` (1 to 1000) tenants in order, greater than `after`, byte by byte; an
  /// empty one starts at the first. Whether what they have is genuine only the vault can tell.
  /// Errors: kUnavailable, kDataLoss.
  Result<std::vector<StoredTenant>> list_tenants(std::string_view after, std::size_t limit);
  /// Returns up to `limit` (1 to 1000) rows that are not complete, ordered by what they lack; of a
  /// store that only vaults have written, none. Reads the keys of all rows, at one moment. Errors:
  /// kUnavailable, kDataLoss.
  Result<std::vector<IncompleteRow>> list_incomplete(std::size_t limit);

  /// Returns what waits to be shipped. Errors: kUnavailable, kDataLoss.
  Result<ChangelogStatus> changelog_status();
  /// Stops recording and drops what waits. The archive keeps what it has, but takes nothing more of
  /// this store: the next base snapshot begins a new one, in an empty directory. Errors: as
  /// apply().
  Result<> stop_recording();

 private:
  friend class Archive;
  struct State;
  explicit VaultStore(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SQLITE_VAULT_STORE_H_
