#ifndef COEFFICIENT_SRC_SQLITE_RECORDER_H_
#define COEFFICIENT_SRC_SQLITE_RECORDER_H_

#include <cstdint>
#include <memory>

#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "sqlite/chain.h"
#include "sqlite/connection.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// The last row of the changelog.
struct Head {
  std::int64_t seq = 0;
  std::int64_t time_ms = 0;
  std::int64_t total_bytes = 0;  ///< Of all changesets of this history up to this one.
  Hash hash{};
};

/// Puts what a write transaction changed into the changelog, in the same transaction. It records
/// nothing until the database has an archive (meta.recording), since nobody would ever take it.
///
/// Thread safety: that of its connection.
class Recorder {
 public:
  /// `connection` must outlive the recorder. `max_unarchived_bytes` bounds the changelog.
  static Result<Recorder> create(Connection& connection, std::int64_t max_unarchived_bytes);

  /// Call once the write lock is held, before the first change. kUnavailable if the changelog is
  /// full, or if a newer version of the library has changed the schema meanwhile.
  Result<> begin();
  /// Records from the next transaction on; what was before counts as of `now_ms`. Part of the
  /// caller's transaction.
  Result<> start(std::int64_t now_ms);
  /// Call before the commit. Changes that were rolled back to a savepoint leave no trace.
  Result<> end(std::int64_t now_ms);
  /// Stops watching, after a commit or a rollback.
  void stop() noexcept { session_.reset(); }

  /// Returns the last row of the changelog; kDataLoss if there is none.
  Result<Head> head();

 private:
  struct Delete {
    void operator()(sqlite3_session* session) const noexcept;
  };
  Recorder(Connection& connection, std::int64_t max_unarchived_bytes) noexcept
      : connection_(&connection), max_unarchived_bytes_(max_unarchived_bytes) {}
  Result<> append(std::int64_t now_ms, std::span<const std::byte> changeset);

  Connection* connection_;
  std::int64_t max_unarchived_bytes_;
  Statement version_, state_, head_, insert_, date_;
  std::unique_ptr<sqlite3_session, Delete> session_;
};

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_RECORDER_H_
