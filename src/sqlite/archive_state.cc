#include "sqlite/archive_state.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <iterator>
#include <optional>

#include "coefficient/core/encoding.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

// As many digits as the largest number has, so that the order of names is that of numbers.
constexpr std::size_t kDigits = 19;
constexpr std::size_t kHashDigits = 16;
constexpr std::string_view kBaseSuffix = ".base";
constexpr std::string_view kStartSuffix = ".start";
constexpr std::string_view kChangesSuffix = ".changes";
constexpr std::string_view kSnapshotSuffix = ".db";

std::string padded(std::int64_t seq) {
  const std::string digits = std::to_string(seq);
  return std::string(kDigits - digits.size(), '0') + digits;
}

std::optional<std::int64_t> number_before(std::string_view name, std::string_view suffix) {
  if (name.size() != kDigits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  const std::string_view digits = name.substr(0, kDigits);
  if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  std::int64_t seq = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seq);
  if (error != std::errc()) return std::nullopt;
  return seq;
}

bool is_snapshot(std::string_view name) {
  constexpr std::size_t kTail = 1 + kHashDigits + kSnapshotSuffix.size();
  if (name.size() != kDigits + kTail || name[kDigits] != '-') return false;
  const std::string_view hash = name.substr(kDigits + 1, kHashDigits);
  return name.ends_with(kSnapshotSuffix) &&
         std::ranges::all_of(name.substr(0, kDigits),
                             [](char c) { return c >= '0' && c <= '9'; }) &&
         hash.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// The newest start that is whole and whose base is there. Another does not stop anything: verify()
// reports it.
Result<> find_start(const Directory& directory, ArchiveIndex& index) {
  for (auto seq = index.starts.rbegin(); seq != index.starts.rend() && !index.start; ++seq) {
    if (!std::ranges::binary_search(index.bases, *seq)) continue;
    auto start = load_start(directory, *seq);
    if (start) {
      index.start = *start;
    } else if (start.error().code != ErrorCode::kDataLoss &&
               start.error().code != ErrorCode::kNotFound) {  // prune() may just have removed it
      return start.error();
    }
  }
  return {};
}

// Moves the first `count` names out of `from`, as `name` spells them.
template <class T, class Name>
void move_first(std::vector<T>& from, std::ptrdiff_t count, std::vector<std::string>& to,
                const Name& name) {
  const auto end = from.begin() + count;
  std::transform(from.begin(), end, std::back_inserter(to), name);
  from.erase(from.begin(), end);
}

}  // namespace

std::string base_name(std::int64_t seq) {
  return padded(seq).append(kBaseSuffix);
}
std::string start_name(std::int64_t seq) {
  return padded(seq).append(kStartSuffix);
}
std::string changes_name(std::int64_t seq) {
  return padded(seq).append(kChangesSuffix);
}
std::string snapshot_name(const Base& base) {
  const auto first_bytes = std::span<const std::byte>(base.content).first(kHashDigits / 2);
  return (padded(base.seq) + "-" + hex_encode(first_bytes)).append(kSnapshotSuffix);
}

Result<ArchiveIndex> index_of(const Directory& directory) {
  auto names = directory.names();
  if (!names) return names.error();
  ArchiveIndex index;
  for (std::string& name : *names) {
    if (const auto base = number_before(name, kBaseSuffix)) {
      index.bases.push_back(*base);
    } else if (const auto changes = number_before(name, kChangesSuffix)) {
      index.changes.push_back(*changes);
    } else if (const auto start = number_before(name, kStartSuffix)) {
      index.starts.push_back(*start);
    } else if (is_snapshot(name)) {
      index.snapshots.push_back(std::move(name));
    } else if (name.starts_with("tmp-")) {
      index.temporary.push_back(std::move(name));
    } else if (name != "lock") {
      index.unknown.push_back(std::move(name));
    }
  }
  if (auto found = find_start(directory, index); !found) return found.error();
  if (index.start) begin_with(index, *index.start);
  return index;
}

void begin_with(ArchiveIndex& index, const Start& start) {
  // Descriptions before what they describe, and the oldest first.
  const auto old_bases = std::ranges::lower_bound(index.bases, start.seq) - index.bases.begin();
  move_first(index.bases, old_bases, index.pruned, base_name);
  // Names begin with the number, so they are in its order.
  const auto old_snapshots =
      std::ranges::lower_bound(index.snapshots, padded(start.seq)) - index.snapshots.begin();
  move_first(index.snapshots, old_snapshots, index.pruned, std::identity());
  // A file is needed if a change after the start may be in it: unless the next one begins there.
  auto needed = std::ranges::upper_bound(index.changes, start.seq + 1);
  if (needed != index.changes.begin()) --needed;
  move_first(index.changes, needed - index.changes.begin(), index.pruned, changes_name);
  for (const std::int64_t seq : index.starts)
    if (seq < start.seq) index.pruned.push_back(start_name(seq));
  index.start = start;
}

Result<WritableArchive> open_to_write(const Directory& directory) {
  auto lock = directory.lock();
  if (!lock) return lock.error();
  // A file may have got its name in a call whose last fsync failed; the store must not be trimmed
  // because of it before the name is durable.
  if (auto synced = directory.sync(); !synced) return synced.error();
  auto index = index_of(directory);
  if (!index) return index.error();
  for (const std::string& name : index->temporary) {
    if (auto removed = directory.remove(name); !removed) return removed.error();
  }
  return WritableArchive{std::move(*lock), std::move(*index)};
}

Error in_file(Error error, const std::string& name) {
  error.message.insert(0, name + ": ");
  return error;
}

Result<Segment> load_segment(const Directory& directory, std::int64_t first_seq,
                             std::vector<std::byte>& bytes) {
  const std::string name = changes_name(first_seq);
  auto read = directory.read(name, kMaxSegmentBytes);
  if (!read) return read.error();
  bytes = std::move(*read);
  auto segment = read_segment(bytes);
  if (!segment) return in_file(segment.error(), name);
  if (segment->first_seq() != first_seq)
    return Error{ErrorCode::kDataLoss, name + ": holds other changes than its name says"};
  return segment;
}

Result<Base> load_base(const Directory& directory, std::int64_t seq) {
  const std::string name = base_name(seq);
  auto bytes = directory.read(name, kBaseBytes);
  if (!bytes) return bytes.error();
  auto base = read_base(*bytes);
  if (!base) return in_file(base.error(), name);
  if (base->seq != seq)
    return Error{ErrorCode::kDataLoss, name + ": describes another snapshot than its name says"};
  return base;
}

Result<Start> load_start(const Directory& directory, std::int64_t seq) {
  const std::string name = start_name(seq);
  auto bytes = directory.read(name, kStartBytes);
  if (!bytes) return bytes.error();
  auto start = read_start(*bytes);
  if (!start) return in_file(start.error(), name);
  if (start->seq != seq)
    return Error{ErrorCode::kDataLoss, name + ": is of another base than its name says"};
  return start;
}

ArchivePoint point_of(std::int64_t seq, std::int64_t time_ms) noexcept {
  return {.seq = static_cast<std::uint64_t>(seq),
          .time = std::chrono::system_clock::time_point(std::chrono::milliseconds(time_ms))};
}

Result<> report(const ProgressCallback& progress, Progress::Step step, std::uint64_t done,
                std::uint64_t total) {
  if (!progress || progress({.step = step, .done = done, .total = total})) return {};
  return Error{ErrorCode::kDeadlineExceeded, "stopped by the progress callback"};
}

BytesDone bytes_reporter(const ProgressCallback& progress, Progress::Step step,
                         std::uint64_t total) {
  return [&progress, step, total](std::uint64_t done) {
    return report(progress, step, done, total).has_value();
  };
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
