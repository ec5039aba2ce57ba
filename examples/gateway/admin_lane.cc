#include "admin_lane.h"

#include <utility>

namespace gateway {

AdminLane::AdminLane(std::unique_ptr<Admin> admin) : admin_(std::move(admin)), lane_(kMaxPending) {}

void AdminLane::submit(AdminRequest request, Done done) {
  const bool waits = lane_.post([this, request = std::move(request), done]() mutable {
    // Given away, so that what it holds does not go with this task.
    std::exchange(done, nullptr)(admin_->answer(request));
  });
  if (waits) return;
  AdminAnswer busy;
  busy.body = "{\"status\":\"refused\"}\n";
  busy.outcome = "too_many_admin_requests";
  done(std::move(busy));
}

}  // namespace gateway
