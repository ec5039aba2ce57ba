#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <utility>

#include "coefficient/sqlite/archive.h"
#include "sqlite/archive_state.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

/// The oldest state that must stay restorable.
struct Window {
  std::int64_t seq = std::numeric_limits<std::int64_t>::max();
  std::int64_t time_ms = std::numeric_limits<std::int64_t>::max();
};

Result<Window> kept_by(const PruneOptions& options) {
  using std::chrono::milliseconds;
  if (options.keep_seq.has_value() == options.keep_since.has_value())
    return Error{ErrorCode::kInvalidArgument,
                 "keep what follows a transaction or a time, one of both"};
  Window kept;
  if (options.keep_seq)
    kept.seq = static_cast<std::int64_t>(
        std::min(*options.keep_seq, static_cast<std::uint64_t>(kept.seq)));
  if (options.keep_since) {
    // All later transactions would be of before that time: nobody can mean that.
    if (*options.keep_since > options.clock.now())
      return Error{ErrorCode::kInvalidArgument, "the time since which to keep is in the future"};
    kept.time_ms = std::chrono::floor<milliseconds>(*options.keep_since).time_since_epoch().count();
  }
  return kept;
}

Result<WritableArchive> open_to_prune(const Directory& directory, bool dry_run) {
  if (!dry_run) return open_to_write(directory);
  auto lock = directory.lock();
  if (!lock) return lock.error();
  auto index = index_of(directory);
  if (!index) return index.error();
  return WritableArchive{std::move(*lock), std::move(*index)};
}

// What is kept must be whole before anything else goes, and what is damaged may be evidence.
Result<> check_intact(const Directory& directory, const ArchiveIndex& index,
                      const PruneOptions& options, const ProgressCallback& progress) {
  const std::string path = directory.path().string();
  if (index.bases.empty())
    return Error{ErrorCode::kFailedPrecondition, path + ": has no base snapshot"};
  auto verified = verify_files(directory, index, progress);
  if (!verified) return verified.error();
  for (const auto& [kind, file, what] : verified->findings) {
    if (kind != VerifyReport::Kind::kDamaged && kind != VerifyReport::Kind::kMissing) continue;
    Error error{ErrorCode::kDataLoss, what};
    if (!file.empty()) error = in_file(std::move(error), file);
    return in_file(std::move(error), path + ": nothing was pruned, since the archive is damaged");
  }
  if (options.keep_seq && *options.keep_seq > verified->last->seq)
    return Error{ErrorCode::kNotFound, path + ": ends with change " +
                                           std::to_string(verified->last->seq) +
                                           ", nothing would be kept"};
  return {};
}

// The newest base from which the oldest state that is kept can be made; where the archive begins
// now if there is none.
Result<Start> new_start(const Directory& directory, const ArchiveIndex& index, const Window& kept) {
  for (auto seq = index.bases.rbegin(); seq != index.bases.rend(); ++seq) {
    if (*seq <= index.start->seq) break;
    auto base = load_base(directory, *seq);
    if (!base) return base.error();
    if (base->seq > kept.seq || base->time_ms > kept.time_ms) continue;
    return Start{.database = base->database,
                 .pruned = true,
                 .seq = base->seq,
                 .time_ms = base->time_ms,
                 .chain = base->chain};
  }
  return *index.start;
}

Result<PruneReport> report_of(const Directory& directory, const ArchiveIndex& index) {
  PruneReport report{.first = point_of(index.start->seq, index.start->time_ms),
                     .files = index.pruned};
  for (const std::string& name : report.files) {
    auto size = directory.size(name);
    if (!size) return size.error();
    report.bytes += *size;
  }
  return report;
}

// The new start is durable before anything goes: whatever interrupts this, the archive is whole
// from there on, and what is left over says so.
Result<> remove_files(const Directory& directory, const Start& start, bool is_new,
                      const std::vector<std::string>& names, const ProgressCallback& progress) {
  if (is_new) {
    auto bytes = write_start(start);
    if (!bytes) return bytes.error();
    if (auto done = directory.write(start_name(start.seq), *bytes); !done) return done;
  }
  std::uint64_t done = 0;
  for (const std::string& name : names) {
    if (auto go_on = report(progress, Progress::Step::kPrune, done++, names.size()); !go_on)
      return go_on;
    if (auto removed = directory.remove(name); !removed) return removed;
  }
  return directory.sync();
}

}  // namespace

Result<PruneReport> Archive::prune(const PruneOptions& options, const ProgressCallback& progress) {
  const Directory& directory = state_->directory;
  auto kept = kept_by(options);
  if (!kept) return kept.error();
  auto opened = open_to_prune(directory, options.dry_run);
  if (!opened) return opened.error();
  ArchiveIndex& index = opened->index;
  if (auto intact = check_intact(directory, index, options, progress); !intact)
    return intact.error();
  auto start = new_start(directory, index, *kept);
  if (!start) return start.error();
  const bool is_new = start->seq != index.start->seq;
  if (is_new) begin_with(index, *start);
  auto report = report_of(directory, index);
  if (!report || options.dry_run || report->files.empty()) return report;
  if (auto done = remove_files(directory, *start, is_new, report->files, progress); !done)
    return done.error();
  return report;
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
