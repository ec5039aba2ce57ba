#include "redis/session_pool.h"

#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace redis {

Result<> SessionPool::admit(Deadline deadline) {
  std::unique_lock lock(mutex_);
  if (!freed_.wait_until(lock, deadline, [this] { return lent_ < most_; }))
    return Error{ErrorCode::kDeadlineExceeded, "redis: all links are in use"};
  ++lent_;
  return {};
}

Result<Session> SessionPool::take(Deadline deadline) {
  {
    const std::lock_guard lock(mutex_);
    // A server that was restarted has closed them all. This costs a system call, and saves a
    // request that nobody knows the fate of.
    while (!idle_.empty()) {
      Session session = std::move(idle_.back());
      idle_.pop_back();
      if (session.link.is_own() && !session.link.is_stale()) return session;
    }
  }
  return open_(deadline);
}

void SessionPool::give_back(std::optional<Session> session) noexcept {
  {
    const std::lock_guard lock(mutex_);
    --lent_;
    if (session) idle_.push_back(*std::move(session));
  }
  freed_.notify_one();
}

}  // namespace redis
COEFFICIENT_END_NAMESPACE
