#include <boost/asio/post.hpp>
#include <utility>

#include "admin_lane.h"
#include "connection.h"

namespace gateway {

namespace http = boost::beast::http;
namespace net = boost::asio;

std::string Connection::peer_address() {
  ErrorCodeAsio gone;
  const auto peer = stream_.socket().remote_endpoint(gone);
  return gone ? "unknown" : peer.address().to_string();
}

void Connection::begin_admin() {
  const auto& request = parser_->get();
  // A body has no meaning here and is not read.
  close_ = close_ || !parser_->is_done();
  const auto text = [](boost::beast::string_view view) {
    return std::string(view.data(), view.size());
  };
  AdminRequest admin{.method = text(request.method_string()),
                     .target = text(request.target()),
                     .authorization = {},
                     .peer = peer_address()};
  if (request.count(http::field::authorization) == 1) {
    admin.authorization = text(request[http::field::authorization]);
  }
  // As for deliveries: no deadline while the gateway itself is at work.
  stream_.expires_never();
  const auto executor = stream_.get_executor();
  context_.options.admin->submit(
      std::move(admin), [executor, self = shared_from_this()](AdminAnswer answer) mutable {
        // Moved on, so that the last reference is always dropped by the I/O thread.
        net::post(executor, [self = std::move(self), answer = std::move(answer)]() mutable {
          self->on_admin(std::move(answer));
        });
      });
}

void Connection::on_admin(AdminAnswer answer) {
  if (answer.status != 401) give_back_held();
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - started_);
  const bool refused = answer.status >= 400;
  const auto log = [&](auto write) {
    (context_.log->*write)(refused ? "refused" : "admin",
                           {{"endpoint", "admin"},
                            {"status", static_cast<std::int64_t>(answer.status)},
                            {refused ? "reason" : "outcome", answer.outcome},
                            {"who", answer.who},
                            {"action", answer.action},
                            {"token", answer.token},
                            {"us", took.count()}});
  };
  log(refused ? &Log::warn : &Log::info);
  close_ = close_ || refused;
  respond(answer.status, std::move(answer.body), answer.content_type,
          {{http::field::cache_control, "no-store"},
           {http::field::www_authenticate, answer.challenge},
           {http::field::allow, answer.allow}});
}

}  // namespace gateway
