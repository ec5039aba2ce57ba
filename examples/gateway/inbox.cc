#include "inbox.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace gateway {
namespace {

using std::chrono::milliseconds;

// "Cgw1" in the file's header, so that no other database is taken for an inbox.
constexpr const char* kSchema = R"sql(
BEGIN IMMEDIATE;
PRAGMA application_id = 1130854193;
PRAGMA user_version = 2;
CREATE TABLE inbox (
  id INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL,
  replay_key BLOB NOT NULL UNIQUE CHECK (length(replay_key) = 32),
  delivery_id TEXT,
  delivery_id_signed INTEGER NOT NULL,
  event TEXT,
  key_name TEXT NOT NULL,
  payload BLOB,
  received_ms INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'done', 'dead')),
  due_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0,
  lease_owner TEXT,
  error TEXT
) STRICT;
CREATE UNIQUE INDEX inbox_signed_id ON inbox (endpoint, delivery_id)
  WHERE delivery_id IS NOT NULL AND delivery_id_signed = 1;
CREATE INDEX inbox_due ON inbox (due_ms, id) WHERE state IN ('queued', 'leased');
CREATE TABLE results (
  inbox_id INTEGER PRIMARY KEY REFERENCES inbox (id),
  status TEXT NOT NULL CHECK (status IN ('minimized', 'ignored')),
  reason TEXT NOT NULL,
  minimized TEXT NOT NULL,
  report TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  finished_ms INTEGER NOT NULL,
  receipt TEXT NOT NULL DEFAULT ''
) STRICT;
COMMIT;
)sql";

constexpr const char* kFromVersion1 = R"sql(
BEGIN IMMEDIATE;
ALTER TABLE results ADD COLUMN receipt TEXT NOT NULL DEFAULT '';
PRAGMA user_version = 2;
COMMIT;
)sql";

constexpr std::string_view kApplicationId = "1130854193";

std::string_view to_text(Outcome::Status status) {
  return status == Outcome::Status::kMinimized ? "minimized" : "ignored";
}

std::int64_t backoff_ms(std::uint32_t attempt) {
  return std::min<std::int64_t>(std::int64_t{1000} << std::min<std::uint32_t>(attempt, 10), 300000);
}

}  // namespace

Inbox::Inbox(Database database, const Clock& clock, InboxOptions options)
    : database_(std::move(database)), clock_(&clock), options_(options) {}

std::int64_t Inbox::now() const {
  return std::chrono::duration_cast<milliseconds>(clock_->now().time_since_epoch()).count();
}

Result<> Inbox::create(const std::filesystem::path& path) {
  // Made here rather than by SQLite, so that it is new and nobody else's from its first moment;
  // the write-ahead log takes its mode.
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    return Error{errno == EEXIST ? ErrorCode::kAlreadyExists : ErrorCode::kNotFound,
                 path.string() + ": " + std::generic_category().message(errno)};
  }
  ::close(fd);
  auto database = Database::open(path);
  if (!database) return database.error();
  return database->execute(kSchema);
}

Result<std::unique_ptr<Inbox>> Inbox::open(const std::filesystem::path& path, const Clock& clock,
                                           InboxOptions options) {
  auto database = Database::open(path);
  if (!database) return database.error();
  auto id = database->value("PRAGMA application_id");
  if (!id) return id.error();
  if (*id != kApplicationId) {
    return Error{ErrorCode::kDataLoss, path.string() + ": is a database, but not an inbox"};
  }
  auto version = database->value("PRAGMA user_version");
  if (!version) return version.error();
  if (*version == "1") {
    if (auto migrated = database->execute(kFromVersion1); !migrated) return migrated.error();
    version = database->value("PRAGMA user_version");
    if (!version) return version.error();
  }
  if (*version != std::to_string(kSchemaVersion)) {
    return Error{ErrorCode::kFailedPrecondition, path.string() + ": schema version " + *version +
                                                     ", this program knows version " +
                                                     std::to_string(kSchemaVersion)};
  }
  return std::unique_ptr<Inbox>(new Inbox(std::move(*database), clock, options));
}

Result<std::vector<Admission>> Inbox::admit(std::span<const Delivery> deliveries) {
  const std::lock_guard lock(mutex_);
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  auto insert = database_.prepare(
      "INSERT INTO inbox (endpoint, replay_key, delivery_id, delivery_id_signed, event, key_name,"
      " payload, received_ms, state, due_ms, error) VALUES (?,?,?,?,?,?,?,?,?,?,?)"
      " ON CONFLICT DO NOTHING");
  if (!insert) return insert.error();
  std::vector<Admission> admissions;
  admissions.reserve(deliveries.size());
  const std::int64_t at = now();
  for (const Delivery& d : deliveries) {
    insert->bind(d.endpoint)
        .bind(std::span<const std::byte>(d.replay_key))
        .bind_optional(d.delivery_id);
    insert->bind(d.delivery_id_signed ? 1 : 0).bind_optional(d.event).bind(d.key_name);
    insert->bind(std::as_bytes(std::span(d.payload))).bind(at);
    insert->bind(d.defect ? "dead" : "queued").bind(at).bind_optional(d.defect);
    auto changed = insert->run();
    if (!changed) return changed.error();
    admissions.push_back(*changed == 1 ? Admission::kAccepted : Admission::kDuplicate);
  }
  if (auto committed = transaction->commit(); !committed) return committed.error();
  return admissions;
}

Result<std::optional<Lease>> Inbox::take_due(std::string_view owner) {
  auto due = database_.prepare(
      "SELECT id, fence, attempts, endpoint, delivery_id, event, payload FROM inbox"
      " WHERE state IN ('queued', 'leased') AND due_ms <= ? ORDER BY due_ms, id LIMIT 1");
  if (!due) return due.error();
  due->bind(now());
  auto row = due->step();
  if (!row) return row.error();
  if (!*row) return std::optional<Lease>();
  return std::optional<Lease>(Lease{.id = due->integer(0),
                                    .fence = due->integer(1) + 1,
                                    .owner = std::string(owner),
                                    .attempt = static_cast<std::uint32_t>(due->integer(2)) + 1,
                                    .endpoint = due->text(3),
                                    .delivery_id = due->text(4),
                                    .event = due->text(5),
                                    .payload = due->text(6)});
}

Result<std::optional<Lease>> Inbox::lease(std::string_view owner) {
  const std::lock_guard lock(mutex_);
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  auto update = database_.prepare(
      "UPDATE inbox SET state = ?, fence = ?, attempts = ?, lease_owner = ?, due_ms = ?,"
      " error = coalesce(?, error) WHERE id = ?");
  if (!update) return update.error();
  for (;;) {
    auto found = take_due(owner);
    if (!found || !*found) {
      if (auto committed = transaction->commit(); !committed) return committed.error();
      return found;
    }
    const Lease& lease = **found;
    const bool exhausted = lease.attempt > options_.max_attempts;
    update->bind(exhausted ? "dead" : "leased").bind(lease.fence);
    update->bind(exhausted ? lease.attempt - 1 : lease.attempt).bind(owner);
    update->bind(now() + options_.lease.count());
    if (exhausted) {
      update->bind("every attempt ended with the process or its lease");
    } else {
      update->bind(std::nullopt);
    }
    update->bind(lease.id);
    if (auto changed = update->run(); !changed) return changed.error();
    if (exhausted) continue;
    if (auto committed = transaction->commit(); !committed) return committed.error();
    return found;
  }
}

// Runs an update that ends with "WHERE id = ? AND fence = ? ..." and must hit its row.
Result<> Inbox::settle(Statement& update) {
  auto changed = update.run();
  if (!changed) return changed.error();
  if (*changed != 1) return Error{ErrorCode::kFailedPrecondition, "the lease was lost"};
  return {};
}

Result<> Inbox::complete(const Lease& lease, const Outcome& outcome) {
  const std::lock_guard lock(mutex_);
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  auto update = database_.prepare(
      "UPDATE inbox SET state = 'done', payload = NULL, error = NULL"
      " WHERE id = ? AND fence = ? AND lease_owner = ? AND state = 'leased'");
  if (!update) return update.error();
  update->bind(lease.id).bind(lease.fence).bind(lease.owner);
  if (auto settled = settle(*update); !settled) return settled;
  auto insert = database_.prepare(
      "INSERT INTO results (inbox_id, status, reason, minimized, report, attempt, finished_ms,"
      " receipt) VALUES (?,?,?,?,?,?,?,?)");
  if (!insert) return insert.error();
  insert->bind(lease.id).bind(to_text(outcome.status)).bind(outcome.reason);
  insert->bind(outcome.minimized).bind(outcome.report).bind(lease.attempt).bind(now());
  insert->bind(outcome.receipt);
  if (auto inserted = insert->run(); !inserted) return inserted.error();
  return transaction->commit();
}

Result<bool> Inbox::fail(const Lease& lease, std::string_view error, bool permanent) {
  const std::lock_guard lock(mutex_);
  const bool dead = permanent || lease.attempt >= options_.max_attempts;
  auto update = database_.prepare(
      "UPDATE inbox SET state = ?, due_ms = ?, error = ?"
      " WHERE id = ? AND fence = ? AND lease_owner = ? AND state = 'leased'");
  if (!update) return update.error();
  update->bind(dead ? "dead" : "queued").bind(now() + backoff_ms(lease.attempt)).bind(error);
  update->bind(lease.id).bind(lease.fence).bind(lease.owner);
  if (auto settled = settle(*update); !settled) return settled.error();
  return dead;
}

Result<> Inbox::put_back(const Lease& lease, std::string_view error) {
  const std::lock_guard lock(mutex_);
  auto update = database_.prepare(
      "UPDATE inbox SET state = 'queued', attempts = attempts - 1, due_ms = ?, error = ?"
      " WHERE id = ? AND fence = ? AND lease_owner = ? AND state = 'leased'");
  if (!update) return update.error();
  update->bind(now() + backoff_ms(lease.attempt)).bind(error);
  update->bind(lease.id).bind(lease.fence).bind(lease.owner);
  return settle(*update);
}

Result<> Inbox::expire_leases() {
  const std::lock_guard lock(mutex_);
  return database_.execute("UPDATE inbox SET due_ms = 0 WHERE state = 'leased'");
}

Result<std::optional<std::chrono::system_clock::time_point>> Inbox::next_due() {
  using TimePoint = std::chrono::system_clock::time_point;
  const std::lock_guard lock(mutex_);
  auto query =
      database_.prepare("SELECT min(due_ms) FROM inbox WHERE state IN ('queued', 'leased')");
  if (!query) return query.error();
  auto row = query->step();
  if (!row) return row.error();
  if (!*row || query->is_null(0)) return std::optional<TimePoint>();
  return std::optional(TimePoint(milliseconds(query->integer(0))));
}

Result<InboxCounts> Inbox::counts() {
  const std::lock_guard lock(mutex_);
  auto query = database_.prepare("SELECT state, count(*) FROM inbox GROUP BY state");
  if (!query) return query.error();
  InboxCounts counts;
  for (;;) {
    auto row = query->step();
    if (!row) return row.error();
    if (!*row) return counts;
    const std::string state = query->text(0);
    if (state == "queued") counts.queued = query->integer(1);
    if (state == "leased") counts.leased = query->integer(1);
    if (state == "done") counts.done = query->integer(1);
    if (state == "dead") counts.dead = query->integer(1);
  }
}

Result<std::vector<DeadLetter>> Inbox::dead_letters() {
  const std::lock_guard lock(mutex_);
  auto query = database_.prepare(
      "SELECT id, endpoint, event, delivery_id, error, attempts FROM inbox"
      " WHERE state = 'dead' ORDER BY id");
  if (!query) return query.error();
  std::vector<DeadLetter> letters;
  for (;;) {
    auto row = query->step();
    if (!row) return row.error();
    if (!*row) return letters;
    letters.push_back({.id = query->integer(0),
                       .endpoint = query->text(1),
                       .event = query->text(2),
                       .delivery_id = query->text(3),
                       .error = query->text(4),
                       .attempts = static_cast<std::uint32_t>(query->integer(5))});
  }
}

Result<> Inbox::requeue(std::int64_t id) {
  const std::lock_guard lock(mutex_);
  auto update = database_.prepare(
      "UPDATE inbox SET state = 'queued', attempts = 0, due_ms = ? WHERE id = ? AND state = "
      "'dead'");
  if (!update) return update.error();
  update->bind(now()).bind(id);
  auto changed = update->run();
  if (!changed) return changed.error();
  if (*changed != 1) {
    return Error{ErrorCode::kNotFound, "no dead letter has the id " + std::to_string(id)};
  }
  return {};
}

Result<std::vector<DiffReceipt>> Inbox::receipts(std::int64_t id) {
  const std::lock_guard lock(mutex_);
  auto query = database_.prepare(
      "SELECT inbox_id, finished_ms, receipt, minimized FROM results"
      " WHERE status = 'minimized' AND (?1 = 0 OR inbox_id = ?1) ORDER BY inbox_id");
  if (!query) return query.error();
  query->bind(id);
  std::vector<DiffReceipt> all;
  for (;;) {
    auto row = query->step();
    if (!row) return row.error();
    if (!*row) break;
    all.push_back({.id = query->integer(0),
                   .finished_ms = query->integer(1),
                   .manifest = query->text(2),
                   .minimized = query->text(3)});
  }
  if (id != 0 && all.empty())
    return Error{ErrorCode::kNotFound, "nothing left for delivery " + std::to_string(id)};
  return all;
}

Result<> Inbox::checkpoint() {
  const std::lock_guard lock(mutex_);
  auto busy = database_.value("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!busy) return busy.error();
  if (*busy != "0") return Error{ErrorCode::kUnavailable, "a reader held the write-ahead log"};
  return {};
}

Result<std::string> Inbox::check() {
  const std::lock_guard lock(mutex_);
  return database_.value("PRAGMA quick_check");
}

Result<std::string> Inbox::pragma(std::string_view name) {
  const std::lock_guard lock(mutex_);
  return database_.value("PRAGMA " + std::string(name));
}

}  // namespace gateway
