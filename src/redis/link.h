#ifndef COEFFICIENT_SRC_REDIS_LINK_H_
#define COEFFICIENT_SRC_REDIS_LINK_H_

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "redis/address.h"
#include "redis/reply.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace redis {

using Deadline = std::chrono::steady_clock::time_point;

/// Appends a command in the form of RESP: an array of bulk strings.
void append_command(std::string& out, std::span<const std::string_view> words);

/// A connection. The socket is our own, so that a deadline is for the whole exchange however the
/// bytes trickle in, and so that a peer that went away raises no SIGPIPE; the protocol's reader is
/// hiredis'.
///
/// Thread safety: distinct objects only.
class Link {
 public:
  /// Connects. Errors: kUnavailable, kDeadlineExceeded.
  static Result<Link> open(const Address& address, Deadline deadline);
  Link(Link&& other) noexcept;
  Link& operator=(Link&&) = delete;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  /// Sends `commands`, of which there are `count`, and returns as many replies. After an error
  /// nothing more may be exchanged: replies may still be under way. Errors: kUnavailable if the
  /// peer is gone, kDeadlineExceeded, kInternal for what is no RESP or too long.
  Result<std::vector<Reply>> exchange(std::string_view commands, std::size_t count,
                                      Deadline deadline);
  /// Returns whether the peer has closed it or said something unasked, as far as that is known.
  [[nodiscard]] bool is_stale() const noexcept;
  /// Returns whether this process opened it, and not the one that it was forked from.
  [[nodiscard]] bool is_own() const noexcept;

 private:
  explicit Link(int socket) noexcept;
  [[nodiscard]] Result<> wait_for(short events, Deadline deadline) const;
  Result<> send_some(std::string_view& commands, Deadline deadline);
  Result<> receive_some(std::size_t& received, Deadline deadline);

  int socket_;
  pid_t process_;
  Reader reader_;
};

}  // namespace redis
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_REDIS_LINK_H_
