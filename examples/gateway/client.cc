#include "client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>

namespace gateway {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace net = boost::asio;

// One exchange: connect, then write and read at the same time, until the answer is there.
struct Exchange {
  net::io_context io{1};
  beast::tcp_stream stream{io};
  beast::flat_buffer buffer{65536};
  http::request<http::span_body<const char>> request;
  http::response_parser<http::string_body> parser;
  beast::error_code result = net::error::would_block;

  void on_connect(beast::error_code ec) {
    if (ec) {
      result = ec;
      return;
    }
    http::async_write(stream, request, [](beast::error_code, std::size_t) {
      // A refusal may cut the writing short; what counts is the answer, or that there is none.
    });
    http::async_read(stream, buffer, parser, [this](beast::error_code read, std::size_t) {
      result = read;
      beast::error_code ignored;  // the exchange is over either way
      stream.socket().close(ignored);
    });
  }
};

Error from_asio(beast::error_code ec) {
  if (ec == beast::error::timeout) return Error{ErrorCode::kDeadlineExceeded, "no answer in time"};
  if (ec == http::error::body_limit || ec == http::error::header_limit) {
    return Error{ErrorCode::kResourceExhausted, "the answer is too large"};
  }
  return Error{ErrorCode::kUnavailable, "no answer: " + ec.message()};
}

}  // namespace

std::string authority(const Peer& peer) {
  const bool v6 = peer.address.find(':') != std::string::npos;
  return (v6 ? "[" + peer.address + "]" : peer.address) + ":" + std::to_string(peer.port);
}

Result<HttpAnswer> http_post(const Peer& peer, const std::string& path, const HeaderList& headers,
                             std::string_view body, std::chrono::milliseconds deadline) {
  beast::error_code ec;
  const auto address = net::ip::make_address(peer.address, ec);
  if (ec) return Error{ErrorCode::kInvalidArgument, peer.address + ": is not an IP address"};
  if (!address.is_loopback()) {
    return Error{ErrorCode::kPermissionDenied, peer.address + ": is not a loopback address"};
  }
  Exchange exchange;
  exchange.request.version(11);
  exchange.request.method(http::verb::post);
  exchange.request.target(path);
  exchange.request.set(http::field::host, authority(peer));
  for (const auto& [name, value] : headers) exchange.request.insert(name, value);
  exchange.request.keep_alive(false);
  exchange.request.body() = {body.data(), body.size()};
  exchange.request.content_length(body.size());
  exchange.parser.body_limit(65536);
  exchange.stream.expires_after(deadline);
  exchange.stream.async_connect(net::ip::tcp::endpoint(address, peer.port),
                                [&exchange](beast::error_code e) { exchange.on_connect(e); });
  exchange.io.run();
  if (exchange.result) return from_asio(exchange.result);
  return HttpAnswer{.status = exchange.parser.get().result_int(),
                    .body = std::move(exchange.parser.get().body())};
}

Result<std::pair<Peer, std::string>> parse_url(std::string_view url) {
  const Error malformed{ErrorCode::kInvalidArgument,
                        "the URL is not http://<loopback address>[:port][/path]"};
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return malformed;
  url.remove_prefix(kScheme.size());
  const std::size_t slash = std::min(url.find('/'), url.size());
  const std::string path(slash < url.size() ? url.substr(slash) : "");
  std::string_view authority = url.substr(0, slash);
  Peer peer{.address = {}, .port = 80};
  if (const std::size_t colon = authority.rfind(':');
      colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    const std::string_view digits = authority.substr(colon + 1);
    const auto [end, status] =
        std::from_chars(digits.data(), digits.data() + digits.size(), peer.port);
    if (status != std::errc() || end != digits.data() + digits.size()) return malformed;
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']')) {
    authority = authority.substr(1, authority.size() - 2);
  }
  peer.address = authority == "localhost" ? "127.0.0.1" : std::string(authority);
  beast::error_code ec;
  const auto address = net::ip::make_address(peer.address, ec);
  if (ec || !address.is_loopback()) return malformed;
  return std::pair(peer, path);
}

}  // namespace gateway
