#include "admin_lane.h"

#include <utility>

namespace gateway {

AdminLane::AdminLane(std::unique_ptr<Admin> admin)
    : admin_(std::move(admin)), thread_([this] { run(); }) {}

AdminLane::~AdminLane() {
  stop();
}

void AdminLane::submit(AdminRequest request, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && waiting_.size() < kMaxPending) {
      waiting_.push_back({std::move(request), std::move(done)});
      wake_.notify_one();
      return;
    }
  }
  AdminAnswer busy;
  busy.body = "{\"status\":\"refused\"}\n";
  busy.outcome = "too_many_admin_requests";
  done(std::move(busy));
}

void AdminLane::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void AdminLane::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    next.done(admin_->answer(next.request));
    next = {};  // the connection that it holds goes before the wait
    lock.lock();
  }
}

}  // namespace gateway
