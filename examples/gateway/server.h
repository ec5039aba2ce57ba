#ifndef COEFFICIENT_GATEWAY_SERVER_H_
#define COEFFICIENT_GATEWAY_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/webhook/verifier.h"
#include "config.h"
#include "delivery_sink.h"
#include "log.h"
#include "result.h"

namespace gateway {

class AdminLane;
class RateLimits;

/// A receiving URL: POST `path` is verified by `verifier` and handed to the sink.
struct Route {
  std::string path;
  std::string endpoint;
  coefficient::webhook::Verifier verifier;
};

/// The body of every refusal but those of a rate limit.
inline constexpr std::string_view kRefused = "{\"status\":\"refused\"}\n";

/// Connections over Limits::connections that are being told so; beyond, they are just closed.
inline constexpr std::size_t kMaxRefusing = 64;

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  Limits limits;
  Deadlines deadlines;
  /// SIGTERM and SIGINT begin the drain; a second one ends the process at once.
  bool handle_signals = false;
  /// Answers what is below /admin/; must outlive the server. Null: 404.
  AdminLane* admin = nullptr;
  /// Asked before anything but /healthz; must outlive the server. Null: no limits.
  RateLimits* rates = nullptr;
};

/// The HTTP/1.1 side: one thread, asynchronous, so a slow peer costs a descriptor and some memory
/// but never another peer's time. It speaks plain HTTP: TLS ends in a proxy on the same host.
///
/// POST to a route: 202 {"status":"accepted"}, 200 {"status":"duplicate"}; Slack's url_verification
/// and ssl_check as Slack documents them. GET /healthz: 200. /admin/: see Admin. Every refusal has
/// the same body and no detail: 400 malformed HTTP, 401 not verified, 404, 405, 413 body over the
/// cap, 417, 431 headers over their caps, 503 at a limit of the gateway or while it cannot commit;
/// but 429 at a rate limit, which has a problem (RFC 9457) and the fields of RateLimit.
/// A peer that lets a deadline pass is disconnected without an answer.
///
/// Thread safety: run() once; stop() from any thread.
class Server {
 public:
  /// Binds and listens. `sink`, `log` and `clock` must outlive the server. Errors: kUnavailable if
  /// the port cannot be had, kInvalidArgument for an address that is none.
  static Result<std::unique_ptr<Server>> create(ServerOptions options, std::vector<Route> routes,
                                                DeliverySink& sink, Log& log, const Clock& clock);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();
  /// Returns the port it listens on.
  [[nodiscard]] std::uint16_t port() const;
  /// Serves until it is drained.
  void run();
  /// Begins the drain: accepts nothing more, finishes the requests at hand (for at most
  /// Deadlines::drain), then run() returns.
  void stop();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_SERVER_H_
