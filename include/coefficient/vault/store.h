#ifndef COEFFICIENT_VAULT_STORE_H_
#define COEFFICIENT_VAULT_STORE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/vault/export.h"
#include "coefficient/vault/rows.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// What is stored of one record. The two rows are of one moment: no apply() happens between them.
struct StoredRecord {
  std::optional<RecordRow> record;
  std::optional<HighWaterRow> high_water;
};

/// Data keys of a tenant, and their common revision at that moment: 0 for a tenant that never had
/// one, and one more with every apply() that writes data keys of the tenant.
struct DataKeys {
  std::uint64_t revision = 0;
  std::vector<DataKeyRow> rows;  ///< Ordered by dek_id.
};

/// A record row and its high-water row, both inserted or both replaced.
struct RecordWrite {
  RecordRow row;
  HighWaterRow high_water;
  /// Expectation: both stored rows have this version; 0: neither of them exists.
  std::uint64_t expected_version = 0;
};

/// Data keys of one tenant. Rows replace the stored row of their dek_id, all its wraps included,
/// or are inserted; other rows stay. Without rows it is only the expectation, and the revision
/// stays.
struct DataKeysWrite {
  std::string tenant;
  /// Expectation: the tenant's data keys have this revision.
  std::uint64_t expected_revision = 0;
  std::vector<DataKeyRow> rows;
};

struct KekWrite {
  KekRow row;
  /// Expectation: the stored row has this state; nullopt: there is none.
  std::optional<KekState> expected_state;
};

/// One transaction. Members that are empty ask for nothing. The order: all expectations are checked
/// against what is stored, then purge_tenant is done, then the rows are written.
struct Batch {
  std::vector<RecordWrite> records;  ///< Of distinct records.
  std::optional<DataKeysWrite> data_keys;
  std::vector<KekWrite> keks;  ///< Of distinct KEK versions.
  /// Expectation: each has a row with state kLive.
  std::vector<KekVersion> expect_live;
  /// Expectation: no stored data key has a wrap under any of these.
  std::vector<KekVersion> expect_unreferenced;
  /// Deletes every record row and high-water row of this tenant.
  std::optional<std::string> purge_tenant;
};

/// Where a vault keeps its rows: a database with transactions. tests/vault/store_contract.h is the
/// contract as tests, and every implementation runs it.
///
/// Errors of all members: kUnavailable if the store cannot answer now and nothing was changed
/// (locked, full, not reachable: a retry may help); kDataLoss if what is stored cannot be read as
/// rows (a wrong length, an unknown enumerator, a broken file); kResourceExhausted if a batch is
/// larger than the store takes, and nothing was changed; kInternal for anything else, and
/// after it the outcome of an apply() is unknown, so that the caller must read again.
///
/// Thread safety: all members may be called concurrently, also from several processes where the
/// database allows it. Reads see whole batches only.
class COEFFICIENT_VAULT_EXPORT Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store();

  /// Returns the rows of one record, tombstones included. A record that never was is no error.
  virtual Result<StoredRecord> read_record(const RecordRef& ref) = 0;

  /// Returns up to `limit` (1 to 1000) records of `after.tenant`, tombstones included, whose
  /// (kind, name) is greater than (after.kind, after.name), ordered by (kind, name). Empty kind
  /// and name start at the first. Blobs are not read.
  virtual Result<std::vector<RecordInfo>> list_records(const RecordRef& after,
                                                       std::size_t limit) = 0;

  /// Returns all data keys of `tenant`, destroyed ones included; with `only`, no row but that one,
  /// if it exists and is the tenant's.
  virtual Result<DataKeys> read_data_keys(std::string_view tenant,
                                          std::optional<DekId> only = std::nullopt) = 0;

  /// Returns up to `limit` (1 to 1000) data keys of any tenant that have a wrap of any purpose
  /// under `kek`, with all their wraps, ordered by dek_id and greater than `after`. nullopt starts
  /// at the first.
  virtual Result<std::vector<DataKeyRow>> list_data_keys_under(const KekVersion& kek,
                                                               std::optional<DekId> after,
                                                               std::size_t limit) = 0;

  /// Returns every KEK version that the store has seen, destroyed ones included, in order.
  virtual Result<std::vector<KekRow>> read_keks() = 0;

  /// Does all of `batch` or nothing. On success it is durable: a crash of the process or of the
  /// machine does not take it back.
  ///
  /// kFailedPrecondition, and for nothing else: an expectation of the batch does not hold, or the
  /// batch would break a rule of the rows (a second active data key of a tenant, a dek_id that
  /// another tenant has, a row whose tenant is not data_keys->tenant). Nothing was changed.
  virtual Result<> apply(const Batch& batch) = 0;
};

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_VAULT_STORE_H_
