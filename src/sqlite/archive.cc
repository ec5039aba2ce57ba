#include "coefficient/sqlite/archive.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ranges>
#include <system_error>
#include <utility>

#include "sqlite/archive_state.h"
#include "sqlite/changelog.h"
#include "sqlite/snapshot.h"
#include "sqlite/store_directory.h"
#include "sqlite/vault_store_state.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

constexpr const char* kTemporarySnapshot = "tmp-snapshot";

// The newest base that can be read; a damaged one does not stop a backup, verify() reports it.
Result<Base> newest_base(const Directory& directory, const ArchiveIndex& index) {
  Result<Base> base = Error{ErrorCode::kFailedPrecondition,
                            directory.path().string() + ": has no base snapshot, take one first"};
  for (auto seq = index.bases.rbegin(); seq != index.bases.rend(); ++seq) {
    base = load_base(directory, *seq);
    if (base || base.error().code != ErrorCode::kDataLoss) break;
  }
  return base;
}

Error of_another_store(const Directory& directory) {
  return Error{ErrorCode::kFailedPrecondition,
               directory.path().string() + ": is the archive of another store or history"};
}

// Makes sure that the store records, and that the archive is its own.
Result<> start_recording(Writer& writer, const Directory& directory, const ArchiveIndex& index) {
  auto transaction = Transaction::begin(writer.connection());
  if (!transaction) return transaction.error();
  auto history = read_history(writer.connection());
  if (!history) return history.error();
  if (!index.empty()) {
    auto base = newest_base(directory, index);
    if (!base) return base.error();
    if (!history->recording || base->database != history->database)
      return of_another_store(directory);
  }
  if (history->recording) return {};
  if (auto started = writer.start_recording(); !started) return started;
  return writer.commit(*transaction);
}

// Says that the archive begins with this base, before the base is there: what an interrupted call
// leaves is a start without an archive, not an archive without a start.
Result<> begin_archive(const Directory& directory, const Base& base, const ArchiveIndex& index) {
  auto bytes = write_start({.database = base.database,
                            .pruned = false,
                            .seq = base.seq,
                            .time_ms = base.time_ms,
                            .chain = base.chain});
  if (!bytes) return bytes.error();
  if (auto written = directory.write(start_name(base.seq), *bytes); !written) return written;
  for (const std::int64_t seq : index.starts) {
    if (seq == base.seq) continue;
    if (auto removed = directory.remove(start_name(seq)); !removed) return removed;
  }
  return {};
}

// The last change that an archive holds.
struct End {
  std::int64_t seq = 0;
  std::int64_t time_ms = 0;
  Hash hash{};
};

Result<End> end_of(const Directory& directory, const ArchiveIndex& index) {
  if (index.changes.empty()) {
    auto base = load_base(directory, index.bases.front());
    if (!base) return base.error();
    return End{.seq = base->seq, .time_ms = base->time_ms, .hash = base->chain};
  }
  std::vector<std::byte> bytes;
  auto segment = load_segment(directory, index.changes.back(), bytes);
  if (!segment) return segment.error();
  return End{.seq = segment->last_seq(),
             .time_ms = segment->changes.back().time_ms,
             .hash = segment->last};
}

// Whether the store goes on where the archive ends. Part of the caller's transaction.
Result<> check_continuation(Connection& connection, const History& history, const Base& base,
                            const End& end, const Directory& directory) {
  if (!history.recording || history.database != base.database) return of_another_store(directory);
  const std::string number = std::to_string(end.seq);
  if (history.head.seq < end.seq) {
    return Error{ErrorCode::kDataLoss, "the store is older than its archive: it ends at change " +
                                           std::to_string(history.head.seq) + ", the archive at " +
                                           number};
  }
  auto hash = read_hash(connection, end.seq);
  if (!hash) return hash.error();
  if (!*hash) {
    return Error{ErrorCode::kDataLoss,
                 "the archive ends at change " + number +
                     ", but the store has shipped later ones: the newest files are missing, or "
                     "changes were shipped to another archive"};
  }
  if (**hash != end.hash) {
    return Error{ErrorCode::kDataLoss,
                 "change " + number + " of the store is not the one at which its archive ends"};
  }
  return {};
}

// The next segment to ship, and the number of the last change there is at this moment.
Result<OwnedSegment> next_segment(Connection& connection, const Base& base, const End& end,
                                  const Directory& directory, std::int64_t& newest) {
  auto snapshot = Transaction::begin(connection, "BEGIN");
  if (!snapshot) return snapshot.error();
  auto history = read_history(connection);
  if (!history) return history.error();
  if (auto fits = check_continuation(connection, *history, base, end, directory); !fits)
    return fits.error();
  newest = history->head.seq;
  auto owned = read_changes_after(connection, *history, end.seq, end.hash);
  if (!owned) return owned;
  const auto& changes = owned->segment.changes;
  if (!changes.empty() && changes.front().schema > base.schema) {
    return Error{ErrorCode::kFailedPrecondition,
                 "the store's schema was migrated: take a new base snapshot first"};
  }
  return owned;
}

Result<End> add_segment(const Directory& directory, const Segment& segment) {
  auto bytes = write_segment(segment);
  if (!bytes) return bytes.error();
  if (auto written = directory.write(changes_name(segment.first_seq()), *bytes); !written)
    return written.error();
  return End{
      .seq = segment.last_seq(), .time_ms = segment.changes.back().time_ms, .hash = segment.last};
}

Result<> trim(CommitQueue& queue, std::int64_t seq) {
  const CommitQueue::Exclusive exclusive(queue);
  Writer& writer = exclusive.writer();
  auto transaction = Transaction::begin(writer.connection());
  if (!transaction) return transaction.error();
  if (auto trimmed = trim_before(writer.connection(), seq); !trimmed) return trimmed;
  return writer.commit(*transaction);
}

}  // namespace

Archive::Archive(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Archive::Archive(Archive&& other) noexcept = default;
Archive& Archive::operator=(Archive&& other) noexcept = default;
Archive::~Archive() = default;

Result<Archive> Archive::open(const std::filesystem::path& directory) {
  return ArchiveAccess::open(directory, system_file_calls());
}

Result<Archive> ArchiveAccess::open(const std::filesystem::path& directory, FileCalls& calls) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
    return error_from_errno(errno, directory);
  std::error_code status;
  const std::filesystem::path real = std::filesystem::canonical(directory, status);
  if (status) return error_from_errno(status.value(), directory);
  auto parent = Directory::open(real.parent_path(), calls);
  if (!parent) return parent.error();
  if (auto synced = parent->sync(); !synced) return synced.error();
  auto opened = Directory::open(real, calls);
  if (!opened) return opened.error();
  return Archive(std::make_unique<Archive::State>(std::move(*opened), calls));
}

Result<ArchivePoint> Archive::take_base(VaultStore& store, const ProgressCallback& progress) {
  const Directory& directory = state_->directory;
  auto opened = open_to_write(directory);
  if (!opened) return opened.error();
  {
    const CommitQueue::Exclusive exclusive(store.state_->queue);
    if (auto recording = start_recording(exclusive.writer(), directory, opened->index); !recording)
      return recording.error();
  }
  if (auto made = directory.create(kTemporarySnapshot); !made) return made.error();
  auto history = copy_database(store.state_->path, directory.path() / kTemporarySnapshot,
                               store.state_->busy, progress);
  if (!history) return history.error();
  auto content =
      directory.hash(kTemporarySnapshot, bytes_reporter(progress, Progress::Step::kHash, 0));
  if (!content) return content.error();
  const Base base{.database = history->database,
                  .schema = history->schema,
                  .seq = history->head.seq,
                  .time_ms = history->head.time_ms,
                  .size = content->size,
                  .chain = history->head.hash,
                  .content = content->hash};
  auto description = write_base(base);
  if (!description) return description.error();
  // The snapshot's name has its hash, so that one of the same point, if there is one, stays whole
  // until its description is replaced.
  const std::string snapshot = snapshot_name(base);
  if (auto done = directory.publish(kTemporarySnapshot, snapshot); !done) return done.error();
  if (opened->index.bases.empty()) {
    if (auto done = begin_archive(directory, base, opened->index); !done) return done.error();
  }
  if (auto done = directory.write(base_name(base.seq), *description); !done) return done.error();
  const std::string same_point = snapshot.substr(0, snapshot.find('-') + 1);
  for (const std::string& name : opened->index.snapshots) {
    if (!name.starts_with(same_point) || name == snapshot) continue;
    if (auto removed = directory.remove(name); !removed) return removed.error();
  }
  return point_of(base.seq, base.time_ms);
}

Result<ShipReport> Archive::ship(VaultStore& store, const ProgressCallback& progress) {
  const Directory& directory = state_->directory;
  auto opened = open_to_write(directory);
  if (!opened) return opened.error();
  auto base = newest_base(directory, opened->index);
  if (!base) return base.error();
  auto end = end_of(directory, opened->index);
  if (!end) return end.error();
  auto connection =
      Connection::open(store.state_->path, Connection::Mode::kReadOnly, store.state_->busy);
  if (!connection) return connection.error();
  ShipReport shipped;
  // Up to what was there when this began: writers that go on must not keep it here for ever.
  std::optional<std::int64_t> goal;
  while (!goal || end->seq < *goal) {
    std::int64_t newest = 0;
    auto owned = next_segment(*connection, *base, *end, directory, newest);
    if (!owned) return owned.error();
    if (!goal) goal = newest;
    if (!owned->segment.changes.empty()) {
      auto written = add_segment(directory, owned->segment);
      if (!written) return written.error();
      *end = *written;
      shipped.transactions += owned->segment.changes.size();
    }
    // Also what a call that was interrupted has left.
    if (auto trimmed = trim(store.state_->queue, end->seq); !trimmed) return trimmed.error();
    if (auto go_on = report(progress, Progress::Step::kShip, shipped.transactions, 0); !go_on)
      return go_on.error();
  }
  shipped.last = point_of(end->seq, end->time_ms);
  return shipped;
}

Result<> Archive::check_store(VaultStore& store) const {
  const Directory& directory = state_->directory;
  auto connection =
      Connection::open(store.state_->path, Connection::Mode::kReadOnly, store.state_->busy);
  if (!connection) return connection.error();
  for (std::optional<std::int64_t> before;;) {
    auto index = index_of(directory);
    if (!index) return index.error();
    auto base = newest_base(directory, *index);
    if (!base) return base.error();
    auto end = end_of(directory, *index);
    if (!end) return end.error();
    auto snapshot = Transaction::begin(*connection, "BEGIN");
    if (!snapshot) return snapshot.error();
    auto history = read_history(*connection);
    if (!history) return history.error();
    auto fits = check_continuation(*connection, *history, *base, *end, directory);
    // Else ship() has gone on between the two readings.
    if (fits || end->seq == before) return fits;
    before = end->seq;
  }
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
