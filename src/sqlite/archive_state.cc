#include "sqlite/archive_state.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "coefficient/core/encoding.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

// As many digits as the largest number has, so that the order of names is that of numbers.
constexpr std::size_t kDigits = 19;
constexpr std::size_t kHashDigits = 16;
constexpr std::string_view kBaseSuffix = ".base";
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

}  // namespace

std::string base_name(std::int64_t seq) {
  return padded(seq).append(kBaseSuffix);
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
    } else if (is_snapshot(name)) {
      index.snapshots.push_back(std::move(name));
    } else if (name.starts_with("tmp-")) {
      index.temporary.push_back(std::move(name));
    } else if (name != "lock") {
      index.unknown.push_back(std::move(name));
    }
  }
  return index;
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
