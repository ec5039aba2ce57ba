#include "coefficient/webhook/replay_store.h"

#include <algorithm>
#include <cstring>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook {
namespace {

// The keys are SHA-256 values: their first bytes are as good as any hash, and a sender who would
// aim for one bucket must sign each attempt.
struct FirstBytes {
  std::size_t operator()(const ReplayKey& key) const noexcept {
    std::size_t hash = 0;
    std::memcpy(&hash, key.data(), sizeof hash);
    return hash;
  }
};

using Time = std::chrono::system_clock::time_point;

}  // namespace

ReplayStore::~ReplayStore() = default;

struct InMemoryReplayStore::State {
  State(std::size_t capacity_, std::chrono::seconds retention_, const Clock& clock_)
      : capacity(capacity_), retention(retention_), clock(clock_) {}

  // Claims expire in the order in which they were made, so the list is sorted.
  void expire(Time now) {
    while (!by_age.empty() && by_age.front().first <= now) {
      claims.erase(by_age.front().second);
      by_age.pop_front();
    }
  }

  using ByAge = std::list<std::pair<Time, ReplayKey>>;
  const std::size_t capacity;
  const std::chrono::seconds retention;
  const Clock& clock;
  std::mutex mutex;
  Time latest = Time::min();
  ByAge by_age;  // until when
  std::unordered_map<ReplayKey, ByAge::iterator, FirstBytes> claims;
};

Result<std::unique_ptr<InMemoryReplayStore>> InMemoryReplayStore::create(
    std::size_t capacity, std::chrono::seconds retention, const Clock& clock) {
  if (capacity == 0) return Error{ErrorCode::kInvalidArgument, "capacity must be positive"};
  if (retention <= std::chrono::seconds(0) || retention > std::chrono::hours(24 * 366))
    return Error{ErrorCode::kInvalidArgument, "retention must be 1 second to 366 days"};
  return std::unique_ptr<InMemoryReplayStore>(
      new InMemoryReplayStore(std::make_unique<State>(capacity, retention, clock)));
}

InMemoryReplayStore::InMemoryReplayStore(std::unique_ptr<State> state) noexcept
    : state_(std::move(state)) {}
InMemoryReplayStore::~InMemoryReplayStore() = default;

Result<void, Refusal> InMemoryReplayStore::claim(const ReplayKey& key) {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  // A clock that steps back must not reorder the list.
  s.latest = std::max(s.latest, s.clock.now());
  s.expire(s.latest);
  if (s.claims.contains(key)) return Refusal{Reason::kReplayed};
  if (s.claims.size() >= s.capacity) return Refusal{Reason::kUnavailable};
  s.claims.emplace(key, s.by_age.emplace(s.by_age.end(), s.latest + s.retention, key));
  return {};
}

Result<void, Refusal> InMemoryReplayStore::release(const ReplayKey& key) {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  if (const auto it = s.claims.find(key); it != s.claims.end()) {
    s.by_age.erase(it->second);
    s.claims.erase(it);
  }
  return {};
}

std::size_t InMemoryReplayStore::size() const {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  s.latest = std::max(s.latest, s.clock.now());
  s.expire(s.latest);
  return s.claims.size();
}

}  // namespace webhook
COEFFICIENT_END_NAMESPACE
