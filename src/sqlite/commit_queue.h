#ifndef COEFFICIENT_SRC_SQLITE_COMMIT_QUEUE_H_
#define COEFFICIENT_SRC_SQLITE_COMMIT_QUEUE_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "coefficient/core/result.h"
#include "coefficient/vault/store.h"
#include "coefficient/version.h"
#include "sqlite/writer.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// Lets one thread at a time use the writer. A thread that comes while another commits waits; the
/// first that wakes takes all that wait into its own transaction, so that they share one fsync.
/// There is no thread of our own.
///
/// Thread safety: all members may be called concurrently.
class CommitQueue {
 public:
  explicit CommitQueue(std::unique_ptr<Writer> writer) noexcept : writer_(std::move(writer)) {}

  /// Returns the outcome of `batch`, once it is durable or refused.
  Result<> submit(const vault::Batch& batch);

  /// The writer for one thread, for as long as it lives.
  class Exclusive {
   public:
    explicit Exclusive(CommitQueue& queue);
    Exclusive(const Exclusive&) = delete;
    Exclusive& operator=(const Exclusive&) = delete;
    ~Exclusive();
    [[nodiscard]] Writer& writer() const noexcept { return *queue_.writer_; }

   private:
    CommitQueue& queue_;
  };

 private:
  class Lead;
  class Place;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<PendingBatch*> waiting_;
  bool taken_ = false;
  std::size_t exclusive_waiting_ = 0;
  std::unique_ptr<Writer> writer_;
};

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_COMMIT_QUEUE_H_
