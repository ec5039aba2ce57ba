#include "sqlite/commit_queue.h"

#include <algorithm>
#include <cstddef>

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {
namespace {

// What one transaction takes: enough that an fsync is shared, little enough that its patchset fits.
constexpr std::size_t kMaxGroup = 256;
constexpr std::size_t kMaxGroupBytes = std::size_t{16} << 20;

}  // namespace

// Gives the writer on when it goes, also when an allocation fails below: nobody may wait for ever.
class CommitQueue::Lead {
 public:
  Lead(CommitQueue& queue, std::vector<PendingBatch*>& group) : queue_(queue), group_(group) {}
  Lead(const Lead&) = delete;
  Lead& operator=(const Lead&) = delete;
  ~Lead() {
    const std::lock_guard lock(queue_.mutex_);
    for (PendingBatch* pending : group_) pending->done = true;
    queue_.taken_ = false;
    queue_.changed_.notify_all();
  }

 private:
  CommitQueue& queue_;
  std::vector<PendingBatch*>& group_;
};

Result<> CommitQueue::submit(const vault::Batch& batch) {
  PendingBatch pending{.batch = &batch};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&pending);
  for (;;) {
    changed_.wait(lock, [&] { return pending.done || (!taken_ && exclusive_waiting_ == 0); });
    if (pending.done) return std::move(pending.outcome);
    std::vector<PendingBatch*> group = take();
    taken_ = true;
    lock.unlock();
    {
      const Lead lead(*this, group);
      writer_->commit(group);
    }
    lock.lock();
  }
}

std::vector<PendingBatch*> CommitQueue::take() {
  std::vector<PendingBatch*> group;
  group.reserve(std::min(waiting_.size(), kMaxGroup));
  std::size_t bytes = 0;
  while (!waiting_.empty() && group.size() < kMaxGroup) {
    bytes += bytes_in(*waiting_.front()->batch);
    if (!group.empty() && bytes > kMaxGroupBytes) break;
    group.push_back(waiting_.front());
    waiting_.pop_front();
  }
  return group;
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
