#include "sqlite/changelog.h"

#include <algorithm>
#include <string>

#include "sqlite/patchset.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

constexpr std::size_t kSegmentGoal = std::size_t{4} << 20;

// Appends the row that `run` stands on, if it continues the chain.
Result<> append(OwnedSegment& owned, const Run& run) {
  Segment& segment = owned.segment;
  const std::int64_t expected = segment.changes.empty() ? run.integer(0) : segment.last_seq() + 1;
  const auto blob = run.blob(4);
  const auto& kept = owned.changesets.emplace_back(blob.begin(), blob.end());
  const Change change{.seq = run.integer(0),
                      .time_ms = run.integer(1),
                      .schema = run.integer(2),
                      .changeset = kept};
  auto hash = chain_hash(segment.last, change);
  if (!hash) return hash.error();
  if (change.seq != expected || !std::ranges::equal(run.blob(3), *hash)) {
    return Error{ErrorCode::kDataLoss,
                 "the store's changelog does not continue the archive at change " +
                     std::to_string(expected)};
  }
  if (auto checked = check_patchset(change.changeset); !checked) return checked;
  segment.changes.push_back(change);
  segment.last = *hash;
  return {};
}

}  // namespace

Result<History> read_history(Connection& connection) {
  History history;
  auto recorder = Recorder::create(connection, 0);
  if (!recorder) return recorder.error();
  auto head = recorder->head();
  if (!head) return head.error();
  history.head = *head;
  auto schema = connection.integer("PRAGMA user_version");
  if (!schema) return schema.error();
  history.schema = *schema;
  auto meta = connection.prepare("SELECT recording, database_id FROM meta");
  if (!meta) return meta.error();
  Run run(*meta);
  auto row = run.step();
  if (!row) return row.error();
  if (!*row || run.blob(1).size() != history.database.size())
    return Error{ErrorCode::kDataLoss, "the table meta is damaged"};
  history.recording = run.integer(0) != 0;
  std::ranges::copy(run.blob(1), history.database.begin());
  return history;
}

Result<std::optional<Hash>> read_hash(Connection& connection, std::int64_t seq) {
  auto select = connection.prepare("SELECT hash FROM changelog WHERE seq = ?");
  if (!select) return select.error();
  Run run(*select);
  auto row = run.bind(seq).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Hash>();
  Hash hash{};
  const auto blob = run.blob(0);
  if (blob.size() != hash.size())
    return Error{ErrorCode::kDataLoss, "a row of the changelog is not valid"};
  std::ranges::copy(blob, hash.begin());
  return std::optional<Hash>(hash);
}

Result<OwnedSegment> read_changes_after(Connection& connection, const History& history,
                                        std::int64_t after, const Hash& previous) {
  OwnedSegment owned;
  owned.segment.database = history.database;
  owned.segment.previous = previous;
  owned.segment.last = previous;
  owned.changesets.reserve(kMaxSegmentChanges);  // the changes are views into its elements
  auto select = connection.prepare(
      "SELECT seq, time_ms, schema, hash, changeset FROM changelog WHERE seq > ? ORDER BY seq");
  if (!select) return select.error();
  Run run(*select);
  run.bind(after);
  std::size_t bytes = 0;
  while (owned.segment.changes.size() < kMaxSegmentChanges && bytes < kSegmentGoal) {
    auto row = run.step();
    if (!row) return row.error();
    if (!*row) break;
    const bool first = owned.segment.changes.empty();
    if (first && run.integer(0) != after + 1) {
      return Error{ErrorCode::kDataLoss, "the store's changelog lacks change " +
                                             std::to_string(after + 1) +
                                             ": it was shipped to another archive"};
    }
    if (!first && run.integer(2) != owned.segment.changes.front().schema) break;
    if (auto appended = append(owned, run); !appended) return appended.error();
    bytes += owned.changesets.back().size();
  }
  return owned;
}

Result<> trim_before(Connection& connection, std::int64_t seq) {
  auto statement = connection.prepare("DELETE FROM changelog WHERE seq < ?");
  if (!statement) return statement.error();
  Run run(*statement);
  auto trimmed = run.bind(seq).change();
  if (!trimmed) return trimmed.error();
  return {};
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
