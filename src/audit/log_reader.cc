#include "coefficient/audit/log_reader.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "audit/checkpoint_file.h"
#include "audit/directory.h"
#include "audit/epoch_keys.h"
#include "audit/frame.h"
#include "audit/own_records.h"
#include "audit/recovery.h"
#include "audit/scan.h"
#include "audit/segment.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::size_t kMaxKeyText = 4096;

Error changed(const Directory& directory, const std::string& what) {
  return Error{ErrorCode::kDataLoss, directory.path() + ": " + what};
}

Result<KeyChain> read_keys(const Directory& directory, std::string_view root_key) {
  Result<std::string> own = directory.read(kRootKeyFile, 0, kMaxKeyText);
  if (!own) return own.error();
  std::string_view line = *own;
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (!root_key.empty() && root_key != line)
    return Error{ErrorCode::kUnauthenticated, directory.path() + ": has another root key"};
  Result<NoteVerifier> root = NoteVerifier::parse(line);
  if (!root) return changed(directory, "its root key is none");
  Result<std::string> chain = directory.read(kKeyChainFile, 0, kMaxKeyChainBytes);
  if (!chain) return chain.error();
  return KeyChain::parse(std::move(*root), *chain);
}

struct Segment {
  std::uint64_t first_index;
  std::string name;
  std::uint64_t bytes;  // of header and valid frames
};

}  // namespace

struct LogReader::State {
  State(Directory d, KeyChain k) : directory(std::move(d)), keys(std::move(k)) {}
  static Result<std::unique_ptr<State>> open(const std::string& path, std::string_view root_key,
                                             bool& pruned_meanwhile);
  Result<> open_note();
  /// `pruned_meanwhile`: whether it failed since a writer may have pruned, and signed for it, after
  /// the checkpoint was read.
  Result<> read_tree(bool& pruned_meanwhile);
  Result<> compare(std::uint64_t size, const Hash& root, const std::string& by,
                   const std::optional<Damage>& damage) const;
  // The segment that holds the record, in memory.
  Result<> load(const Segment& segment);
  Result<> read_segment(const Segment& segment, std::uint64_t begin, std::uint64_t end,
                        const RecordVisitor& visit);

  Directory directory;
  KeyChain keys;
  std::string note;
  Checkpoint checkpoint;
  HashTree tree;
  std::uint64_t first_kept = 0;
  std::vector<Segment> segments;  // that hold records, in order
  std::string loaded_name;
  std::string loaded;
};

Result<> LogReader::State::open_note() {
  Result<Checkpoint> opened = keys.open_checkpoint(note);
  if (!opened) return opened.error();
  checkpoint = std::move(*opened);
  return {};
}

Result<> LogReader::State::read_tree(bool& pruned_meanwhile) {
  Result<> appended;
  OwnRecords own;
  const auto visit = [&](const ScannedLeaf& leaf) {
    own.see(leaf.index, leaf.text());
    appended = tree.append(leaf.hash);
    return appended.has_value();
  };
  Result<ScanResult> scanned = scan_log(directory, visit);
  if (!appended) return appended;
  if (!scanned) return scanned.error();
  Result<> same = compare(checkpoint.size, checkpoint.root, "newest checkpoint", scanned->damage);
  if (!same) return same;
  // What the key in office signed says nothing of what came before its term: these trees do.
  for (const Epoch& epoch : keys.epochs()) {
    same = compare(epoch.first_size, epoch.first_root,
                   "change to key number " + std::to_string(epoch.number), scanned->damage);
    if (!same) return same;
  }
  const std::uint64_t confirmed = std::max(checkpoint.size, keys.epochs().back().first_size);
  if (const auto removed = unrecorded_pruning(scanned->first_kept, own.pruned(confirmed))) {
    pruned_meanwhile = own.pruned_since(confirmed);
    return changed(directory, removed->what);
  }
  first_kept = scanned->first_kept;
  for (const ScannedFile& file : scanned->files)
    if (!file.pruned) segments.push_back(Segment{file.first_index, file.name, file.bytes});
  return {};
}

Result<> LogReader::State::compare(std::uint64_t size, const Hash& root, const std::string& by,
                                   const std::optional<Damage>& damage) const {
  if (tree.size() < size)
    return changed(directory,
                   "has fewer records than its " + by + (damage ? ": " + damage->what : ""));
  Result<Hash> own = tree_root(tree, size);
  if (!own) return own.error();
  if (*own != root) return changed(directory, "has other records than its " + by);
  return {};
}

Result<> LogReader::State::load(const Segment& segment) {
  if (loaded_name == segment.name) return {};
  loaded_name.clear();
  Result<Descriptor> file = directory.open_to_read(segment.name);
  if (!file) return file.error();
  loaded.resize(static_cast<std::size_t>(segment.bytes));
  const auto n = read_at(file->get(), std::as_writable_bytes(std::span(loaded)), 0);
  if (n < 0) return directory.failed(segment.name);
  loaded.resize(static_cast<std::size_t>(n));
  loaded_name = segment.name;
  return {};
}

Result<> LogReader::State::read_segment(const Segment& segment, std::uint64_t begin,
                                        std::uint64_t end, const RecordVisitor& visit) {
  if (Result<> done = load(segment); !done) return done;
  std::span<const std::byte> rest = std::as_bytes(std::span<const char>(loaded));
  if (rest.size() < kSegmentHeaderBytes) return changed(directory, segment.name + " is cut");
  rest = rest.subspan(kSegmentHeaderBytes);
  for (std::uint64_t index = segment.first_index; index < end; ++index) {
    const std::optional<std::span<const std::byte>> payload = read_frame(index, rest);
    if (!payload) return changed(directory, segment.name + " has changed");
    rest = rest.subspan(kFrameHeaderBytes + payload->size());
    if (index < begin) continue;
    Result<Hash> leaf = leaf_hash(*payload);
    Result<Hash> known = tree.node(0, index);
    if (!leaf) return leaf.error();
    if (!known) return known.error();
    if (*leaf != *known) return changed(directory, segment.name + " has changed");
    const StoredRecord record{
        index, {reinterpret_cast<const char*>(payload->data()), payload->size()}, *leaf};
    if (Result<> visited = visit(record); !visited) return visited;
  }
  return {};
}

LogReader::LogReader(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
LogReader::LogReader(LogReader&&) noexcept = default;
LogReader& LogReader::operator=(LogReader&&) noexcept = default;
LogReader::~LogReader() = default;

Result<std::unique_ptr<LogReader::State>> LogReader::State::open(const std::string& path,
                                                                 std::string_view root_key,
                                                                 bool& pruned_meanwhile) {
  pruned_meanwhile = false;
  Result<Directory> directory = Directory::open(path, system_file_calls());
  if (!directory) return directory.error();
  // In the order in which a writer writes them backwards: checkpoints before the keys that signed
  // them, and before the records that they cover.
  Result<LastNote> last = read_last_note(*directory);
  if (!last) return last.error();
  if (last->text.empty())
    return Error{ErrorCode::kNotFound, directory->path() + ": has no checkpoint yet"};
  Result<KeyChain> keys = read_keys(*directory, root_key);
  if (!keys) return keys.error();
  auto state = std::make_unique<State>(std::move(*directory), std::move(*keys));
  state->note = std::move(last->text);
  if (Result<> done = state->open_note(); !done) return done.error();
  if (Result<> done = state->read_tree(pruned_meanwhile); !done) return done.error();
  return state;
}

Result<LogReader> LogReader::open(const std::string& path, std::string_view root_key) {
  bool pruned_meanwhile = false;
  Result<std::unique_ptr<State>> state = State::open(path, root_key, pruned_meanwhile);
  // Of a log that is written to, the checkpoint may be older than the pruning: the newer one says.
  if (pruned_meanwhile) state = State::open(path, root_key, pruned_meanwhile);
  if (!state) return state.error();
  return LogReader(std::move(*state));
}

const Checkpoint& LogReader::checkpoint() const noexcept {
  return state_->checkpoint;
}
const std::string& LogReader::note() const noexcept {
  return state_->note;
}
const KeyChain& LogReader::keys() const noexcept {
  return state_->keys;
}
const HashTree& LogReader::tree() const noexcept {
  return state_->tree;
}
std::uint64_t LogReader::first_kept() const noexcept {
  return state_->first_kept;
}

Result<> LogReader::read(std::uint64_t begin, std::uint64_t end, const RecordVisitor& visit) {
  State& s = *state_;
  end = std::min(end, s.checkpoint.size);
  for (std::size_t i = 0; i < s.segments.size(); ++i) {
    const std::uint64_t next =
        i + 1 < s.segments.size() ? s.segments[i + 1].first_index : s.checkpoint.size;
    if (next <= begin || s.segments[i].first_index >= end) continue;
    Result<> done = s.read_segment(s.segments[i], begin, std::min(end, next), visit);
    if (!done) return done;
  }
  return {};
}

Result<std::string> LogReader::record(std::uint64_t index) {
  std::optional<std::string> found;
  Result<> done = read(index, index + 1, [&found](const StoredRecord& record) -> Result<> {
    found = std::string(record.payload);
    return {};
  });
  if (!done) return done.error();
  if (!found)
    return Error{ErrorCode::kNotFound,
                 "record " + std::to_string(index) + " is not there, or was pruned"};
  return std::move(*found);
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
