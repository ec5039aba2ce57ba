#ifndef COEFFICIENT_GATEWAY_CONNECTION_H_
#define COEFFICIENT_GATEWAY_CONNECTION_H_

// Private to the server: with connection.cc, server.cc and client.cc the only place of Beast.

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "body_budget.h"
#include "rate_limits.h"
#include "server.h"

namespace gateway {

class Connection;
struct AdminAnswer;

/// As much of a body as is read at a time.
inline constexpr std::size_t kChunkBytes = 16384;

inline constexpr std::string_view kJson = "application/json";

/// What all connections of a server share. Touched by the I/O thread only.
struct ConnectionContext {
  ServerOptions options;
  std::vector<Route> routes;
  DeliverySink* sink = nullptr;
  Log* log = nullptr;
  const Clock* clock = nullptr;
  bool draining = false;
  BodyBudget bodies = {};  ///< Of all unfinished requests.
  std::unordered_set<Connection*> open = {};
  std::function<void()> closed = {};  ///< Called when a connection is gone.
};

/// One accepted connection: reads requests one after another, answers each before the next.
///
/// Its member functions are in connection.cc (requests), connection_limits.cc, connection_admin.cc
/// and connection_answers.cc.
///
/// Thread safety: I/O thread only.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, ConnectionContext& context);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Serves requests; with `refuse`, reads none and answers 503.
  void start(bool refuse);
  /// Closes it now if it is between two requests; else its answer will be its last.
  void drain();
  /// Closes it now, whatever it does.
  void abort();

 private:
  using ErrorCodeAsio = boost::beast::error_code;
  using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;

  void next_request();
  void read_header();
  void on_header(ErrorCodeAsio ec);
  // These return the status to refuse with, or nothing if the request passes.
  std::optional<unsigned> fault_of_framing();
  std::optional<unsigned> fault_of_headers();
  void dispatch();
  void route_request();
  void begin_delivery(const Route& route);
  void begin_ssl_check(const Route& route);
  void continue_then_read();
  void read_body();
  void on_body(ErrorCodeAsio ec);
  /// Takes the next bytes of the body; false if it has answered.
  bool absorb(std::string_view chunk);
  void end_of_body();
  void finish_ssl_check();
  void finish_delivery();
  void submit_delivery();
  void on_receipt(const Receipt& receipt);
  /// Returns "unknown" for a peer that has left: it has no address any more.
  std::string peer_address();
  void begin_admin();
  void on_admin(AdminAnswer answer);

  using Step = void (Connection::*)();
  /// Counts the request, and goes on with `then` if it may; else answers.
  void admit(std::vector<RateKey> keys, Step then);
  void on_ruling(const Ruling& ruling, Step then);
  /// Returns what a request counts for before it is read.
  std::vector<RateKey> arrival_keys();
  /// Returns what the client's address counts as.
  std::string client_key();
  void give_back_held();
  void add_limit_fields(unsigned status);

  void refuse(unsigned status, std::string_view reason);
  using Headers = std::initializer_list<std::pair<boost::beast::http::field, std::string_view>>;
  /// Of `more`, headers with an empty value are left out.
  void respond(unsigned status, std::string body, std::string_view content_type = {},
               Headers more = {});
  void log_answer(unsigned status, std::string_view outcome, const Receipt& receipt);
  void on_written(ErrorCodeAsio ec);
  /// Lets the peer read the answer before the socket goes: closing on unread bytes resets it.
  void linger();
  void discard();
  [[nodiscard]] std::string_view header(boost::beast::http::field name) const;

  boost::beast::tcp_stream stream_;
  ConnectionContext& context_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::optional<Response> response_;
  std::optional<coefficient::webhook::Session> session_;
  const Route* route_ = nullptr;
  std::string content_type_;
  std::vector<Tier> tiers_;                                ///< In which this request was counted.
  std::optional<coefficient::ratelimit::Decision> limit_;  ///< The one of them that binds.
  std::optional<RateKey> held_;  ///< Given back unless the answer makes it count.
  std::optional<coefficient::webhook::Verified> verified_;  ///< While it is being counted.
  std::optional<BodyBudget::Share> share_;  ///< Of the body, unless it is a possible ssl_check.
  std::string probe_body_;                  ///< Of a possible ssl_check, at most 1 KiB.
  bool probing_ = false;
  bool waiting_ = false;  ///< Between requests: nothing of the next has arrived.
  bool close_ = false;
  std::size_t requests_ = 0;
  std::size_t body_size_ = 0;
  std::size_t discarded_ = 0;
  std::chrono::steady_clock::time_point started_;
  std::array<char, kChunkBytes> chunk_{};
};

}  // namespace gateway

#endif  // COEFFICIENT_GATEWAY_CONNECTION_H_
