#include "connection.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <limits>
#include <utility>

#include "coefficient/webhook/content.h"

namespace gateway {
namespace {

namespace http = boost::beast::http;
namespace net = boost::asio;
namespace webhook = coefficient::webhook;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kProbeBytes = 1024;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::vector<webhook::Header> headers_of(const http::fields& fields) {
  std::vector<webhook::Header> out;
  for (const auto& field : fields) {
    out.push_back({.name = view(field.name_string()), .value = view(field.value())});
  }
  return out;
}

}  // namespace

Connection::Connection(net::ip::tcp::socket socket, ConnectionContext& context)
    : stream_(std::move(socket)),
      context_(context),
      // Room for one request's headers and a piece of its body; chunk framing lives in it too.
      buffer_(context.options.limits.header_bytes + kChunkBytes) {
  context_.open.insert(this);
}

Connection::~Connection() {
  share_.reset();
  context_.open.erase(this);
  context_.closed();
}

void Connection::start(bool refuse_it) {
  ErrorCodeAsio ignored;  // an optimization; the connection works without
  stream_.socket().set_option(net::ip::tcp::no_delay(true), ignored);
  if (!refuse_it) return next_request();
  started_ = SteadyClock::now();
  refuse(503, "too_many_connections");
}

void Connection::drain() {
  close_ = true;
  if (waiting_) abort();
}

void Connection::abort() {
  ErrorCodeAsio ignored;  // closing is all that is left to do
  stream_.socket().close(ignored);
}

void Connection::next_request() {
  share_.reset();
  body_size_ = 0;
  parser_.reset();
  session_.reset();
  response_.reset();
  route_ = nullptr;
  tiers_.clear();
  limit_.reset();
  held_.reset();
  verified_.reset();
  probing_ = false;
  probe_body_.clear();
  if (buffer_.size() > 0) return read_header();
  if (context_.draining) return abort();
  waiting_ = true;
  const Deadlines& deadlines = context_.options.deadlines;
  stream_.expires_after(requests_ == 0 ? deadlines.header : deadlines.idle);
  stream_.async_read_some(buffer_.prepare(chunk_.size()),
                          [self = shared_from_this()](ErrorCodeAsio ec, std::size_t n) {
                            self->waiting_ = false;
                            if (ec) return;
                            self->buffer_.commit(n);
                            self->read_header();
                          });
}

void Connection::read_header() {
  ++requests_;
  body_size_ = 0;
  started_ = SteadyClock::now();
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(context_.options.limits.header_bytes));
  // The verifier's cap is the one that counts. Not boost::none, which Beast 1.74 takes for zero.
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
  stream_.expires_at(started_ + context_.options.deadlines.header);
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](ErrorCodeAsio ec, std::size_t /*n*/) { self->on_header(ec); });
}

void Connection::on_header(ErrorCodeAsio ec) {
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
    return refuse(431, "headers_too_large");
  }
  if (ec == boost::beast::error::timeout) {
    context_.log->warn("deadline", {{"phase", "header"}});
    return;
  }
  if (ec && ec.category() == make_error_code(http::error::bad_method).category() &&
      ec != http::error::end_of_stream && ec != http::error::partial_message) {
    return refuse(400, "malformed_http");
  }
  if (ec) return;
  stream_.expires_at(started_ + context_.options.deadlines.request);
  if (const auto status = fault_of_framing()) return refuse(*status, "malformed_http");
  if (const auto status = fault_of_headers()) return refuse(*status, "too_many_headers");
  close_ = close_ || context_.draining || !parser_->get().keep_alive();
  dispatch();
}

std::string_view Connection::header(http::field name) const {
  return view(parser_->get()[name]);
}

std::optional<unsigned> Connection::fault_of_framing() {
  const auto& request = parser_->get();
  if (request.version() != 11 && request.version() != 10) return 505;
  // RFC 9112 section 3.2: exactly one Host in HTTP/1.1.
  const std::size_t hosts = request.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && request.version() == 11)) return 400;
  // Framing that two parsers could read in two ways is where requests are smuggled.
  if (request.count(http::field::content_length) > 1) return 400;
  // Beast takes the list "1, 1" for the number 1 (RFC 9112 section 6.3 allows either).
  if (!std::ranges::all_of(header(http::field::content_length), is_digit)) return 400;
  const std::size_t codings = request.count(http::field::transfer_encoding);
  if (codings > 1 || (codings == 1 && request.version() == 10)) return 400;
  if (codings == 1 && request.count(http::field::content_length) > 0) return 400;
  if (codings == 1 && !boost::beast::iequals(request[http::field::transfer_encoding], "chunked")) {
    return 400;
  }
  return std::nullopt;
}

std::optional<unsigned> Connection::fault_of_headers() {
  const auto& request = parser_->get();
  const auto lines = std::distance(request.begin(), request.end());
  if (static_cast<std::size_t>(lines) > context_.options.limits.headers) return 431;
  return std::nullopt;
}

void Connection::dispatch() {
  const auto& request = parser_->get();
  const std::string_view target = view(request.target());
  if (target == "/healthz") {
    if (request.method() != http::verb::get) return refuse(405, "method");
    // A body here has no meaning and is not read.
    close_ = close_ || !parser_->is_done();
    return respond(200, "{\"status\":\"ok\"}\n", kJson);
  }
  if (context_.options.rates == nullptr) return route_request();
  admit(arrival_keys(), &Connection::route_request);
}

void Connection::route_request() {
  const auto& request = parser_->get();
  const std::string_view target = view(request.target());
  if (context_.options.admin != nullptr && target.starts_with("/admin/")) return begin_admin();
  const auto route = std::ranges::find(context_.routes, target, &Route::path);
  if (route == context_.routes.end()) return refuse(404, "path");
  route_ = &*route;
  if (request.method() != http::verb::post) return refuse(405, "method");
  const std::string_view expect = header(http::field::expect);
  if (!expect.empty() && !boost::beast::iequals(request[http::field::expect], "100-continue")) {
    return refuse(417, "expect");
  }
  begin_delivery(*route);
}

void Connection::begin_delivery(const Route& route) {
  const auto& request = parser_->get();
  const auto length = parser_->content_length();
  if (length && *length > route.verifier.max_body_bytes()) {
    return refuse(413, to_string(webhook::Reason::kBodyTooLarge));
  }
  content_type_ = header(http::field::content_type);
  const auto headers = headers_of(request);
  auto session = route.verifier.begin({.headers = headers, .method = "POST", .url = {}},
                                      {.keep_body = true, .replay_key = true});
  if (session) {
    session_.emplace(std::move(*session));
    share_.emplace(context_.bodies,
                   context_.options.rates != nullptr ? client_key() : peer_address());
    return continue_then_read();
  }
  const webhook::Reason reason = session.error().reason;
  const bool may_be_probe = route.endpoint == "slack" && length && *length <= kProbeBytes &&
                            reason == webhook::Reason::kMissingHeader;
  if (!may_be_probe) {
    return refuse(static_cast<unsigned>(webhook::http_status(reason)), to_string(reason));
  }
  probing_ = true;
  continue_then_read();
}

void Connection::continue_then_read() {
  // A sender that already sends its body has not waited for the word.
  const bool waits = !header(http::field::expect).empty() && parser_->get().version() == 11 &&
                     buffer_.size() == 0 && !parser_->is_done();
  if (!waits) return read_body();
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  net::async_write(stream_, net::buffer(kContinue),
                   [self = shared_from_this()](ErrorCodeAsio ec, std::size_t /*n*/) {
                     if (!ec) self->read_body();
                   });
}

void Connection::read_body() {
  if (parser_->is_done()) return end_of_body();
  // Some, not all that fits: the cap falls at the first byte over it, whatever comes after.
  parser_->get().body().data = chunk_.data();
  parser_->get().body().size = chunk_.size();
  http::async_read_some(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](ErrorCodeAsio ec, std::size_t /*n*/) { self->on_body(ec); });
}

void Connection::on_body(ErrorCodeAsio ec) {
  if (ec == boost::beast::error::timeout) {
    return context_.log->warn("deadline", {{"phase", "body"}, {"endpoint", route_->endpoint}});
  }
  const bool more = ec == http::error::need_buffer;
  const std::size_t size = chunk_.size() - parser_->get().body().size;
  if (ec && !more) {
    const bool cut = ec == http::error::partial_message || ec == http::error::end_of_stream;
    const bool parse = ec.category() == make_error_code(http::error::bad_chunk).category();
    if (parse && !cut) return refuse(400, "malformed_http");
    return context_.log->warn("peer_left", {{"endpoint", route_->endpoint}});
  }
  if (!absorb({chunk_.data(), size})) return;
  read_body();
}

bool Connection::absorb(std::string_view chunk) {
  body_size_ += chunk.size();
  if (probing_) {
    probe_body_.append(chunk);  // bounded: begin_delivery saw the Content-Length
    return true;
  }
  const bool has_room = share_->add(chunk.size());
  if (auto taken = session_->update(chunk); !taken) {
    const webhook::Reason reason = taken.error().reason;
    refuse(static_cast<unsigned>(webhook::http_status(reason)), to_string(reason));
    return false;
  }
  if (!has_room) {
    share_.reset();
    refuse(503, "too_many_body_bytes");
    return false;
  }
  return true;
}

void Connection::end_of_body() {
  // A chunked body may have brought more of them, as trailers.
  if (const auto status = fault_of_headers()) return refuse(*status, "too_many_headers");
  if (probing_) return finish_ssl_check();
  finish_delivery();
}

void Connection::finish_ssl_check() {
  const auto headers = headers_of(parser_->get());
  if (!webhook::is_slack_ssl_check({.headers = headers, .method = "POST", .url = {}},
                                   probe_body_)) {
    return refuse(401, to_string(webhook::Reason::kMissingHeader));
  }
  log_answer(200, "ssl_check", {});
  respond(200, {});
}

void Connection::finish_delivery() {
  auto verified = std::move(*session_).finish();
  session_.reset();
  if (!verified) {
    const webhook::Reason reason = verified.error().reason;
    return refuse(static_cast<unsigned>(webhook::http_status(reason)), to_string(reason));
  }
  share_->verified();
  if (route_->endpoint == "slack") {
    if (auto challenge = webhook::slack_url_verification(*verified); challenge && *challenge) {
      log_answer(200, "url_verification", {});
      return respond(200, std::move(**challenge), "text/plain");
    }
  }
  verified_ = std::move(*verified);
  auto key = context_.options.rates == nullptr
                 ? std::nullopt
                 : body_key(route_->endpoint, content_type_, *verified_);
  if (!key) return submit_delivery();
  held_ = key;
  std::vector<RateKey> keys;
  keys.push_back(*std::move(key));
  admit(std::move(keys), &Connection::submit_delivery);
}

void Connection::submit_delivery() {
  // The commit has no deadline of ours: the sender's own decides how long it waits.
  stream_.expires_never();
  Submission submission{.endpoint = route_->endpoint,
                        .content_type = content_type_,
                        .verified = *std::move(verified_)};
  verified_.reset();
  const auto executor = stream_.get_executor();
  context_.sink->submit(
      std::move(submission), [executor, self = shared_from_this()](Receipt receipt) mutable {
        // Moved on, so that the last reference is always dropped by the I/O thread.
        net::post(executor, [self = std::move(self), receipt = std::move(receipt)] {
          self->on_receipt(receipt);
        });
      });
}

void Connection::on_receipt(const Receipt& receipt) {
  // A replayer of one old body must not use up what its installation may send.
  if (receipt.answer != Receipt::Answer::kAccepted) give_back_held();
  switch (receipt.answer) {
    case Receipt::Answer::kAccepted:
      log_answer(202, "accepted", receipt);
      return respond(202, "{\"status\":\"accepted\"}\n", kJson);
    case Receipt::Answer::kDuplicate:
      log_answer(200, "duplicate", receipt);
      return respond(200, "{\"status\":\"duplicate\"}\n", kJson);
    case Receipt::Answer::kUnavailable:
      log_answer(503, "unavailable", receipt);
      close_ = true;
      return respond(503, std::string(kRefused), kJson);
  }
}

}  // namespace gateway
