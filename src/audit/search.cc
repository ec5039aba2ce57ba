#include <algorithm>
#include <utility>

#include "audit/clear_text.h"
#include "coefficient/audit/index.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::size_t kBatchEntries = 10'000;

bool matches_action(const std::string& wanted, const std::string& action) {
  if (!wanted.ends_with('*')) return action == wanted;
  return action.starts_with(std::string_view(wanted).substr(0, wanted.size() - 1));
}

Error no_record(std::uint64_t index) {
  return Error{ErrorCode::kDataLoss, "leaf " + std::to_string(index) + " is no record"};
}

// Whether the index goes on where this log does.
Result<bool> belongs(const IndexPosition& position, const LogReader& reader) {
  if (position.origin != reader.checkpoint().origin || position.next > reader.checkpoint().size)
    return false;
  Result<Hash> root = tree_root(reader.tree(), position.next);
  if (!root) return root.error();
  return *root == position.root;
}

}  // namespace

Index::~Index() = default;

bool matches(const Query& query, const Record& record) {
  return (!query.actor || *query.actor == clear_text(record.actor.id)) &&
         (!query.action || matches_action(*query.action, record.action)) &&
         (!query.target || *query.target == clear_text(record.target.id)) &&
         (!query.outcome || *query.outcome == record.outcome) &&
         (!query.from || record.time >= *query.from) &&
         (!query.until || record.time < *query.until);
}

Result<std::uint64_t> update_index(LogReader& reader, Index& index) {
  Result<IndexPosition> position = index.position();
  if (!position) return position.error();
  Result<bool> same = belongs(*position, reader);
  if (!same) return same.error();
  if (!*same) {
    if (Result<> cleared = index.clear(); !cleared) return cleared.error();
    *position = IndexPosition{reader.checkpoint().origin, 0, empty_root()};
  }
  if (Result<> pruned = index.prune(reader.first_kept()); !pruned) return pruned.error();
  std::vector<IndexEntry> entries;
  std::uint64_t added = 0;
  const auto flush = [&](std::uint64_t next) -> Result<> {
    Result<Hash> root = tree_root(reader.tree(), next);
    if (!root) return root.error();
    Result<> done = index.add(entries, {reader.checkpoint().origin, next, *root});
    added += entries.size();
    entries.clear();
    return done;
  };
  Result<> done = reader.read(
      position->next, reader.checkpoint().size, [&](const StoredRecord& stored) -> Result<> {
        Result<Record> record = parse_record(stored.payload);
        if (!record) return no_record(stored.index);
        entries.push_back({stored.index, record->time, clear_text(record->actor.id), record->action,
                           clear_text(record->target.id), record->outcome});
        if (entries.size() < kBatchEntries) return {};
        return flush(stored.index + 1);
      });
  if (!done) return done.error();
  if (Result<> last = flush(reader.checkpoint().size); !last) return last.error();
  return added;
}

Result<> search(LogReader& reader, Index& index, const Query& query, const RecordVisitor& visit) {
  Query kept = query;
  kept.begin = std::max(query.begin, reader.first_kept());
  Result<std::vector<std::uint64_t>> hits = index.find(kept);
  if (!hits) return hits.error();
  for (const std::uint64_t hit : *hits) {
    bool seen = false;
    Result<> done = reader.read(hit, hit + 1, [&](const StoredRecord& stored) -> Result<> {
      seen = true;
      Result<Record> record = parse_record(stored.payload);
      if (!record) return no_record(stored.index);
      if (!matches(query, *record))
        return Error{ErrorCode::kDataLoss, "the index is wrong and must be built anew"};
      return visit(stored);
    });
    if (!done) return done;
    if (!seen) return Error{ErrorCode::kDataLoss, "the index is wrong and must be built anew"};
  }
  return {};
}

Result<> search(LogReader& reader, const Query& query, const RecordVisitor& visit) {
  std::size_t left = query.limit;
  return reader.read(query.begin, reader.checkpoint().size,
                     [&](const StoredRecord& stored) -> Result<> {
                       if (left == 0) return {};
                       Result<Record> record = parse_record(stored.payload);
                       if (!record) return no_record(stored.index);
                       if (!matches(query, *record)) return {};
                       --left;
                       return visit(stored);
                     });
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
