#include "sqlite/recorder.h"

#include <algorithm>
#include <utility>

#include "sqlite/replicated_tables.h"
#include "sqlite/schema.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

constexpr std::string_view kHead =
    "SELECT seq, time_ms, total_bytes, hash FROM changelog ORDER BY seq DESC LIMIT 1";
// The bytes still to be archived are those after the oldest row that is kept.
constexpr std::string_view kState =
    "SELECT recording, (SELECT total_bytes FROM changelog ORDER BY seq DESC LIMIT 1)"
    " - (SELECT total_bytes FROM changelog ORDER BY seq LIMIT 1) FROM meta";
constexpr std::string_view kInsert = "INSERT INTO changelog VALUES (?, ?, ?, ?, ?, ?)";
constexpr std::string_view kDate = "UPDATE changelog SET time_ms = ?";

// A clock that steps back must not make a restore to a time ambiguous.
std::int64_t time_after(const Head& head, std::int64_t now_ms) {
  return std::clamp(now_ms, head.time_ms, kMaxTimeMs);
}

struct Free {
  void operator()(void* memory) const noexcept { sqlite3_free(memory); }
};

}  // namespace

void Recorder::Delete::operator()(sqlite3_session* session) const noexcept {
  sqlite3session_delete(session);
}

Result<Recorder> Recorder::create(Connection& connection, std::int64_t max_unarchived_bytes) {
  Recorder recorder(connection, max_unarchived_bytes);
  for (const auto& [statement, sql] :
       {std::pair{&recorder.version_, std::string_view("PRAGMA user_version")},
        std::pair{&recorder.state_, kState}, std::pair{&recorder.head_, kHead},
        std::pair{&recorder.insert_, kInsert}, std::pair{&recorder.date_, kDate}}) {
    auto prepared = connection.prepare(sql);
    if (!prepared) return prepared.error();
    *statement = std::move(*prepared);
  }
  return recorder;
}

Result<> Recorder::begin() {
  {
    Run version(version_);
    auto row = version.step();
    if (!row) return row.error();
    if (version.integer(0) != schema_version())
      return Error{ErrorCode::kUnavailable, "a newer version of the library has taken the store"};
  }
  Run state(state_);
  auto row = state.step();
  if (!row) return row.error();
  if (!*row) return Error{ErrorCode::kDataLoss, "the table meta is empty"};
  if (state.integer(0) == 0) return {};
  if (state.integer(1) >= max_unarchived_bytes_) {
    return Error{ErrorCode::kUnavailable,
                 "the changelog is full: changes have not been shipped to the archive"};
  }
  sqlite3_session* session = nullptr;
  int status = sqlite3session_create(connection_->handle(), "main", &session);
  session_.reset(session);
  for (const ReplicatedTable& table : kReplicatedTables) {
    if (status == SQLITE_OK) status = sqlite3session_attach(session, table.name);
  }
  if (status != SQLITE_OK) return error_from(status, nullptr);
  return {};
}

Result<> Recorder::start(std::int64_t now_ms) {
  auto last = head();
  if (!last) return last.error();
  // While nothing is recorded the changelog has one row, that of the beginning.
  auto dated = Run(date_).bind(time_after(*last, now_ms)).change();
  if (!dated) return dated.error();
  if (*dated != 1)
    return Error{ErrorCode::kDataLoss, "the changelog has changes that nobody asked to record"};
  return connection_->execute("UPDATE meta SET recording = 1");
}

Result<> Recorder::end(std::int64_t now_ms) {
  if (session_ == nullptr) return {};
  int size = 0;
  void* data = nullptr;
  const int status = sqlite3session_patchset(session_.get(), &size, &data);
  const std::unique_ptr<void, Free> owned(data);
  session_.reset();
  if (status != SQLITE_OK) return error_from(status, nullptr);
  if (size <= 0) return {};
  return append(now_ms, {static_cast<const std::byte*>(data), static_cast<std::size_t>(size)});
}

Result<> Recorder::append(std::int64_t now_ms, std::span<const std::byte> changeset) {
  auto last = head();
  if (!last) return last.error();
  const Change change{.seq = last->seq + 1,
                      .time_ms = time_after(*last, now_ms),
                      .schema = schema_version(),
                      .changeset = changeset};
  auto hash = chain_hash(last->hash, change);
  if (!hash) return hash.error();
  Run insert(insert_);
  insert.bind(change.seq).bind(change.time_ms).bind(change.schema);
  insert.bind(last->total_bytes + static_cast<std::int64_t>(changeset.size()));
  insert.bind(std::span<const std::byte>(*hash)).bind(changeset);
  auto inserted = insert.change();
  if (!inserted) return inserted.error();
  return {};
}

Result<Head> Recorder::head() {
  Run run(head_);
  auto row = run.step();
  if (!row) return row.error();
  Head head{};
  if (!*row || run.blob(3).size() != head.hash.size())
    return Error{ErrorCode::kDataLoss, "the changelog has no valid last row"};
  head.seq = run.integer(0);
  head.time_ms = run.integer(1);
  head.total_bytes = run.integer(2);
  std::ranges::copy(run.blob(3), head.hash.begin());
  return head;
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
