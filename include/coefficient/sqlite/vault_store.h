#ifndef COEFFICIENT_SQLITE_VAULT_STORE_H_
#define COEFFICIENT_SQLITE_VAULT_STORE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
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
