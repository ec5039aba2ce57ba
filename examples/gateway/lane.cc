#include "lane.h"

#include <limits>
#include <utility>

namespace gateway {

Lane::Lane(std::size_t max_pending) : max_pending_(max_pending), thread_([this] { run(); }) {}

Lane::~Lane() {
  stop();
}

bool Lane::post(Task task) {
  return post(std::move(task), max_pending_);
}

bool Lane::post_anyway(Task task) {
  return post(std::move(task), std::numeric_limits<std::size_t>::max());
}

bool Lane::post(Task task, std::size_t max_pending) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || waiting_.size() >= max_pending) return false;
  waiting_.push_back(std::move(task));
  wake_.notify_one();
  return true;
}

void Lane::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Lane::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Task next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    next();
    next = nullptr;  // what it holds goes before the next wait
    lock.lock();
  }
}

}  // namespace gateway
