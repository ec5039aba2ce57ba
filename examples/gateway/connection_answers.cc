// What a connection answers, and how it ends.
#include <algorithm>
#include <array>
#include <boost/beast/http/write.hpp>
#include <ctime>
#include <utility>

#include "connection.h"

namespace gateway {
namespace {

namespace http = boost::beast::http;
namespace net = boost::asio;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLinger{2000};
constexpr std::size_t kLingerBytes = std::size_t{32} << 20U;

// RFC 9110 section 5.6.7.
std::string http_date(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  std::array<char, 40> text{};
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &tm);
  return {text.data(), size};
}

}  // namespace

void Connection::refuse(unsigned status, std::string_view reason) {
  close_ = true;
  log_answer(status, reason, {});
  respond(status, std::string(kRefused), kJson);
}

void Connection::log_answer(unsigned status, std::string_view outcome, const Receipt& receipt) {
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - started_);
  const std::string_view endpoint = route_ != nullptr ? std::string_view(route_->endpoint) : "";
  const auto number = static_cast<std::int64_t>(status);
  const auto bytes = static_cast<std::int64_t>(body_size_);
  if (status >= 400) {
    return context_.log->warn("refused", {{"endpoint", endpoint},
                                          {"status", number},
                                          {"reason", outcome},
                                          {"body_bytes", bytes},
                                          {"us", took.count()}});
  }
  context_.log->info("delivery", {{"endpoint", endpoint},
                                  {"status", number},
                                  {"outcome", outcome},
                                  {"key", receipt.key_name},
                                  {"delivery", receipt.delivery_id},
                                  {"type", receipt.event},
                                  {"body_bytes", bytes},
                                  {"us", took.count()}});
}

void Connection::respond(unsigned status, std::string body, std::string_view content_type,
                         Headers more) {
  response_.emplace(static_cast<http::status>(status), 11);
  Response& response = *response_;
  response.set(http::field::date, http_date(context_.clock->now()));
  if (!content_type.empty()) {
    response.set(http::field::content_type, {content_type.data(), content_type.size()});
  }
  if (status == 405) response.set(http::field::allow, route_ != nullptr ? "POST" : "GET");
  if (status == 503) response.set(http::field::retry_after, "1");
  for (const auto& [name, value] : more) {
    if (!value.empty()) response.set(name, {value.data(), value.size()});
  }
  add_limit_fields(status);
  const bool is_head = parser_ && parser_->get().method() == http::verb::head;
  if (!is_head) response.body() = std::move(body);
  close_ = close_ || context_.draining;
  response.keep_alive(!close_);
  response.prepare_payload();
  stream_.expires_after(context_.options.deadlines.request);
  http::async_write(
      stream_, response,
      [self = shared_from_this()](ErrorCodeAsio ec, std::size_t /*n*/) { self->on_written(ec); });
}

void Connection::on_written(ErrorCodeAsio ec) {
  if (ec) return;
  if (close_) return linger();
  next_request();
}

void Connection::linger() {
  share_.reset();
  session_.reset();
  ErrorCodeAsio ec;
  stream_.socket().shutdown(net::ip::tcp::socket::shutdown_send, ec);
  if (ec) return;
  stream_.expires_after(std::min(kLinger, context_.options.deadlines.request));
  discard();
}

void Connection::discard() {
  stream_.async_read_some(net::buffer(chunk_),
                          [self = shared_from_this()](ErrorCodeAsio ec, std::size_t n) {
                            self->discarded_ += n;
                            if (ec || self->discarded_ > kLingerBytes) return;
                            self->discard();
                          });
}

}  // namespace gateway
