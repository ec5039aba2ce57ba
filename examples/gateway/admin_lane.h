#ifndef COEFFICIENT_GATEWAY_ADMIN_LANE_H_
#define COEFFICIENT_GATEWAY_ADMIN_LANE_H_

#include <cstddef>
#include <functional>
#include <memory>

#include "admin.h"
#include "lane.h"

namespace gateway {

/// Answers admin requests on a lane: checking a signature, reading the store and waiting for
/// a commit.
///
/// Thread safety: all members may be called concurrently.
class AdminLane {
 public:
  using Done = std::function<void(AdminAnswer)>;
  /// What may wait; a request beyond is answered 503 at once.
  static constexpr std::size_t kMaxPending = 64;

  explicit AdminLane(std::unique_ptr<Admin> admin);
  /// Calls `done` exactly once, from any thread.
  void submit(AdminRequest request, Done done);
  /// Answers what waits, then ends the thread; what comes later is answered 503.
  void stop() { lane_.stop(); }

 private:
  std::unique_ptr<Admin> admin_;
  Lane lane_;  ///< Ends before what it uses goes.
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_ADMIN_LANE_H_
