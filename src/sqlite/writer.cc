#include "sqlite/writer.h"

#include <string>

#include "sqlite/schema.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

// What was deleted is overwritten, a checkpoint that fell behind gives its space back afterwards,
// and no value is longer than the changeset of the largest batch can be.
constexpr const char* kSettings = "PRAGMA secure_delete=ON; PRAGMA journal_size_limit=67108864;";
constexpr int kMaxValueBytes = 256 << 20;

std::int64_t milliseconds_of(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock.now().time_since_epoch())
      .count();
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::open(const std::filesystem::path& path,
                                             std::chrono::milliseconds busy, const Clock& clock,
                                             std::int64_t max_unarchived_bytes) {
  auto connection = Connection::open(path, Connection::Mode::kReadWrite, busy);
  if (!connection) return connection.error();
  if (auto ready = prepare_schema(*connection, schema_steps()); !ready) return ready.error();
  if (auto set = connection->execute(kSettings); !set) return set.error();
  (void)sqlite3_limit(connection->handle(), SQLITE_LIMIT_LENGTH, kMaxValueBytes);
  std::unique_ptr<Writer> writer(new Writer(std::move(*connection), clock));
  auto recorder = Recorder::create(writer->connection_, max_unarchived_bytes);
  if (!recorder) return recorder.error();
  writer->recorder_.emplace(std::move(*recorder));
  auto batch_writer = BatchWriter::create(writer->connection_);
  if (!batch_writer) return batch_writer.error();
  writer->batch_writer_.emplace(std::move(*batch_writer));
  return writer;
}

void Writer::commit(std::span<PendingBatch* const> batches) {
  const auto committed = run_transaction(batches);
  recorder_->stop();
  if (committed) return;
  // Also those that an expectation refused: it was checked after changes that are no longer there.
  for (PendingBatch* pending : batches) pending->outcome = committed.error();
}

Result<> Writer::run_transaction(std::span<PendingBatch* const> batches) {
  auto transaction = Transaction::begin(connection_);
  if (!transaction) return transaction.error();
  if (auto begun = recorder_->begin(); !begun) return begun;
  for (PendingBatch* pending : batches) {
    if (auto applied = batch_writer_->apply(*pending->batch, pending->outcome); !applied)
      return applied;
  }
  if (auto ended = recorder_->end(milliseconds_of(*clock_)); !ended) return ended;
  return commit(*transaction);
}

Result<> Writer::start_recording() {
  return recorder_->start(milliseconds_of(*clock_));
}

Result<> Writer::commit(Transaction& transaction) {
  auto committed = transaction.commit();
  if (committed) return {};
  transaction.roll_back();
  // The transaction may stand complete in the write-ahead log although its fsync failed; SQLite
  // forgets it, but a recovery after a crash would find it. The next commit is written over it.
  if (auto settled = connection_.execute("UPDATE meta SET settled = settled + 1"); !settled) {
    return Error{ErrorCode::kInternal,
                 "the outcome of the commit is unknown: " + committed.error().message};
  }
  const bool damaged = committed.error().code == ErrorCode::kDataLoss;
  return Error{damaged ? ErrorCode::kDataLoss : ErrorCode::kUnavailable,
               "nothing was committed: " + committed.error().message};
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
