#ifndef COEFFICIENT_SRC_SQLITE_ARCHIVE_STATE_H_
#define COEFFICIENT_SRC_SQLITE_ARCHIVE_STATE_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coefficient/sqlite/archive.h"
#include "coefficient/version.h"
#include "sqlite/directory.h"
#include "sqlite/segment.h"

// Private to the library: never installed. Exported for the tests only.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

struct Archive::State {
  State(Directory directory_, FileCalls& calls_) noexcept
      : directory(std::move(directory_)), calls(calls_) {}
  Directory directory;
  FileCalls& calls;
};

/// Opens an archive whose system calls go through `calls`, which must outlive it.
struct ArchiveAccess {
  COEFFICIENT_SQLITE_EXPORT static Result<Archive> open(const std::filesystem::path& directory,
                                                        FileCalls& calls);
};

/// What the files of an archive are, by their names; of those that say where it begins, by their
/// content too.
struct ArchiveIndex {
  std::vector<std::int64_t> bases;     ///< In order.
  std::vector<std::int64_t> changes;   ///< First numbers, in order.
  std::vector<std::string> snapshots;  ///< In order.
  std::vector<std::int64_t> starts;    ///< All that have such a name, in order.
  /// The newest of them that is whole and whose base is there. What is before it is not in the
  /// lists above but in `pruned`.
  std::optional<Start> start;
  /// What prune() removes, in that order: at any point in between, what is left is an archive also
  /// for who does not have the start.
  std::vector<std::string> pruned;
  std::vector<std::string> temporary;
  std::vector<std::string> unknown;
  [[nodiscard]] bool empty() const noexcept { return bases.empty() && changes.empty(); }
};

Result<ArchiveIndex> index_of(const Directory& directory);

/// Moves what is before `start` to `index.pruned`.
void begin_with(ArchiveIndex& index, const Start& start);

/// The archive for one writer: locked, what was seen in it durable, without temporary files.
struct WritableArchive {
  Descriptor lock;
  ArchiveIndex index;
};
Result<WritableArchive> open_to_write(const Directory& directory);

/// What Archive::verify() does, with these files.
Result<VerifyReport> verify_files(const Directory& directory, const ArchiveIndex& index,
                                  const ProgressCallback& progress);

std::string base_name(std::int64_t seq);
std::string start_name(std::int64_t seq);
std::string changes_name(std::int64_t seq);
std::string snapshot_name(const Base& base);

/// Reads a file of changes and checks that it is what its name says. kDataLoss names the file. The
/// changes are views into `bytes`.
Result<Segment> load_segment(const Directory& directory, std::int64_t first_seq,
                             std::vector<std::byte>& bytes);
Result<Base> load_base(const Directory& directory, std::int64_t seq);
Result<Start> load_start(const Directory& directory, std::int64_t seq);

/// Returns the error with the file's name in front.
Error in_file(Error error, const std::string& name);

/// The same point for the outside.
ArchivePoint point_of(std::int64_t seq, std::int64_t time_ms) noexcept;

/// Calls back if there is a callback; kDeadlineExceeded if it says stop.
Result<> report(const ProgressCallback& progress, Progress::Step step, std::uint64_t done,
                std::uint64_t total);
BytesDone bytes_reporter(const ProgressCallback& progress, Progress::Step step,
                         std::uint64_t total);

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_ARCHIVE_STATE_H_
