#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

#include "coefficient/sqlite/archive.h"
#include "sqlite/archive_state.h"
#include "sqlite/changelog.h"
#include "sqlite/patchset.h"
#include "sqlite/schema.h"
#include "sqlite/store_directory.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

constexpr std::uint64_t kReplayedBetweenReports = 256;
constexpr int kStepsBetweenReports = 1'000'000;  // of SQLite's machine: some milliseconds

/// Whether a change is still wanted.
class Limit {
 public:
  static Result<Limit> of(const RestoreTarget& target) {
    if (target.seq && target.time)
      return Error{ErrorCode::kInvalidArgument, "restore to a transaction or to a time, not both"};
    Limit limit;
    if (target.seq) {
      constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
      limit.named_ = true;
      limit.seq_ =
          static_cast<std::int64_t>(std::min(*target.seq, static_cast<std::uint64_t>(kMax)));
    }
    if (target.time) {
      limit.time_ms_ =
          std::chrono::floor<std::chrono::milliseconds>(*target.time).time_since_epoch().count();
    }
    return limit;
  }
  [[nodiscard]] bool includes(std::int64_t seq, std::int64_t time_ms) const noexcept {
    return seq <= seq_ && time_ms <= time_ms_;
  }
  /// Whether `seq` is the transaction that was named, after which nothing need be read.
  [[nodiscard]] bool is_named(std::int64_t seq) const noexcept { return named_ && seq == seq_; }
  /// A transaction that was named must be reached; a time lies where it lies.
  [[nodiscard]] bool allows_end_at(std::int64_t seq) const noexcept {
    return !named_ || seq == seq_;
  }

 private:
  bool named_ = false;
  std::int64_t seq_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t time_ms_ = std::numeric_limits<std::int64_t>::max();
};

// False if it was there.
Result<bool> make_directory(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return true;
  if (errno != EEXIST) return error_from_errno(errno, path);
  return false;
}

// Held by who restores to a directory: the file that another one works on is no leftover.
Result<Descriptor> lock_of(const std::filesystem::path& path) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return error_from_errno(errno, path);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno == EWOULDBLOCK)
    return Error{ErrorCode::kUnavailable, path.string() + ": another process works on it"};
  return error_from_errno(errno, path);
}

// Removes what a restore leaves that did not come to its end, if there is nothing else.
Result<> make_empty(const Directory& directory) {
  const std::string unfinished = kRestoringName;
  // Last the one for which a store is refused.
  const std::array<std::string, 4> leftovers{unfinished + "-journal", unfinished + "-shm",
                                             unfinished + "-wal", unfinished};
  auto names = directory.names();
  if (!names) return names.error();
  for (const std::string& name : *names)
    if (std::ranges::find(leftovers, name) == leftovers.end())
      return Error{ErrorCode::kAlreadyExists, directory.path().string() + ": is not empty"};
  if (names->empty()) return {};
  for (const std::string& name : leftovers)
    if (auto removed = directory.remove(name); !removed) return removed;
  return {};
}

struct Target {
  Descriptor lock;
  Directory directory;
};

// An empty directory that nobody else works on.
Result<Target> open_target(const std::filesystem::path& path, FileCalls& calls) {
  std::error_code status;
  const std::filesystem::path real = std::filesystem::canonical(path, status);
  if (status) return error_from_errno(status.value(), path);
  auto lock = lock_of(real);
  if (!lock) return lock.error();
  auto directory = Directory::open(real, calls);
  if (!directory) return directory.error();
  if (auto emptied = make_empty(*directory); !emptied) return emptied.error();
  return Target{*std::move(lock), *std::move(directory)};
}

/// Replays the changes after a base on its copy.
class Replay {
 public:
  Replay(const Directory& directory, const Base& base, const Limit& limit,
         const ProgressCallback& progress)
      : directory_(directory),
        base_(base),
        limit_(limit),
        progress_(progress),
        seq_(base.seq),
        time_ms_(base.time_ms),
        hash_(base.chain) {}

  Result<> run(Connection& connection, const ArchiveIndex& index) {
    // The first file that may hold the change after the base is the last that begins there or
    // before.
    auto file = std::ranges::upper_bound(index.changes, base_.seq + 1);
    if (file != index.changes.begin()) --file;
    for (; file != index.changes.end() && !limit_.is_named(seq_); ++file) {
      auto more = replay_file(connection, *file);
      if (!more) return more.error();
      if (!*more) break;
    }
    if (!limit_.allows_end_at(seq_)) {
      return Error{ErrorCode::kNotFound,
                   directory_.path().string() + ": ends with change " + std::to_string(seq_)};
    }
    return {};
  }

  [[nodiscard]] std::int64_t seq() const noexcept { return seq_; }
  [[nodiscard]] std::int64_t time_ms() const noexcept { return time_ms_; }

 private:
  // True if the next file may hold more that is wanted.
  Result<bool> replay_file(Connection& connection, std::int64_t first_seq) {
    const std::string name = changes_name(first_seq);
    if (first_seq > seq_ + 1) {
      return Error{ErrorCode::kDataLoss, name + ": changes " + std::to_string(seq_ + 1) + " to " +
                                             std::to_string(first_seq - 1) +
                                             " before it are missing"};
    }
    std::vector<std::byte> bytes;
    auto segment = load_segment(directory_, first_seq, bytes);
    if (!segment) return segment.error();
    if (auto fits = find_place(*segment, name); !fits) return fits.error();
    auto transaction = Transaction::begin(connection);
    if (!transaction) return transaction.error();
    for (const Change& change : segment->changes) {
      if (change.seq <= seq_) continue;
      if (!limit_.includes(change.seq, change.time_ms)) return finish(*transaction, false);
      if (auto applied = apply(connection, change, name); !applied) return applied.error();
    }
    return finish(*transaction, true);
  }

  static Result<bool> finish(Transaction& transaction, bool more) {
    auto committed = transaction.commit();
    if (!committed) return committed.error();
    return more;
  }

  // Checks that the segment is of this history: the hash before what comes next must be ours.
  Result<> find_place(const Segment& segment, const std::string& name) const {
    Hash before = segment.previous;
    for (const Change& change : segment.changes) {
      if (change.seq > seq_) break;
      auto hash = chain_hash(before, change);
      if (!hash) return hash.error();
      before = *hash;
    }
    // A file that ends before the base says nothing of it.
    if (segment.last_seq() < seq_) return {};
    if (segment.database != base_.database || before != hash_)
      return Error{ErrorCode::kDataLoss, name + ": does not continue the chain before it"};
    return {};
  }

  Result<> apply(Connection& connection, const Change& change, const std::string& name) {
    if (change.schema != base_.schema) {
      return Error{
          ErrorCode::kFailedPrecondition,
          name + ": change " + std::to_string(change.seq) +
              " is of another schema version than the base; restore to a point at or after "
              "the next base"};
    }
    if (auto applied = apply_patchset(connection, change.changeset); !applied)
      return in_file(applied.error(), name);
    auto hash = chain_hash(hash_, change);
    if (!hash) return hash.error();
    hash_ = *hash;
    seq_ = change.seq;
    time_ms_ = change.time_ms;
    if (++replayed_ % kReplayedBetweenReports != 0) return {};
    return report(progress_, Progress::Step::kReplay, replayed_, 0);
  }

  const Directory& directory_;
  const Base& base_;
  const Limit& limit_;
  const ProgressCallback& progress_;
  std::int64_t seq_;
  std::int64_t time_ms_;
  Hash hash_;
  std::uint64_t replayed_ = 0;
};

// Copies the snapshot and compares what was copied, not what somebody may put there afterwards.
Result<> copy_base(const Directory& from, const Base& base, const Directory& to,
                   const ProgressCallback& progress) {
  const std::string name = snapshot_name(base);
  auto content = from.copy(name, to, kRestoringName,
                           bytes_reporter(progress, Progress::Step::kCopy, base.size));
  if (!content) {
    if (content.error().code == ErrorCode::kNotFound)
      return Error{ErrorCode::kDataLoss, name + ": is missing"};
    return content.error();
  }
  if (content->hash != base.content || content->size != base.size)
    return Error{ErrorCode::kDataLoss, name + ": does not have the hash that its base says"};
  return {};
}

// Copies the newest base that the limit includes. A damaged one is passed over: an older one will
// do, if the changes since then are there.
Result<Base> copy_newest_base(const Directory& from, const ArchiveIndex& index, const Limit& limit,
                              const Directory& to, const ProgressCallback& progress) {
  std::optional<Error> damage;
  for (auto seq = index.bases.rbegin(); seq != index.bases.rend(); ++seq) {
    auto base = load_base(from, *seq);
    if (base && !limit.includes(base->seq, base->time_ms)) continue;
    if (base) {
      auto copied = copy_base(from, *base, to, progress);
      if (copied) return base;
      base = copied.error();
    }
    if (base.error().code != ErrorCode::kDataLoss) return base;
    if (!damage) damage = base.error();
    if (auto removed = to.remove(kRestoringName); !removed) return removed.error();
  }
  if (damage) return *damage;
  return Error{ErrorCode::kNotFound, from.path().string() + ": has no base that old"};
}

Result<> check_base_database(Connection& connection, const Base& base) {
  auto schema = check_schema(connection, schema_steps());
  if (!schema) return in_file(schema.error(), snapshot_name(base));
  auto history = read_history(connection);
  if (!history) return in_file(history.error(), snapshot_name(base));
  if (*schema != base.schema || history->database != base.database ||
      history->head.seq != base.seq || history->head.hash != base.chain)
    return Error{ErrorCode::kDataLoss, snapshot_name(base) + ": is not what its base describes"};
  return {};
}

Result<> check_integrity(Connection& connection, const ProgressCallback& progress) {
  // SQLite calls this between its steps.
  const auto handler = [](void* context) -> int {
    const auto& callback = *static_cast<const ProgressCallback*>(context);
    return report(callback, Progress::Step::kCheck, 0, 0) ? 0 : 1;
  };
  // The signature lacks the const; the handler only calls.
  void* context = const_cast<ProgressCallback*>(&progress);
  sqlite3_progress_handler(connection.handle(), kStepsBetweenReports, handler, context);
  auto integrity = connection.text("PRAGMA integrity_check(1)");
  auto foreign_keys = connection.text("PRAGMA foreign_key_check");
  sqlite3_progress_handler(connection.handle(), 0, nullptr, nullptr);
  for (const auto* result : {&integrity, &foreign_keys}) {
    if (!*result && result->error().message.find("interrupted") != std::string::npos)
      return Error{ErrorCode::kDeadlineExceeded, "stopped by the progress callback"};
  }
  if (!integrity) return integrity.error();
  if (*integrity != "ok")
    return Error{ErrorCode::kDataLoss, "the restored database is damaged: " + *integrity};
  if (foreign_keys)
    return Error{ErrorCode::kDataLoss, "the restored database has a wrap without its data key"};
  if (foreign_keys.error().code != ErrorCode::kNotFound) return foreign_keys.error();
  return {};
}

Result<> begin_new_history(Connection& connection, const Replay& replay) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return transaction.error();
  if (auto begun = restart_history(connection, replay.seq(), replay.time_ms()); !begun)
    return begun;
  return transaction->commit();
}

// Makes the copied base the wanted state.
Result<> work_on(const std::filesystem::path& path, const Base& base, const ArchiveIndex& index,
                 Replay& replay, const ProgressCallback& progress) {
  auto connection =
      Connection::open(path, Connection::Mode::kReadWrite, std::chrono::milliseconds(0));
  if (!connection) return connection.error();
  // Nobody needs the file if this does not finish; it is made durable as a whole at the end.
  if (auto set = connection->execute("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF"); !set)
    return set;
  if (auto checked = check_base_database(*connection, base); !checked) return checked;
  if (auto replayed = replay.run(*connection, index); !replayed) return replayed;
  if (auto begun = begin_new_history(*connection, replay); !begun) return begun;
  return check_integrity(*connection, progress);
}

// What prune() has taken away is not looked for, also while its files are still there.
Result<> check_kept(const Directory& directory, const ArchiveIndex& index, const Limit& limit) {
  if (!index.start || limit.includes(index.start->seq, index.start->time_ms)) return {};
  return Error{ErrorCode::kNotFound,
               directory.path().string() + ": has no base that old: it begins with change " +
                   std::to_string(index.start->seq) +
                   (index.start->pruned ? ", what was before was pruned" : "")};
}

Result<RestoreReport> restore_to(const Directory& directory, const ArchiveIndex& index,
                                 const Limit& limit, const Directory& to,
                                 const ProgressCallback& progress) {
  if (auto kept = check_kept(directory, index, limit); !kept) return kept.error();
  auto base = copy_newest_base(directory, index, limit, to, progress);
  if (!base) return base.error();
  Replay replay(directory, *base, limit, progress);
  if (auto done = work_on(to.path() / kRestoringName, *base, index, replay, progress); !done)
    return done.error();
  if (auto done = to.publish(kRestoringName, kDatabaseName); !done) return done.error();
  return RestoreReport{.base = point_of(base->seq, base->time_ms),
                       .reached = point_of(replay.seq(), replay.time_ms())};
}

}  // namespace

Result<RestoreReport> Archive::restore(const RestoreTarget& target,
                                       const std::filesystem::path& new_directory,
                                       const ProgressCallback& progress) const {
  const Directory& directory = state_->directory;
  auto limit = Limit::of(target);
  if (!limit) return limit.error();
  auto index = index_of(directory);
  if (!index) return index.error();
  const auto made = make_directory(new_directory);
  if (!made) return made.error();
  auto restored = [&]() -> Result<RestoreReport> {
    const auto to = open_target(new_directory, state_->calls);
    if (!to) return to.error();
    auto done = restore_to(directory, *index, *limit, to->directory, progress);
    if (!done) (void)make_empty(to->directory);  // if this fails as well, the next call does it
    return done;
  }();
  if (!restored && *made) ::rmdir(new_directory.c_str());  // not if anything is in it
  if (restored || restored.error().code != ErrorCode::kDataLoss) return restored;
  // What is missing prune() may have removed meanwhile.
  auto now = index_of(directory);
  if (!now) return now.error();
  if (auto kept = check_kept(directory, *now, *limit); !kept) return kept.error();
  return restored;
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
