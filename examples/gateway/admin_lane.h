#ifndef COEFFICIENT_GATEWAY_ADMIN_LANE_H_
#define COEFFICIENT_GATEWAY_ADMIN_LANE_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "admin.h"

namespace gateway {

/// Answers admin requests one after another on a thread of its own: checking a signature, reading
/// the store and waiting for a commit are no work for the thread that serves all connections.
///
/// Thread safety: all members may be called concurrently.
class AdminLane {
 public:
  using Done = std::function<void(AdminAnswer)>;
  /// What may wait; a request beyond is answered 503 at once.
  static constexpr std::size_t kMaxPending = 64;

  explicit AdminLane(std::unique_ptr<Admin> admin);
  AdminLane(const AdminLane&) = delete;
  AdminLane& operator=(const AdminLane&) = delete;
  ~AdminLane();
  /// Calls `done` exactly once, from any thread.
  void submit(AdminRequest request, Done done);
  /// Answers what waits, then ends the thread; what comes later is answered 503.
  void stop();

 private:
  struct Waiting {
    AdminRequest request;
    Done done;
  };
  void run();

  std::unique_ptr<Admin> admin_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_ADMIN_LANE_H_
