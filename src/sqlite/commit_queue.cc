#include "sqlite/commit_queue.h"

#include <array>
#include <cstddef>
#include <span>

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

// Enough for one transaction that an fsync is shared, little enough that its patchset fits.
constexpr std::size_t kMaxGroupBytes = std::size_t{16} << 20;

}  // namespace

// The batches of one transaction, and the right to use the writer. Gives the writer on when it
// goes, also when an allocation fails meanwhile: nobody may wait for ever.
class CommitQueue::Lead {
 public:
  /// The caller holds the mutex.
  explicit Lead(CommitQueue& queue) noexcept : queue_(queue) {
    queue_.taken_ = true;
    std::size_t bytes = 0;
    while (!queue_.waiting_.empty() && size_ < group_.size()) {
      PendingBatch* next = queue_.waiting_.front();
      bytes += bytes_in(*next->batch);
      if (size_ > 0 && bytes > kMaxGroupBytes) break;
      group_[size_++] = next;
      queue_.waiting_.pop_front();
    }
  }
  Lead(const Lead&) = delete;
  Lead& operator=(const Lead&) = delete;
  ~Lead() {
    const std::lock_guard lock(queue_.mutex_);
    for (PendingBatch* pending : group()) pending->done = true;
    queue_.taken_ = false;
    queue_.changed_.notify_all();
  }
  [[nodiscard]] std::span<PendingBatch* const> group() const noexcept {
    return std::span(group_).first(size_);
  }

 private:
  CommitQueue& queue_;
  std::array<PendingBatch*, 256> group_{};
  std::size_t size_ = 0;
};

// A batch in the queue; taken out again if an allocation fails while it still waits.
class CommitQueue::Place {
 public:
  Place(CommitQueue& queue, PendingBatch& pending) : queue_(queue), pending_(pending) {
    const std::lock_guard lock(queue_.mutex_);
    queue_.waiting_.push_back(&pending_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    const std::lock_guard lock(queue_.mutex_);
    if (!pending_.done) std::erase(queue_.waiting_, &pending_);
  }

 private:
  CommitQueue& queue_;
  PendingBatch& pending_;
};

Result<> CommitQueue::submit(const vault::Batch& batch) {
  PendingBatch pending{.batch = &batch};
  const Place place(*this, pending);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return pending.done || (!taken_ && exclusive_waiting_ == 0); });
    if (pending.done) return std::move(pending.outcome);
    {
      const Lead lead(*this);
      lock.unlock();
      writer_->commit(lead.group());
    }
    lock.lock();
  }
}

CommitQueue::Exclusive::Exclusive(CommitQueue& queue) : queue_(queue) {
  std::unique_lock lock(queue_.mutex_);
  // Before the batches that wait: those keep coming, and this is rare and short.
  ++queue_.exclusive_waiting_;
  queue_.changed_.wait(lock, [&] { return !queue_.taken_; });
  --queue_.exclusive_waiting_;
  queue_.taken_ = true;
}

CommitQueue::Exclusive::~Exclusive() {
  const std::lock_guard lock(queue_.mutex_);
  queue_.taken_ = false;
  queue_.changed_.notify_all();
}

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE
