#include "server.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <optional>
#include <utility>

#include "connection.h"

namespace gateway {
namespace {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using AsioError = boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptPause{100};

// A quarter, so that one client leaves room for others; but room for its largest body.
std::size_t one_clients_body_bytes(const Limits& limits, const std::vector<Route>& routes) {
  std::size_t largest = 0;
  for (const Route& route : routes) largest = std::max(largest, route.verifier.max_body_bytes());
  return std::max(limits.body_bytes_in_flight / 4, largest);
}

}  // namespace

struct Server::State {
  // First, so that it is destroyed last: connections report to it when they go.
  ConnectionContext context;
  net::io_context io{1};
  tcp::acceptor acceptor{io};
  net::signal_set signals{io};
  net::steady_timer accept_pause{io};
  net::steady_timer drain_deadline{io};
  std::optional<net::executor_work_guard<net::io_context::executor_type>> work;
  std::uint16_t port = 0;

  Result<> listen();
  void accept();
  void on_accept(AsioError ec, tcp::socket socket);
  void drain();
  void finish_if_drained();
};

Result<> Server::State::listen() {
  AsioError ec;
  const auto address = net::ip::make_address(context.options.address, ec);
  if (ec) return Error{ErrorCode::kInvalidArgument, "the listen address is not an IP address"};
  const tcp::endpoint endpoint(address, context.options.port);
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(net::socket_base::reuse_address(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(net::socket_base::max_listen_connections, ec);
  if (!ec) port = acceptor.local_endpoint(ec).port();
  if (ec) {
    return Error{ErrorCode::kUnavailable, "cannot listen on " + context.options.address + " port " +
                                              std::to_string(context.options.port) + ": " +
                                              ec.message()};
  }
  return {};
}

void Server::State::accept() {
  acceptor.async_accept(
      [this](AsioError ec, tcp::socket socket) { on_accept(ec, std::move(socket)); });
}

void Server::State::on_accept(AsioError ec, tcp::socket socket) {
  if (context.draining) return;
  if (ec) {
    // Out of descriptors or memory: the peers that are served go on, and some will leave.
    context.log->error("accept_failed", {{"reason", ec.message()}});
    accept_pause.expires_after(kAcceptPause);
    accept_pause.async_wait([this](AsioError cancelled) {
      if (!cancelled) accept();
    });
    return;
  }
  const std::size_t limit = context.options.limits.connections;
  const std::size_t open = context.open.size();
  if (open < limit + kMaxRefusing) {
    std::make_shared<Connection>(std::move(socket), context)->start(open >= limit);
  }
  accept();
}

void Server::State::drain() {
  if (context.draining) return;
  context.draining = true;
  AsioError ignored;       // of closing what is not used any more
  signals.clear(ignored);  // back to the default action: a second signal ends the process
  signals.cancel(ignored);
  acceptor.close(ignored);
  context.log->info("drain", {{"connections", static_cast<std::int64_t>(context.open.size())}});
  accept_pause.cancel();
  for (Connection* connection : context.open) connection->drain();
  drain_deadline.expires_after(context.options.deadlines.drain);
  drain_deadline.async_wait([this](AsioError cancelled) {
    if (cancelled) return;
    context.log->warn("drain_deadline",
                      {{"connections", static_cast<std::int64_t>(context.open.size())}});
    for (Connection* connection : context.open) connection->abort();
  });
  finish_if_drained();
}

void Server::State::finish_if_drained() {
  if (!context.draining || !context.open.empty()) return;
  drain_deadline.cancel();
  work.reset();
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() {
  // What is still open goes with the state, piece by piece: it must not report to it any more.
  state_->context.closed = [] {};
}

Result<std::unique_ptr<Server>> Server::create(ServerOptions options, std::vector<Route> routes,
                                               DeliverySink& sink, Log& log, const Clock& clock) {
  auto state = std::make_unique<State>();
  State& s = *state;
  s.context.options = std::move(options);
  s.context.routes = std::move(routes);
  s.context.bodies = BodyBudget(s.context.options.limits.body_bytes_in_flight,
                                one_clients_body_bytes(s.context.options.limits, s.context.routes));
  s.context.sink = &sink;
  s.context.log = &log;
  s.context.clock = &clock;
  s.context.closed = [&s] { s.finish_if_drained(); };
  if (auto listening = s.listen(); !listening) return listening.error();
  if (s.context.options.handle_signals) {
    AsioError ec;
    s.signals.add(SIGTERM, ec);
    if (!ec) s.signals.add(SIGINT, ec);
    if (ec) return Error{ErrorCode::kInternal, "cannot handle signals: " + ec.message()};
    s.signals.async_wait([&s](AsioError cancelled, int /*signal*/) {
      if (!cancelled) s.drain();
    });
  }
  s.work.emplace(s.io.get_executor());
  s.accept();
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::uint16_t Server::port() const {
  return state_->port;
}

void Server::run() {
  state_->io.run();
}

void Server::stop() {
  net::post(state_->io, [s = state_.get()] { s->drain(); });
}

}  // namespace gateway
