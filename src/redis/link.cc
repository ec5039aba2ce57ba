#include "redis/link.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace redis {
namespace {

constexpr std::size_t kMaxReplyBytes = std::size_t{1} << 20U;

Error gone(const char* what) {
  return Error{ErrorCode::kUnavailable, std::string("redis: ") + what};
}

Error late() {
  return Error{ErrorCode::kDeadlineExceeded, "redis: no answer within the deadline"};
}

Error nonsense(const char* what) {
  return Error{ErrorCode::kInternal, std::string("redis: ") + what};
}

}  // namespace

void append_command(std::string& out, std::span<const std::string_view> words) {
  out += '*' + std::to_string(words.size()) + "\r\n";
  for (const std::string_view word : words) {
    out += '$' + std::to_string(word.size()) + "\r\n";
    out.append(word);
    out += "\r\n";
  }
}

Link::Link(int socket) noexcept : socket_(socket), process_(::getpid()) {}

Link::Link(Link&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      process_(other.process_),
      reader_(std::move(other.reader_)) {}

Link::~Link() {
  if (socket_ >= 0) ::close(socket_);
}

Result<Link> Link::open(const Address& address, Deadline deadline) {
  const int family = address.storage.ss_family;
  const int socket = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return gone("no socket");
  Link link(socket);
  link.reader_ = make_reader();
  if (link.reader_ == nullptr) return gone("no memory for a reader");
  if (family != AF_UNIX) {
    const int on = 1;
    // Without it the last packet of a pipeline waits; that it fails would only be slow.
    (void)::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  const auto* const to = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(socket, to, address.size) == 0) return link;
  // EAGAIN: the queue of a Unix socket is full, and such a socket cannot be waited for.
  if (errno != EINPROGRESS) return gone("the server cannot be reached");
  if (auto waited = link.wait_for(POLLOUT, deadline); !waited) return waited.error();
  int failure = 0;
  socklen_t size = sizeof(failure);
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &size) != 0 || failure != 0)
    return gone("the server cannot be reached");
  return link;
}

Result<> Link::wait_for(short events, Deadline deadline) const {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return late();
    pollfd wanted{socket_, events, 0};
    const auto most = std::min<std::chrono::milliseconds::rep>(left.count(), 1'000'000);
    const int ready = ::poll(&wanted, 1, static_cast<int>(most));
    if (ready > 0) return {};  // an error or the end shows in the call that follows
    if (ready < 0 && errno != EINTR) return gone("poll failed");
  }
}

Result<> Link::send_some(std::string_view& commands, Deadline deadline) {
  const ssize_t sent = ::send(socket_, commands.data(), commands.size(), MSG_NOSIGNAL);
  if (sent >= 0) {
    commands.remove_prefix(static_cast<std::size_t>(sent));
    return {};
  }
  if (errno == EAGAIN) return wait_for(POLLIN | POLLOUT, deadline);
  if (errno == EINTR) return {};
  return gone("the link broke while sending");
}

Result<> Link::receive_some(std::size_t& received, Deadline deadline) {
  std::array<char, 16384> buffer;
  const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (got == 0) return gone("the server closed the link");
  if (got < 0) {
    if (errno == EAGAIN) return wait_for(POLLIN, deadline);
    if (errno == EINTR) return {};
    return gone("the link broke while reading");
  }
  received += static_cast<std::size_t>(got);
  if (received > kMaxReplyBytes) return nonsense("the answer is too long");
  if (redisReaderFeed(reader_.get(), buffer.data(), static_cast<std::size_t>(got)) != REDIS_OK)
    return nonsense("the answer is no RESP");
  return {};
}

Result<std::vector<Reply>> Link::exchange(std::string_view commands, std::size_t count,
                                          Deadline deadline) {
  std::vector<Reply> replies;
  replies.reserve(count);
  std::size_t received = 0;
  while (!commands.empty() || replies.size() < count) {
    if (std::chrono::steady_clock::now() >= deadline) return late();
    if (!commands.empty()) {
      if (auto sent = send_some(commands, deadline); !sent) return sent.error();
      // While a long pipeline is sent the server answers, and stops reading if nobody listens; but
      // what was sent at one go needs no look.
      pollfd readable{socket_, POLLIN, 0};
      if (!commands.empty() && ::poll(&readable, 1, 0) <= 0) continue;
    }
    if (auto got = receive_some(received, deadline); !got) return got.error();
    for (void* one = nullptr; replies.size() < count; one = nullptr) {
      if (redisReaderGetReply(reader_.get(), &one) != REDIS_OK)
        return nonsense("the answer is no RESP");
      if (one == nullptr) break;
      replies.emplace_back(static_cast<redisReply*>(one));
    }
  }
  if (reader_->pos < reader_->len) return nonsense("it answers more than was asked");
  return replies;
}

bool Link::is_stale() const noexcept {
  pollfd wanted{socket_, POLLIN, 0};
  return ::poll(&wanted, 1, 0) != 0;
}

bool Link::is_own() const noexcept {
  return process_ == ::getpid();
}

}  // namespace redis
COEFFICIENT_END_NAMESPACE
