#include "audit/scan.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "audit/frame.h"
#include "audit/segment.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 20;
// A tail is judged as a whole; more than this no writer leaves that waits for the disk.
constexpr std::size_t kMaxTailBytes = 2 * kMaxBatchBytes;
// So often a tail is judged that is another each time.
constexpr int kMaxLooks = 100;

Damage corrupt(std::uint64_t index, std::string what) {
  return Damage{DamageKind::kCorrupt, index, index + 1, std::move(what)};
}

/// A file read from front to back, in a window that always holds what comes next.
class Window {
 public:
  Window(const Directory& directory, std::string name, Descriptor file, std::uint64_t size)
      : directory_(directory), name_(std::move(name)), file_(std::move(file)), size_(size) {}

  /// Returns the next bytes: at least `size` of them, but at the end of the file.
  Result<std::span<const std::byte>> peek(std::size_t size) {
    if (buffer_.size() - at_ < size && !ended_) {
      buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
      at_ = 0;
      const std::size_t have = buffer_.size();
      buffer_.resize(have + std::max(kChunk, size));
      const auto n = read_at(file_.get(), std::span(buffer_).subspan(have), read_to_);
      if (n < 0) return directory_.failed(name_);
      ended_ = static_cast<std::size_t>(n) < buffer_.size() - have;
      buffer_.resize(have + static_cast<std::size_t>(n));
      read_to_ += static_cast<std::uint64_t>(n);
    }
    return std::span<const std::byte>(buffer_).subspan(at_);
  }
  void skip(std::size_t size) {
    at_ += size;
    offset_ += size;
  }
  /// Returns what is behind, without the zeros at its end; nothing if that is over `limit` bytes.
  Result<std::optional<std::string>> tail(std::size_t limit) const {
    std::string kept;
    std::string chunk;
    for (std::uint64_t at = offset_;; at += chunk.size()) {
      // Over holes at once, where the file system tells: a file may be made to have any size.
      const off_t data = ::lseek(file_.get(), static_cast<off_t>(at), SEEK_DATA);
      if (data < 0 && errno == ENXIO) return std::optional(std::move(kept));
      at = std::max(at, static_cast<std::uint64_t>(std::max<off_t>(data, 0)));
      chunk.resize(kChunk);
      const auto n = read_at(file_.get(), std::as_writable_bytes(std::span(chunk)), at);
      if (n < 0) return directory_.failed(name_);
      chunk.resize(static_cast<std::size_t>(n));
      if (chunk.empty()) return std::optional(std::move(kept));
      const std::size_t end = chunk.find_last_not_of('\0') + 1;
      if (end == 0) continue;
      if (at - offset_ + end > limit) return std::optional<std::string>();
      kept.resize(static_cast<std::size_t>(at - offset_), '\0');
      kept.append(chunk, 0, end);
    }
  }
  /// Returns how many bytes the file had behind, when it was opened.
  [[nodiscard]] std::uint64_t left() const { return size_ - std::min(size_, offset_); }
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  /// Returns whether nothing is left of what the file had when it was opened.
  [[nodiscard]] bool done() const { return offset_ >= size_; }
  /// Forgets what was read ahead: a writer may have written there since.
  void refresh() {
    buffer_.clear();
    at_ = 0;
    read_to_ = offset_;
    ended_ = false;
  }

 private:
  const Directory& directory_;
  std::string name_;
  Descriptor file_;
  std::uint64_t size_;
  std::vector<std::byte> buffer_;
  std::size_t at_ = 0;
  std::uint64_t offset_ = 0;   // of what comes next, in the file
  std::uint64_t read_to_ = 0;  // in the file
  bool ended_ = false;
};

class Scanner {
 public:
  Scanner(const Directory& directory, const LeafVisitor& visit, const Progress& progress)
      : directory_(directory), visit_(visit), progress_(progress) {}

  Result<ScanResult> scan() {
    if (auto listed = list(); !listed) return listed.error();
    while (!result_.damage) {
      const std::uint64_t next = result_.tree.size();
      const auto segment = segments_.find(next);
      const auto hashes = hashes_.find(next);
      Result<> done;
      if (segment != segments_.end() && !used(segment->second)) {
        done = read_segment(segment->second);
      } else if (hashes != hashes_.end() && !used(hashes->second)) {
        done = read_hashes(hashes->second);
      } else {
        break;
      }
      if (!done) return done.error();
    }
    check_files();
    return std::move(result_);
  }

 private:
  Result<> list() {
    auto names = directory_.names();
    if (!names) return names.error();
    for (const std::string& name : *names) {
      const auto segment = parse_segment_name(SegmentKind::kRecords, name);
      const auto hashes = parse_segment_name(SegmentKind::kHashes, name);
      if (!segment && !hashes) continue;
      (segment ? segments_ : hashes_).emplace(segment ? *segment : *hashes, name);
      auto file = directory_.open_to_read(name);
      if (!file && file.error().code == ErrorCode::kDataLoss) continue;  // damage, once it is read
      if (!file) return file.error();
      const std::int64_t size = file_size(file->get());
      if (size < 0) return directory_.failed(name);
      total_ += static_cast<std::uint64_t>(size);
    }
    return {};
  }
  // A segment without a record is followed by nothing of the same index.
  [[nodiscard]] bool used(const std::string& name) const {
    return !result_.files.empty() && result_.files.back().name == name;
  }
  [[nodiscard]] bool is_last(std::uint64_t first_index) const {
    return segments_.upper_bound(first_index) == segments_.end();
  }

  // What was not read does not belong there: a gap, or a file of another history.
  void check_files() {
    const std::uint64_t next = result_.tree.size();
    if (result_.damage) return;
    const auto gap = segments_.upper_bound(next);
    if (gap != segments_.end()) {
      result_.damage = corrupt(next, "there is no segment before " + gap->second);
      return;
    }
    for (const auto& [index, name] : segments_) {
      const auto read = [&n = name](const ScannedFile& file) { return file.name == n; };
      if (std::ranges::none_of(result_.files, read)) {
        result_.damage = corrupt(index, name + " overlaps the segment before");
        return;
      }
    }
    std::set<std::string_view> read;
    for (const ScannedFile& file : result_.files) read.insert(file.name);
    for (const auto& [index, name] : hashes_) {
      if (segments_.contains(index) || read.contains(name)) continue;
      result_.damage = corrupt(std::min(index, next), name + " belongs to no segment");
      return;
    }
  }

  // Returns the file; or notes the damage, if that is none that a writer makes.
  Result<std::optional<Window>> open(const std::string& name) {
    auto file = directory_.open_to_read(name);
    if (!file && file.error().code == ErrorCode::kDataLoss) {
      result_.damage = corrupt(result_.tree.size(), name + " is not a regular file");
      return std::optional<Window>();
    }
    if (!file) return file.error();
    const std::int64_t size = file_size(file->get());
    if (size < 0) return directory_.failed(name);
    const auto bytes = static_cast<std::uint64_t>(size);
    if (bytes > kMaxSegmentFileBytes) {
      result_.damage = corrupt(result_.tree.size(), name + " is larger than any segment");
      return std::optional<Window>();
    }
    return std::optional<Window>(std::in_place, directory_, name, *std::move(file), bytes);
  }

  // Returns the header, or notes the damage.
  Result<std::optional<SegmentHeader>> header(SegmentKind kind, const std::string& name,
                                              Window& window) {
    auto bytes = window.peek(kSegmentHeaderBytes);
    if (!bytes) return bytes.error();
    const auto header = decode_header(kind, *bytes);
    const std::uint64_t next = result_.tree.size();
    if (!header || header->first_index != next) {
      result_.damage = corrupt(next, name + " has no valid header");
      return std::optional<SegmentHeader>();
    }
    const auto root = result_.tree.root();
    if (!root) return root.error();
    if (header->root != *root) {
      result_.damage = Damage{DamageKind::kForked, file_before(), next,
                              name + " follows other records than those before it"};
      return std::optional<SegmentHeader>();
    }
    window.skip(kSegmentHeaderBytes);
    return header;
  }
  [[nodiscard]] std::uint64_t file_before() const {
    return result_.files.empty() ? 0 : result_.files.back().first_index;
  }

  Result<> add_leaf(std::span<const std::byte> payload, const Hash& hash) {
    const std::uint64_t index = result_.tree.size();
    if (auto added = result_.tree.append(hash); !added) return added;
    ++result_.files.back().records;
    if (visit_ && !visit_({index, payload, hash, result_.tree}))
      return Error{ErrorCode::kDeadlineExceeded, "the scan was stopped"};
    return {};
  }
  Result<> report(std::uint64_t offset) {
    if (progress_ && !progress_(done_ + offset, std::max(total_, done_ + offset)))
      return Error{ErrorCode::kDeadlineExceeded, "the scan was stopped"};
    return {};
  }

  Result<> read_segment(const std::string& name) {
    auto opened = open(name);
    if (!opened) return opened.error();
    std::optional<Window>& window = *opened;
    if (!window) return {};
    auto head = header(SegmentKind::kRecords, name, *window);
    if (!head) return head.error();
    if (!*head) return {};
    const std::uint64_t first = result_.tree.size();
    if (result_.files.empty() || result_.files.back().pruned) result_.first_kept = first;
    result_.files.push_back({.name = name, .pruned = false, .first_index = first});
    result_.buffered = ((*head)->flags & kFlagBuffered) != 0;
    const Frontier before = result_.tree;
    if (auto read = read_all_frames(name, first, *window); !read) return read;
    result_.files.back().bytes = window->offset();
    done_ += window->offset();
    const auto twin = hashes_.find(first);
    if (twin == hashes_.end() || result_.damage) return {};
    return check_twin(twin->second, before);
  }

  // A pruning that was interrupted leaves the hashes of a segment beside it: the same, or they are
  // of nobody who wrote this log.
  Result<> check_twin(const std::string& name, Frontier before) {
    const std::uint64_t first = before.size();
    const auto root = before.root();
    if (!root) return root.error();
    auto opened = open(name);
    if (!opened) return opened.error();
    std::optional<Window>& window = *opened;
    if (!window) return {};
    auto bytes = window->peek(kSegmentHeaderBytes);
    if (!bytes) return bytes.error();
    const auto head = decode_header(SegmentKind::kHashes, *bytes);
    bool same = head && head->first_index == first && head->root == *root;
    if (same) window->skip(kSegmentHeaderBytes);
    while (same) {
      bytes = window->peek(kHashBytes);
      if (!bytes) return bytes.error();
      if (bytes->empty()) break;
      same = bytes->size() >= kHashBytes && before.size() < result_.tree.size();
      if (!same) break;
      Hash hash;
      std::ranges::copy(bytes->first(kHashBytes), hash.begin());
      if (auto added = before.append(hash); !added) return added;
      window->skip(kHashBytes);
    }
    const auto with = before.root();
    const auto wanted = result_.tree.root();
    if (!with || !wanted) return Error{ErrorCode::kInternal, "SHA-256 failed"};
    if (!same || before.size() != result_.tree.size() || *with != *wanted)
      result_.damage = corrupt(first, name + " has not the hashes of its segment");
    return {};
  }

  // Reads frames and judges what is behind them. Beside a writer, what was read ahead and what is
  // judged are of two moments: it is damaged only if it is the same a moment later and no frame
  // begins there by then. What is written behind the end that the file had at first is left.
  Result<> read_all_frames(const std::string& name, std::uint64_t first, Window& window) {
    std::optional<std::string> before;
    const std::size_t limit = result_.buffered ? kMaxSegmentFileBytes : kMaxTailBytes;
    TailKind kind = TailKind::kClean;
    for (int looks = 0; looks < kMaxLooks; ++looks) {
      const std::uint64_t size = result_.tree.size();
      if (auto read = read_frames(window); !read) return read;
      if (result_.tree.size() != size) looks = 0;
      if (window.done()) {
        kind = TailKind::kClean;
        break;
      }
      auto tail = window.tail(limit);
      if (!tail) return tail.error();
      if (looks > 0 && *tail == before) break;
      const TailPlace place{result_.tree.size(), window.offset(), result_.buffered};
      kind = *tail ? judge_tail(place, std::as_bytes(std::span(**tail))) : TailKind::kDamaged;
      before = *std::move(tail);
      if (kind != TailKind::kDamaged) break;
      window.refresh();
    }
    settle_tail(name, first, window, kind);
    return {};
  }

  void settle_tail(const std::string& name, std::uint64_t first, const Window& window,
                   TailKind kind) {
    if (kind == TailKind::kDamaged || (kind == TailKind::kTorn && !is_last(first)))
      result_.damage = corrupt(result_.tree.size(),
                               name + " is damaged at byte " + std::to_string(window.offset()));
    result_.tail = kind;
    result_.tail_bytes = window.left();
  }

  Result<> read_frames(Window& window) {
    std::uint64_t reported = 0;
    for (;;) {
      auto bytes = window.peek(kFrameHeaderBytes + kMaxPayloadBytes);
      if (!bytes) return bytes.error();
      const auto payload = read_frame(result_.tree.size(), *bytes);
      if (!payload) return report(window.offset());
      const auto hash = leaf_hash(*payload);
      if (!hash) return hash.error();
      if (auto added = add_leaf(*payload, *hash); !added) return added;
      window.skip(kFrameHeaderBytes + payload->size());
      if (window.offset() - reported < kChunk) continue;
      reported = window.offset();
      if (auto reports = report(reported); !reports) return reports;
    }
  }

  Result<> read_hashes(const std::string& name) {
    auto opened = open(name);
    if (!opened) return opened.error();
    std::optional<Window>& window = *opened;
    if (!window) return {};
    auto head = header(SegmentKind::kHashes, name, *window);
    if (!head) return head.error();
    if (!*head) return {};
    result_.files.push_back({.name = name, .pruned = true, .first_index = result_.tree.size()});
    for (;;) {
      auto bytes = window->peek(kHashBytes);
      if (!bytes) return bytes.error();
      if (bytes->size() < kHashBytes) {
        if (!bytes->empty()) result_.damage = corrupt(result_.tree.size(), name + " is cut off");
        break;
      }
      Hash hash;
      std::ranges::copy(bytes->first(kHashBytes), hash.begin());
      if (auto added = add_leaf({}, hash); !added) return added;
      window->skip(kHashBytes);
    }
    result_.first_kept = result_.tree.size();
    result_.files.back().bytes = window->offset();
    done_ += window->offset();
    return report(0);
  }

  const Directory& directory_;
  const LeafVisitor& visit_;
  const Progress& progress_;
  std::map<std::uint64_t, std::string> segments_;
  std::map<std::uint64_t, std::string> hashes_;
  std::uint64_t total_ = 0;
  std::uint64_t done_ = 0;
  ScanResult result_;
};

}  // namespace

std::string_view to_string(DamageKind kind) noexcept {
  switch (kind) {
    case DamageKind::kTruncated:
      return "truncated";
    case DamageKind::kForked:
      return "forked";
    case DamageKind::kCorrupt:
      break;
  }
  return "corrupt";
}

Result<ScanResult> scan_log(const Directory& directory, const LeafVisitor& visit,
                            const Progress& progress) {
  return Scanner(directory, visit, progress).scan();
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
