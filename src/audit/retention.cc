#include <algorithm>
#include <utility>
#include <vector>

#include "audit/frame.h"
#include "audit/log_state.h"
#include "audit/record_text.h"
#include "audit/segment.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::string_view kHold = "hold-";

/// A whole segment, for what stays of it.
struct Leaves {
  SegmentHeader header;
  std::vector<Hash> hashes;
  std::optional<Timestamp> newest;  ///< If each text is a record.
};

Result<Leaves> read_leaves(const Directory& directory, const std::string& name,
                           std::uint64_t end_index, bool with_times) {
  auto text = directory.read(name, 0, kMaxSegmentFileBytes);
  if (!text) return text.error();
  auto bytes = std::as_bytes(std::span(*text));
  const auto header = decode_header(SegmentKind::kRecords, bytes);
  const Error damaged{ErrorCode::kDataLoss, directory.path() + "/" + name + ": is damaged"};
  if (!header) return damaged;
  Leaves leaves;
  leaves.header = *header;
  bytes = bytes.subspan(kSegmentHeaderBytes);
  bool records = with_times;
  for (std::uint64_t index = header->first_index; index < end_index; ++index) {
    const auto read = read_frame(index, bytes);
    if (!read) return damaged;
    const auto hash = leaf_hash(*read);
    if (!hash) return hash.error();
    leaves.hashes.push_back(*hash);
    bytes = bytes.subspan(kFrameHeaderBytes + read->size());
    if (!records) continue;
    const auto record = parse_record({reinterpret_cast<const char*>(read->data()), read->size()});
    records = record.has_value();
    if (record) leaves.newest = std::max(record->time, leaves.newest.value_or(record->time));
  }
  if (!records) leaves.newest.reset();
  return leaves;
}

Result<> write_hashes(const Directory& directory, const Leaves& leaves) {
  const SegmentHeaderBytes header = encode_header(
      SegmentKind::kHashes,
      {.flags = 0, .first_index = leaves.header.first_index, .root = leaves.header.root});
  return directory.write(segment_name(SegmentKind::kHashes, leaves.header.first_index),
                         {header, std::as_bytes(std::span(leaves.hashes))});
}

Result<std::vector<std::uint64_t>> segments_of(const Directory& directory) {
  auto names = directory.names();
  if (!names) return names.error();
  std::vector<std::uint64_t> first;
  for (const std::string& name : *names) {
    if (const auto index = parse_segment_name(SegmentKind::kRecords, name)) first.push_back(*index);
  }
  return first;
}

Error forbidden_by(const std::string& hold) {
  return Error{ErrorCode::kFailedPrecondition, "the legal hold " + hold + " forbids it"};
}

// A hold counts by its file or by its record: who removed the one has not removed the other.
Result<> refuse_under_hold(const Directory& directory,
                           const std::set<std::string, std::less<>>& recorded) {
  if (!recorded.empty()) return forbidden_by(*recorded.begin());
  const auto names = directory.names();
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (name.starts_with(kHold)) return forbidden_by(name.substr(kHold.size()));
  }
  return {};
}

Result<bool> is_held(const Directory& directory, const std::set<std::string, std::less<>>& recorded,
                     std::string_view name) {
  if (!is_record_name(name))
    return Error{ErrorCode::kInvalidArgument, "a hold's name is 1 to 64 of [a-z0-9_.]"};
  if (recorded.contains(name)) return true;
  const auto file = directory.open_to_read(std::string(kHold).append(name));
  if (file) return true;
  if (file.error().code == ErrorCode::kNotFound) return false;
  return file.error();
}

}  // namespace

// The hashes first, then the record that says what went, then a checkpoint, and only then does it
// go: whatever interrupts that, the log is whole, and what lies there twice is pruned the next
// time.
Result<PruneReport> Log::State::prune_locked(const PrunePolicy& policy) {
  if (auto free = refuse_under_hold(directory, holds); !free) return free.error();
  if (auto signed_note = checkpoint_locked(false); !signed_note) return signed_note.error();
  const auto segments = segments_of(directory);
  if (!segments) return segments.error();
  const bool by_time = policy.before != Timestamp::max();
  PruneReport report;
  std::vector<std::string> gone;
  for (std::size_t i = 0; i + 1 < segments->size(); ++i) {
    const std::uint64_t end = (*segments)[i + 1];
    if (end > policy.before_index || end > last_size) break;
    std::string name = segment_name(SegmentKind::kRecords, (*segments)[i]);
    const auto leaves = read_leaves(directory, name, end, by_time);
    if (!leaves) return leaves.error();
    // A text that is no record has no time: only an index lets its segment go.
    if (by_time && (!leaves->newest || *leaves->newest >= policy.before)) break;
    if (auto written = write_hashes(directory, *leaves); !written) return written.error();
    gone.push_back(std::move(name));
    report.records += leaves->hashes.size();
    report.first_kept = end;
  }
  report.segments = gone.size();
  if (gone.empty()) {
    report.first_kept = segments->empty() ? 0 : segments->front();
    return report;
  }
  auto written =
      write_own("log.pruned", {{"first_kept", static_cast<std::int64_t>(report.first_kept)},
                               {"records", static_cast<std::int64_t>(report.records)},
                               {"segments", static_cast<std::int64_t>(report.segments)}});
  if (!written) return written.error();
  // Nothing goes before a checkpoint covers the record: without that the log does not open.
  if (auto signed_note = checkpoint_locked(false); !signed_note) return signed_note.error();
  for (const std::string& name : gone) {
    if (auto removed = directory.remove(name); !removed) return removed.error();
  }
  if (auto synced = directory.sync(); !synced) return synced.error();
  return report;
}

Result<> Log::State::hold_locked(std::string_view name, std::string_view reason) {
  const auto held = is_held(directory, holds, name);
  if (!held) return held.error();
  if (*held) return Error{ErrorCode::kAlreadyExists, "there is a hold of that name"};
  // The file first: a hold that is not on record holds, too.
  if (auto made = directory.write(std::string(kHold).append(name), {}); !made) return made;
  Record record = own_record("log.hold", {{"hold", std::string(name)}});
  record.reason = std::string(reason);
  auto written = write(std::move(record));
  if (!written) return written.error();
  holds.emplace(name);
  // Signed, so that the record stays even if somebody cuts off what is not.
  if (auto signed_note = checkpoint_locked(false); !signed_note) return signed_note.error();
  return {};
}

Result<> Log::State::release_locked(std::string_view name) {
  const auto held = is_held(directory, holds, name);
  if (!held) return held.error();
  if (!*held) return Error{ErrorCode::kNotFound, "there is no hold of that name"};
  // The record first, and signed: a hold does not end without one.
  auto written = write_own("log.release", {{"hold", std::string(name)}});
  if (!written) return written.error();
  if (auto signed_note = checkpoint_locked(false); !signed_note) return signed_note.error();
  if (const auto recorded = holds.find(name); recorded != holds.end()) holds.erase(recorded);
  if (auto removed = directory.remove(std::string(kHold).append(name)); !removed) return removed;
  return directory.sync();
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
