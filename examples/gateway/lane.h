#ifndef COEFFICIENT_GATEWAY_LANE_H_
#define COEFFICIENT_GATEWAY_LANE_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace gateway {

/// Does tasks one after another on a thread of its own: what waits for a disk or a network is no
/// work for the thread that serves all connections.
///
/// Thread safety: all members may be called concurrently.
class Lane {
 public:
  /// Must not throw.
  using Task = std::function<void()>;

  explicit Lane(std::size_t max_pending);
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  ~Lane();
  /// Returns false, and does nothing, if `max_pending` tasks wait, or after stop().
  [[nodiscard]] bool post(Task task);
  /// The same, but there is always room.
  [[nodiscard]] bool post_anyway(Task task);
  /// Does what waits, then ends the thread.
  void stop();

 private:
  bool post(Task task, std::size_t max_pending);
  void run();

  const std::size_t max_pending_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_LANE_H_
