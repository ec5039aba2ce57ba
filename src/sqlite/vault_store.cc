#include "coefficient/sqlite/vault_store.h"

#include <string>
#include <utility>

#include "sqlite/schema.h"
#include "sqlite/store_directory.h"
#include "sqlite/vault_store_state.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

Result<> check(const VaultStoreOptions& options) {
  using std::chrono::seconds;
  if (options.busy_timeout < seconds(0) || options.busy_timeout > seconds(60))
    return Error{ErrorCode::kInvalidArgument, "busy_timeout must be 0 to 60 s"};
  if (options.max_readers < 1 || options.max_readers > 64)
    return Error{ErrorCode::kInvalidArgument, "max_readers must be 1 to 64"};
  if (options.max_unarchived_bytes < (std::uint64_t{1} << 20) ||
      options.max_unarchived_bytes > (std::uint64_t{1} << 40))
    return Error{ErrorCode::kInvalidArgument, "max_unarchived_bytes must be 1 MiB to 1 TiB"};
  return {};
}

}  // namespace

VaultStore::VaultStore(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
VaultStore::~VaultStore() = default;

Result<std::unique_ptr<VaultStore>> VaultStore::open(const std::filesystem::path& directory,
                                                     const Clock& clock,
                                                     const VaultStoreOptions& options) {
  if (auto checked = check(options); !checked) return checked.error();
  if (sqlite3_threadsafe() == 0)
    return Error{ErrorCode::kUnavailable, "this SQLite was built without thread safety"};
  auto path = prepare_store_directory(directory, options.create);
  if (!path) return path.error();
  auto writer = Writer::open(*path, options.busy_timeout, clock,
                             static_cast<std::int64_t>(options.max_unarchived_bytes));
  if (!writer) {
    Error error = writer.error();
    error.message.insert(0, path->string() + ": ");
    return error;
  }
  return std::unique_ptr<VaultStore>(
      new VaultStore(std::make_unique<State>(*path, options, std::move(*writer))));
}

Result<vault::StoredRecord> VaultStore::read_record(const vault::RecordRef& ref) {
  return state_->readers.with([&](Reader& reader) { return reader.read_record(ref); });
}

Result<std::vector<vault::RecordInfo>> VaultStore::list_records(const vault::RecordRef& after,
                                                                std::size_t limit) {
  return state_->readers.with([&](Reader& reader) { return reader.list_records(after, limit); });
}

Result<vault::DataKeys> VaultStore::read_data_keys(std::string_view tenant,
                                                   std::optional<vault::DekId> only) {
  return state_->readers.with([&](Reader& reader) { return reader.read_data_keys(tenant, only); });
}

Result<std::vector<vault::DataKeyRow>> VaultStore::list_data_keys_under(
    const vault::KekVersion& kek, std::optional<vault::DekId> after, std::size_t limit) {
  return state_->readers.with(
      [&](Reader& reader) { return reader.list_data_keys_under(kek, after, limit); });
}

Result<std::vector<vault::KekRow>> VaultStore::read_keks() {
  return state_->readers.with([](Reader& reader) { return reader.read_keks(); });
}

Result<> VaultStore::apply(const vault::Batch& batch) {
  return state_->queue.submit(batch);
}

Result<std::vector<StoredTenant>> VaultStore::list_tenants(std::string_view after,
                                                           std::size_t limit) {
  return state_->readers.with([&](Reader& reader) { return reader.list_tenants(after, limit); });
}

Result<std::vector<IncompleteRow>> VaultStore::list_incomplete(std::size_t limit) {
  return state_->readers.with([&](Reader& reader) { return reader.list_incomplete(limit); });
}

Result<ChangelogStatus> VaultStore::changelog_status() {
  const CommitQueue::Exclusive exclusive(state_->queue);
  Connection& connection = exclusive.writer().connection();
  auto snapshot = Transaction::begin(connection, "BEGIN");
  if (!snapshot) return snapshot.error();
  auto recording = connection.integer("SELECT recording FROM meta");
  if (!recording) return recording.error();
  auto last = connection.integer("SELECT max(seq) FROM changelog");
  if (!last) return last.error();
  auto kept = connection.integer("SELECT count(*) FROM changelog");
  if (!kept) return kept.error();
  // The oldest row that is kept is archived, or begins the history, and then has no changes.
  auto oldest = connection.integer(
      "SELECT length(changeset) FROM changelog WHERE seq = (SELECT min(seq) FROM changelog)");
  if (!oldest) return oldest.error();
  return ChangelogStatus{.recording = *recording != 0,
                         .last_seq = static_cast<std::uint64_t>(*last),
                         .unarchived = *kept > 0 ? static_cast<std::uint64_t>(*kept - 1) : 0,
                         .shipped = *oldest != 0};
}

Result<> VaultStore::stop_recording() {
  const CommitQueue::Exclusive exclusive(state_->queue);
  Writer& writer = exclusive.writer();
  auto transaction = Transaction::begin(writer.connection());
  if (!transaction) return transaction.error();
  auto head = writer.recorder().head();
  if (!head) return head.error();
  if (auto restarted = restart_history(writer.connection(), head->seq, head->time_ms); !restarted)
    return restarted;
  return writer.commit(*transaction);
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
