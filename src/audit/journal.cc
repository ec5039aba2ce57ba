#include "audit/journal.h"

#include <array>
#include <charconv>
#include <thread>
#include <utility>

#include "audit/frame.h"
#include "audit/segment.h"
#include "audit/tail.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr int kMaxYields = 8;
constexpr std::size_t kBufferBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxPendingBatches = 4;

void set_index(Draft& draft, std::uint64_t index) {
  if (draft.seq_at == Draft::kNowhere) return;
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), index).ptr;
  draft.text.replace(draft.seq_at, 1, digits.data(), static_cast<std::size_t>(end - digits.data()));
}

}  // namespace

Journal::Journal(const Directory& directory, Options options, const Frontier& tree,
                 SegmentFile file)
    : directory_(directory),
      options_(std::move(options)),
      tree_(tree),
      written_(tree),
      segment_first_(parse_segment_name(SegmentKind::kRecords, file.name()).value_or(tree.size())),
      file_(std::move(file)) {}
Journal::~Journal() = default;

Result<Appended> Journal::append(Draft draft) {
  std::shared_ptr<Batch> batch;
  Lock lock(mutex_);
  auto appended = enqueue(draft, batch);
  if (!appended) return appended;
  if (options_.buffered) {
    // Nobody is ahead of the disk by more than this.
    idle_.wait(lock, [&] { return !busy_ || pending_.size() <= kMaxPendingBatches; });
    if (!busy_ && waiting_ == 0 && !batch->settled && batch->bytes.size() >= kBufferBytes)
      lead(lock, false);
    if (batch->error) return *batch->error;
    return appended;
  }
  while (!batch->settled) {
    if (!busy_ && waiting_ == 0 && pending_.front() == batch) {
      gather(lock);
      lead(lock, true);
    } else {
      batch->changed.wait(lock);
    }
  }
  if (batch->error) return *batch->error;
  return appended;
}

// Gives the record its index and its place in the tree and in the batch that is filled.
Result<Appended> Journal::enqueue(Draft& draft, std::shared_ptr<Batch>& batch) {
  if (poisoned_) return *poisoned_;
  Appended appended;
  appended.index = tree_.size();
  set_index(draft, appended.index);
  if (draft.text.empty() || draft.text.size() > kMaxPayloadBytes)
    return Error{ErrorCode::kInvalidArgument, "a record has 1 to 65,535 bytes"};
  const auto payload = std::as_bytes(std::span(draft.text));
  const auto leaf = leaf_hash(payload);
  if (!leaf) return leaf.error();
  appended.leaf = *leaf;
  const std::size_t frame = payload.size() + kFrameHeaderBytes;
  if (pending_.empty() || pending_.back()->bytes.size() + frame > kMaxBatchBytes) {
    if (!pending_.empty()) pending_.back()->end = tree_;
    pending_.push_back(std::make_shared<Batch>());
    pending_.back()->bytes = std::exchange(spare_, {});
  }
  if (auto added = tree_.append(*leaf); !added) return added.error();
  batch = pending_.back();
  append_frame(appended.index, payload, batch->bytes);
  return appended;
}

// Lets the threads come that are on their way: one wait for the disk then serves them, too.
void Journal::gather(Lock& lock) {
  busy_ = true;
  for (int i = 0; i < kMaxYields; ++i) {
    const std::uint64_t before = tree_.size();
    lock.unlock();
    std::this_thread::yield();
    lock.lock();
    if (tree_.size() == before) break;
  }
}

// Writes the first batch.
void Journal::lead(Lock& lock, bool wait_for_disk) {
  busy_ = true;
  if (!pending_.empty()) {
    const std::shared_ptr<Batch> batch = std::move(pending_.front());
    pending_.pop_front();
    if (pending_.empty()) batch->end = tree_;
    lock.unlock();
    const WriteResult written = write(*batch, wait_for_disk);
    lock.lock();
    settle(batch, written);
    if (!written && !poisoned_ && written.error().error.code == ErrorCode::kResourceExhausted)
      note_full(lock);
  }
  release();
}

void Journal::lead_all(Lock& lock, bool wait_for_disk) {
  for (std::size_t left = pending_.size(); left > 0 && !pending_.empty(); --left) {
    lead(lock, wait_for_disk);
    busy_ = true;  // nobody came between: release() keeps the lock
  }
}

WriteResult Journal::write(const Batch& batch, bool wait_for_disk) {
  if (file_.end() + batch.bytes.size() > options_.max_segment_bytes) {
    if (auto started = start_segment(); !started) return started;
  }
  if (auto written = file_.append(std::as_bytes(std::span(batch.bytes)), false); !written)
    return written;
  unsynced_ = true;
  if (!wait_for_disk) return {};
  unsynced_ = false;
  return file_.sync();
}

// The new segment comes first: if there is no room for it, the old one still has its reserve.
WriteResult Journal::start_segment() {
  if (segment_first_ == written_.size()) return {};  // it has no record yet
  if (unsynced_) {
    unsynced_ = false;
    if (auto synced = file_.sync(); !synced) return synced;
  }
  const SegmentFile::Options options{.buffered = options_.buffered,
                                     .preallocate_bytes = options_.preallocate_bytes,
                                     .reserve_bytes = options_.reserve_bytes};
  auto started = SegmentFile::create(directory_, written_, options);
  if (!started) return started.error();
  if (auto sealed = file_.seal(); !sealed) return sealed;
  file_ = *std::move(started);
  const Lock lock(mutex_);
  segment_first_ = written_.size();
  return {};
}

void Journal::settle(const std::shared_ptr<Batch>& batch, const WriteResult& written) {
  batch->settled = true;
  spare_ = std::exchange(batch->bytes, {});
  spare_.clear();
  if (written) {
    written_ = batch->end;
    full_ = false;
    ++syncs_;
  } else {
    const WriteError& failed = written.error();
    batch->error = failed.error;
    if (failed.fatal || options_.buffered) {  // if buffered, it was acknowledged
      batch->error->code = ErrorCode::kInternal;
      poison(failed.error);
    } else {
      fail_pending(failed.error);
    }
  }
  batch->changed.notify_all();
}

// The records behind one that was not written would have other indices now.
void Journal::fail_pending(const Error& error) {
  for (const auto& batch : pending_) {
    batch->settled = true;
    batch->error = error;
    batch->changed.notify_all();
  }
  pending_.clear();
  tree_ = written_;
}

void Journal::poison(const Error& error) {
  poisoned_ = Error{ErrorCode::kFailedPrecondition,
                    "the log must be opened anew, since a write failed: " + error.message};
  fail_pending(*poisoned_);
}

// Says in the log that the disk is full, in the room that is kept for that. Called by the writer.
void Journal::note_full(Lock& lock) {
  if (full_ || !options_.log_full) return;
  full_ = true;
  Draft draft = options_.log_full();
  std::shared_ptr<Batch> batch;
  if (auto queued = enqueue(draft, batch); !queued) return;
  pending_.pop_front();
  batch->end = tree_;
  lock.unlock();
  WriteResult written = file_.append(std::as_bytes(std::span(batch->bytes)), true);
  if (written) written = file_.sync();
  lock.lock();
  settle(batch, written);
  full_ = true;
}

Result<> Journal::exclusive(const std::function<WriteResult()>& work) {
  Lock lock(mutex_);
  ++waiting_;
  idle_.wait(lock, [this] { return !busy_; });
  --waiting_;
  busy_ = true;
  lead_all(lock, true);
  Result<> result;
  if (poisoned_) {
    result = *poisoned_;
  } else {
    lock.unlock();
    const WriteResult done = work();
    lock.lock();
    if (!done) {
      result = done.error().error;
      if (done.error().fatal) poison(done.error().error);
    }
  }
  release();
  return result;
}

void Journal::release() {
  busy_ = false;
  idle_.notify_all();
  if (!pending_.empty()) pending_.front()->changed.notify_all();
}

Result<Durable> Journal::sync() {
  Durable durable;
  auto done = exclusive([&]() -> WriteResult {
    if (unsynced_) {
      unsynced_ = false;
      if (auto synced = file_.sync(); !synced) return synced;
    }
    const auto root = written_.root();
    if (!root) return WriteError{root.error()};
    durable = {written_.size(), *root};
    return {};
  });
  if (!done) return done.error();
  return durable;
}

Result<> Journal::rotate() {
  return exclusive([this] { return start_segment(); });
}

Result<> Journal::close() {
  auto closed = exclusive([this]() -> WriteResult {
    unsynced_ = false;
    return file_.seal();
  });
  const Lock lock(mutex_);
  if (!poisoned_) poisoned_ = Error{ErrorCode::kFailedPrecondition, "the log is closed"};
  return closed;
}

std::uint64_t Journal::size() const {
  const Lock lock(mutex_);
  return tree_.size();
}
std::optional<Error> Journal::failure() const {
  const Lock lock(mutex_);
  return poisoned_;
}
std::uint64_t Journal::syncs() const {
  const Lock lock(mutex_);
  return syncs_;
}
std::uint64_t Journal::segment_first() const {
  const Lock lock(mutex_);
  return segment_first_;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
