#ifndef COEFFICIENT_REDIS_RATELIMIT_BACKEND_H_
#define COEFFICIENT_REDIS_RATELIMIT_BACKEND_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/core/secret_bytes.h"
#include "coefficient/ratelimit/backend.h"
#include "coefficient/redis/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace redis {

struct RatelimitOptions {
  /// `unix:/path`, `127.0.0.1:6379` or `[::1]:6379`. No names: a resolver keeps no deadline.
  std::string server;
  /// Empty: the default user; used only with a password.
  std::string username = {};
  std::uint32_t database = 0;
  /// Before each key. Up to 64 bytes.
  std::string prefix = "ratelimit:";
  /// For each call of decide(), connecting and waiting for a free link included: 1 ms to 60 s.
  std::chrono::milliseconds deadline{50};
  /// How many links at most, so how many calls at once: 1 to 256. They are opened when needed.
  std::size_t connections = 4;
  /// Nullptr: the server's clock, the one that all its users share. A clock of one's own is for
  /// simulations and tests: it is sent along, and counts are kept an hour longer than they need,
  /// since then the server cannot know when they end. It must outlive the backend.
  const Clock* clock = nullptr;
};

/// What happened since the backend was made.
struct RatelimitStats {
  std::uint64_t decisions = 0;
  std::uint64_t exchanges = 0;    ///< Round trips with decisions in them.
  std::uint64_t connections = 0;  ///< Links opened, each with one round trip more.
};

/// Counts in a Redis server (5.0 or later, or what speaks its language), which a script there
/// changes: one round trip for a decision, or for up to 256 of them. A key's policies are one
/// string `<prefix><key>`, which expires when nothing is counted any more.
///
/// Times are whole microseconds: a policy's interval, period / limit, is rounded up to one, so
/// never more is allowed than in process. check() refuses policies with more than 1 per us, with a
/// window (interval * burst) above 2^51 us (71 years), of kSlidingWindow, or with max_wait.
///
/// What it does not do: TLS (use a Unix socket, or a tunnel as stunnel(8) makes it), Redis Cluster
/// (an answer MOVED or ASK is kFailedPrecondition), Sentinel. A failover loses what was not
/// replicated: at most one burst a key is allowed again. The server must not evict keys that have
/// not expired (maxmemory-policy noeviction), or it forgets who used what.
///
/// Thread safety: all members may be called concurrently. After fork() the child opens its own
/// links; no call may be under way during the fork.
class COEFFICIENT_REDIS_EXPORT RatelimitBackend final : public ratelimit::Backend {
 public:
  /// Connects to nothing yet, so that a host starts also while its server is down. An empty
  /// `password`: no AUTH. Error: kInvalidArgument.
  static Result<std::unique_ptr<RatelimitBackend>> create(RatelimitOptions options,
                                                          SecretBytes password = {});
  RatelimitBackend(const RatelimitBackend&) = delete;
  RatelimitBackend& operator=(const RatelimitBackend&) = delete;
  ~RatelimitBackend() override;

  [[nodiscard]] Result<> check(std::span<const ratelimit::Policy> policies) const override;
  std::vector<Result<ratelimit::Grant>> decide(std::span<const ratelimit::Ask> asks) override;
  [[nodiscard]] RatelimitStats stats() const noexcept;

 private:
  struct State;
  explicit RatelimitBackend(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace redis
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_REDIS_RATELIMIT_BACKEND_H_
