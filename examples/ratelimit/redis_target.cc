#include <netdb.h>

#include <array>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "coefficient/core/clock.h"
#include "coefficient/redis/ratelimit_backend.h"
#include "target.h"

namespace ratelimit_tool {
namespace {

namespace rl = coefficient::ratelimit;
namespace redis = coefficient::redis;
using coefficient::Error;
using coefficient::ErrorCode;
using coefficient::Result;

using Time = std::chrono::system_clock::time_point;

// The backend wants an address, since a resolver keeps no deadline and a host's directory may be
// another one later; this tool has time, and stays where it is.
Result<std::string> resolved(const std::string& server) {
  constexpr std::string_view kUnix = "unix:";
  if (server.starts_with(kUnix) && server.size() > kUnix.size()) {
    std::error_code failed;
    const auto path = std::filesystem::absolute(server.substr(kUnix.size()), failed);
    if (failed) return Error{ErrorCode::kUnavailable, "the current directory is gone"};
    return std::string(kUnix) + path.string();
  }
  const std::size_t colon = server.rfind(':');
  if (server.starts_with('[') || colon == std::string::npos) return server;
  addrinfo wanted{};
  wanted.ai_family = AF_INET;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(server.substr(0, colon).c_str(), nullptr, &wanted, &found) != 0)
    return Error{ErrorCode::kInvalidArgument, "the Redis server's name has no address"};
  std::array<char, NI_MAXHOST> text{};
  const int failed = getnameinfo(found->ai_addr, found->ai_addrlen, text.data(), text.size(),
                                 nullptr, 0, NI_NUMERICHOST);
  freeaddrinfo(found);
  if (failed != 0) return Error{ErrorCode::kInternal, "cannot write the Redis server's address"};
  return text.data() + server.substr(colon);
}

class RedisTarget final : public Target {
 public:
  explicit RedisTarget(std::vector<rl::Policy> policies) : policies_(std::move(policies)) {}
  Result<> open(redis::RatelimitOptions options) {
    options.clock = &clock_;
    auto backend = redis::RatelimitBackend::create(std::move(options));
    if (!backend) return backend.error();
    backend_ = *std::move(backend);
    return backend_->check(policies_);
  }
  void set_time(std::chrono::nanoseconds since_epoch) override { clock_.set(Time(since_epoch)); }
  Result<rl::Decision> check(std::string_view key, std::uint64_t cost) override {
    // As in process: a cost of 0 takes nothing.
    return decide(cost == 0 ? rl::Ask::Operation::kPeek : rl::Ask::Operation::kTake, key, cost);
  }
  Result<rl::Decision> peek(std::string_view key) override {
    return decide(rl::Ask::Operation::kPeek, key, 0);
  }
  Result<rl::Decision> refund(std::string_view key, std::uint64_t cost) override {
    return decide(cost == 0 ? rl::Ask::Operation::kPeek : rl::Ask::Operation::kRefund, key, cost);
  }

 private:
  Result<rl::Decision> decide(rl::Ask::Operation operation, std::string_view key,
                              std::uint64_t cost) {
    const rl::Ask ask{operation, key, policies_, cost, 0};
    auto grant = std::move(backend_->decide(std::span(&ask, 1)).front());
    if (!grant) return grant.error();
    return binding(grant->decisions);
  }
  // Policies in shadow mode bind nobody, but tell.
  [[nodiscard]] rl::Decision binding(const std::vector<rl::Decision>& decisions) const {
    std::vector<rl::Decision> enforced;
    bool shadow_denied = false;
    for (std::size_t i = 0; i < decisions.size(); ++i) {
      shadow_denied = shadow_denied || decisions[i].shadow_denied;
      if (policies_[i].mode == rl::Mode::kEnforce) enforced.push_back(decisions[i]);
    }
    rl::Decision out = rl::binding_decision(enforced.empty() ? decisions : enforced);
    out.shadow_denied = shadow_denied;
    return out;
  }

  coefficient::ManualClock clock_{Time()};
  std::vector<rl::Policy> policies_;
  std::unique_ptr<redis::RatelimitBackend> backend_;
};

}  // namespace

Result<std::unique_ptr<Target>> make_redis_target(std::vector<rl::Policy> policies,
                                                  const std::string& server, std::string prefix) {
  auto address = resolved(server);
  if (!address) return address.error();
  auto target = std::make_unique<RedisTarget>(std::move(policies));
  const auto opened = target->open(
      {.server = *address, .prefix = std::move(prefix), .deadline = std::chrono::seconds(5)});
  if (!opened) return opened.error();
  return std::unique_ptr<Target>(std::move(target));
}

}  // namespace ratelimit_tool
