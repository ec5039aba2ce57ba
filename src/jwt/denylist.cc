#include "coefficient/jwt/denylist.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <mutex>
#include <queue>
#include <shared_mutex>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/crypto/digest.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {
namespace {

using Digest = std::array<std::byte, crypto::kSha256Bytes>;
using Time = std::chrono::sys_seconds;

constexpr std::size_t kMaxCapacity = std::size_t{1} << 24U;

// The bytes of a hash are as random as any hash of them would be.
struct FirstBytes {
  std::size_t operator()(const Digest& digest) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, digest.data(), sizeof value);
    return value;
  }
};

// A name of fixed size, whatever lengths an issuer uses. The length keeps the parts apart.
Result<Digest> name_of(std::string_view issuer, std::string_view id) {
  std::array<std::byte, 8> length{};
  for (std::size_t i = 0; i < length.size(); ++i)
    length[i] = static_cast<std::byte>(std::uint64_t{issuer.size()} >> (8 * i) & 0xFFU);
  return crypto::sha256({length, std::as_bytes(std::span(issuer)), std::as_bytes(std::span(id))});
}

struct Death {
  Time time;
  Digest name;
  friend bool operator>(const Death& a, const Death& b) noexcept { return a.time > b.time; }
};

}  // namespace

struct InMemoryDenylist::State {
  State(DenylistOptions limits, const Clock& source) : options(limits), clock(source) {}

  // Removes what has died. An entry whose time was moved has a later death in the queue as well.
  void bury(Time now) {
    while (!deaths.empty() && deaths.top().time <= now) {
      const auto it = entries.find(deaths.top().name);
      if (it != entries.end() && it->second <= now) entries.erase(it);
      deaths.pop();
    }
  }

  DenylistOptions options;
  const Clock& clock;
  mutable std::shared_mutex mutex;
  std::unordered_map<Digest, Time, FirstBytes> entries;
  std::priority_queue<Death, std::vector<Death>, std::greater<>> deaths;
};

Denylist::~Denylist() = default;

InMemoryDenylist::InMemoryDenylist(std::unique_ptr<State> state) noexcept
    : state_(std::move(state)) {}
InMemoryDenylist::~InMemoryDenylist() = default;

Result<std::unique_ptr<InMemoryDenylist>> InMemoryDenylist::create(DenylistOptions options,
                                                                   const Clock& clock) {
  constexpr std::chrono::hours kMaxGrace(24 * 365);
  if (options.capacity == 0 || options.capacity > kMaxCapacity)
    return Error{ErrorCode::kInvalidArgument, "the capacity is not from 1 to 2^24"};
  if (options.grace < std::chrono::seconds(0) || options.grace > kMaxGrace)
    return Error{ErrorCode::kInvalidArgument, "the grace is not from 0 to a year"};
  return std::unique_ptr<InMemoryDenylist>(
      new InMemoryDenylist(std::make_unique<State>(options, clock)));
}

Result<bool> InMemoryDenylist::is_revoked(std::string_view issuer, std::string_view id) const {
  const auto name = name_of(issuer, id);
  if (!name) return name.error();
  const auto now = state_->clock.now();
  const std::shared_lock lock(state_->mutex);
  const auto it = state_->entries.find(*name);
  return it != state_->entries.end() && it->second > now;
}

Result<> InMemoryDenylist::revoke(std::string_view issuer, std::string_view id, Time expires_at) {
  if (id.empty())
    return Error{ErrorCode::kInvalidArgument, "a token without jti cannot be revoked"};
  const auto name = name_of(issuer, id);
  if (!name) return name.error();
  const auto now = std::chrono::floor<std::chrono::seconds>(state_->clock.now());
  // Far beyond any exp that a verifier accepts, so that the sum below does not overflow.
  constexpr Time kMaxTime{std::chrono::seconds(253402300799)};
  const Time until = std::min(expires_at, kMaxTime) + state_->options.grace;
  const std::unique_lock lock(state_->mutex);
  state_->bury(now);
  if (until <= now) return {};  // it is refused as expired
  const auto it = state_->entries.find(*name);
  if (it != state_->entries.end()) {
    if (it->second >= until) return {};
    // Each move leaves its old death in the queue, which must not grow without bound either.
    if (state_->deaths.size() >= 2 * state_->options.capacity)
      return Error{ErrorCode::kResourceExhausted, "the denylist is full"};
    it->second = until;
  } else {
    if (state_->entries.size() >= state_->options.capacity)
      return Error{ErrorCode::kResourceExhausted, "the denylist is full"};
    state_->entries.emplace(*name, until);
  }
  state_->deaths.push({until, *name});
  return {};
}

std::size_t InMemoryDenylist::size() const {
  const std::shared_lock lock(state_->mutex);
  return state_->entries.size();
}

}  // namespace jwt
COEFFICIENT_END_NAMESPACE
