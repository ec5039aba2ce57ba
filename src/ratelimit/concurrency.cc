#include "coefficient/ratelimit/concurrency.h"

#include <atomic>
#include <mutex>
#include <string>
#include <utility>

#include "ratelimit/adaptive_limit.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {
namespace {

constexpr std::uint32_t kMostLimit = 1'000'000;

Error bad_policy(const char* what) {
  return Error{ErrorCode::kInvalidArgument, std::string("concurrency policy: ") + what};
}

Result<> check_range(std::uint32_t initial, std::uint32_t min, std::uint32_t max) {
  if (min == 0) return bad_policy("min must be at least 1");
  if (max > kMostLimit) return bad_policy("max must be at most 1000000");
  if (initial < min || initial > max) return bad_policy("initial must be within min and max");
  return {};
}

// Each comparison is written so that a NaN fails it.
Result<> check(const FixedLimit& policy) {
  if (policy.limit == 0 || policy.limit > kMostLimit)
    return bad_policy("limit must be from 1 to 1000000");
  return {};
}

Result<> check(const AimdLimit& policy) {
  if (auto range = check_range(policy.initial, policy.min, policy.max); !range) return range;
  if (!(policy.backoff >= 0.5 && policy.backoff < 1))
    return bad_policy("backoff must be from 0.5 to below 1");
  if (policy.timeout.count() < 0) return bad_policy("timeout must not be negative");
  return {};
}

Result<> check(const Gradient2Limit& policy) {
  if (auto range = check_range(policy.initial, policy.min, policy.max); !range) return range;
  if (policy.queue == 0 || policy.queue > kMostLimit)
    return bad_policy("queue must be from 1 to 1000000");
  if (!(policy.tolerance >= 1 && policy.tolerance <= 10))
    return bad_policy("tolerance must be from 1 to 10");
  if (!(policy.smoothing > 0 && policy.smoothing <= 1))
    return bad_policy("smoothing must be above 0, to 1");
  if (policy.long_samples == 0 || policy.sample_size == 0)
    return bad_policy("long_samples and sample_size must be at least 1");
  if (policy.sample_time.count() < 0) return bad_policy("sample_time must not be negative");
  return {};
}

}  // namespace

struct Permit::State {
  State(const ConcurrencyPolicy& policy, const Clock& clock_) : clock(clock_) {
    if (const auto* fixed = std::get_if<FixedLimit>(&policy)) {
      limit = fixed->limit;
    } else if (const auto* aimd = std::get_if<AimdLimit>(&policy)) {
      limit = aimd->initial;
      adaptive = detail::Aimd(*aimd);
    } else {
      const auto& gradient = *std::get_if<Gradient2Limit>(&policy);
      limit = gradient.initial;
      adaptive = detail::Gradient2(gradient);
    }
  }

  void give_back(std::chrono::system_clock::time_point start, Outcome outcome) noexcept;
  template <class Adaptive>
  void learn(Adaptive& algorithm, const detail::Sample& sample) noexcept {
    const std::lock_guard lock(mutex);
    algorithm.learn(sample);
    limit.store(algorithm.limit(), std::memory_order_relaxed);
  }

  const Clock& clock;
  std::atomic<std::uint32_t> limit = 0;
  std::atomic<std::uint32_t> in_flight = 0;
  std::mutex mutex;  // guards what is in `adaptive`; which one it is never changes
  std::variant<std::monostate, detail::Aimd, detail::Gradient2> adaptive;
};

void Permit::State::give_back(std::chrono::system_clock::time_point start,
                              Outcome outcome) noexcept {
  // Acquired by the next try_acquire(): what this work did happens before what that one does.
  const std::uint32_t with_this = in_flight.fetch_sub(1, std::memory_order_release);
  if (adaptive.index() == 0 || outcome == Outcome::kIgnored) return;
  const std::chrono::nanoseconds latency = clock.now() - start;
  const bool dropped = outcome == Outcome::kDropped;
  if (latency.count() <= 0 && !dropped) return;
  const detail::Sample sample{start, std::max(latency, std::chrono::nanoseconds(1)), with_this,
                              dropped};
  if (auto* aimd = std::get_if<detail::Aimd>(&adaptive))
    learn(*aimd, sample);
  else if (auto* gradient = std::get_if<detail::Gradient2>(&adaptive))
    learn(*gradient, sample);
}

Permit::Permit(std::shared_ptr<State> state, std::chrono::system_clock::time_point start) noexcept
    : state_(std::move(state)), start_(start) {}

Permit::Permit(Permit&& other) noexcept = default;

Permit& Permit::operator=(Permit&& other) noexcept {
  if (this != &other) {
    release(Outcome::kIgnored);
    state_ = std::move(other.state_);
    start_ = other.start_;
  }
  return *this;
}

Permit::~Permit() {
  release(Outcome::kIgnored);
}

void Permit::release(Outcome outcome) noexcept {
  if (const auto state = std::exchange(state_, nullptr)) state->give_back(start_, outcome);
}

ConcurrencyLimiter::ConcurrencyLimiter(std::shared_ptr<Permit::State> state) noexcept
    : state_(std::move(state)) {}

Result<ConcurrencyLimiter> ConcurrencyLimiter::create(const ConcurrencyPolicy& policy,
                                                      const Clock& clock) {
  auto checked = std::visit([](const auto& one) { return check(one); }, policy);
  if (!checked) return checked.error();
  return ConcurrencyLimiter(std::make_shared<Permit::State>(policy, clock));
}

std::optional<Permit> ConcurrencyLimiter::try_acquire() noexcept {
  std::uint32_t now = state_->in_flight.load(std::memory_order_relaxed);
  do {
    if (now >= state_->limit.load(std::memory_order_relaxed)) return std::nullopt;
  } while (!state_->in_flight.compare_exchange_weak(now, now + 1, std::memory_order_acquire,
                                                    std::memory_order_relaxed));
  return Permit(state_, state_->clock.now());
}

std::uint32_t ConcurrencyLimiter::limit() const noexcept {
  return state_->limit.load(std::memory_order_relaxed);
}

std::uint32_t ConcurrencyLimiter::in_flight() const noexcept {
  return state_->in_flight.load(std::memory_order_relaxed);
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE
