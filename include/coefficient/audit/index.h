#ifndef COEFFICIENT_AUDIT_INDEX_H_
#define COEFFICIENT_AUDIT_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "coefficient/audit/export.h"
#include "coefficient/audit/log_reader.h"
#include "coefficient/audit/merkle.h"
#include "coefficient/audit/record.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"

/// Finding records. An index beside the log makes it fast and is believed in nothing: it can be
/// deleted and built again, and what it finds is read from the log, compared with its leaf hash and
/// with the query. What it leaves out shows only in a search without it.
COEFFICIENT_BEGIN_NAMESPACE
namespace audit {

/// What is asked for; what is not set matches everything. Texts match whole. An encrypted field is
/// found as "enc:" and the id of its key.
struct Query {
  std::optional<std::string> actor = {};   ///< The actor's id.
  std::optional<std::string> action = {};  ///< One that ends in '*' matches all that begin so.
  std::optional<std::string> target = {};  ///< The target's id.
  std::optional<Outcome> outcome = {};
  std::optional<Timestamp> from = {};   ///< This time or later.
  std::optional<Timestamp> until = {};  ///< Before this time.
  std::uint64_t begin = 0;   ///< The first record that is looked at: the next page begins
                             ///< behind the last hit.
  std::size_t limit = 1000;  ///< At most so many hits.
};

/// Returns whether the record is one that `query` asks for; `begin` and `limit` apart.
/// Thread safety: pure function.
COEFFICIENT_AUDIT_EXPORT bool matches(const Query& query, const Record& record);

/// What an index keeps of a record.
struct IndexEntry {
  std::uint64_t index = 0;
  Timestamp time{};
  std::string actor;
  std::string action;
  std::string target;
  Outcome outcome = Outcome::kSuccess;
};

/// Up to where an index goes, and in which log.
struct IndexPosition {
  std::string origin;  ///< Empty: nothing is in the index.
  std::uint64_t next = 0;
  Hash root = empty_root();  ///< Of the tree of the records before `next`.
  friend bool operator==(const IndexPosition&, const IndexPosition&) = default;
};

/// Where entries are kept. Errors of an implementation: kUnavailable, kDataLoss if its file is
/// damaged (delete it), kResourceExhausted, kInternal.
///
/// Thread safety: one thread at a time.
class COEFFICIENT_AUDIT_EXPORT Index {
 public:
  Index() = default;
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;
  virtual ~Index();
  virtual Result<IndexPosition> position() = 0;
  /// Adds entries and moves to `after`, both or neither.
  virtual Result<> add(std::span<const IndexEntry> entries, const IndexPosition& after) = 0;
  /// Returns the matching records' indices in ascending order.
  virtual Result<std::vector<std::uint64_t>> find(const Query& query) = 0;
  /// Removes the entries of records before `first_kept`, for good: the log has pruned them.
  virtual Result<> prune(std::uint64_t first_kept) = 0;
  /// Removes everything.
  virtual Result<> clear() = 0;
};

/// Brings the index up to the reader's checkpoint and returns how many records were added. An index
/// of another log, or of this one before it was rewritten, is built anew. What the log has pruned
/// goes from the index, too. Errors: those of the index and of LogReader::read(); kDataLoss if a
/// payload is no record.
COEFFICIENT_AUDIT_EXPORT Result<std::uint64_t> update_index(LogReader& reader, Index& index);

/// Calls `visit` with what the index finds, in order. Errors: those of the index, the reader and
/// the visitor; kDataLoss if the index named a record that does not match.
COEFFICIENT_AUDIT_EXPORT Result<> search(LogReader& reader, Index& index, const Query& query,
                                         const RecordVisitor& visit);

/// The same without an index: reads every record. Errors: as search().
COEFFICIENT_AUDIT_EXPORT Result<> search(LogReader& reader, const Query& query,
                                         const RecordVisitor& visit);

}  // namespace audit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_AUDIT_INDEX_H_
