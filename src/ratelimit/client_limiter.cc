#include "coefficient/ratelimit/client_limiter.h"

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using Limited = RateAdvice::Limited;
using Time = std::chrono::system_clock::time_point;

constexpr std::size_t kMostNameBytes = 128;

Error invalid(const char* what) {
  return Error{ErrorCode::kInvalidArgument, std::string("client limiter: ") + what};
}

bool is_sensible(seconds time) {
  constexpr seconds kTenYears(315'576'000);
  return time >= seconds(1) && time <= kTenYears;
}

}  // namespace

struct ClientLimiter::State {
  struct Resource {
    Time paused_until{};
    std::optional<std::uint64_t> remaining;
    Time reset_at{};
    [[nodiscard]] bool says_something(Time now) const {
      return now < paused_until || (remaining && now < reset_at);
    }
  };

  State(const ClientLimiterOptions& options_, const Clock& clock_)
      : options(options_), clock(clock_) {}

  Resource& resource_of(std::string_view name);
  void forget(Time now);
  // Returns how long a refusal stops what `paused_until` is of, and counts it.
  nanoseconds pause(const RateAdvice& advice, Time paused_until, Time now);
  void learn_remaining(Resource& resource, const RateAdvice& advice, Time now) const;
  [[nodiscard]] nanoseconds bounded(nanoseconds wait) const {
    return std::clamp<nanoseconds>(wait, nanoseconds(0), options.longest_wait);
  }

  const ClientLimiterOptions options;
  const Clock& clock;
  std::mutex mutex;  // guards what follows
  std::map<std::string, Resource, std::less<>> resources;
  Resource everything;
  std::uint32_t refusals = 0;
};

// Makes room. Whoever holds a Resource& must not call it.
void ClientLimiter::State::forget(Time now) {
  if (resources.size() + 2 <= options.max_resources) return;
  std::erase_if(resources, [now](const auto& one) { return !one.second.says_something(now); });
}

ClientLimiter::State::Resource& ClientLimiter::State::resource_of(std::string_view name) {
  name = name.substr(0, kMostNameBytes);
  if (const auto found = resources.find(name); found != resources.end()) return found->second;
  if (resources.size() >= options.max_resources) return everything;
  return resources.emplace(name, Resource{}).first->second;
}

nanoseconds ClientLimiter::State::pause(const RateAdvice& advice, Time paused_until, Time now) {
  // During a pause come the answers to what was sent before it: they are no new refusals.
  const bool is_new = now >= paused_until;
  if (is_new && refusals < 64) ++refusals;
  const std::uint32_t doublings = std::min(std::max(refusals, 1U) - 1, 32U);
  const seconds own =
      std::min(options.first_pause * (std::int64_t{1} << doublings), options.longest_pause);
  const seconds said = advice.wait.value_or(seconds(0));
  // A service that refuses and says "at once" says no time.
  if (advice.limited == Limited::kResource && said > seconds(0)) return bounded(said);
  return bounded(std::max(own, said));
}

void ClientLimiter::State::learn_remaining(Resource& resource, const RateAdvice& advice,
                                           Time now) const {
  if (!advice.remaining || !advice.reset_in) return;
  const Time reset = now + std::chrono::duration_cast<Time::duration>(bounded(*advice.reset_in));
  // Two answers of one window give its end to within a second or two; more is another window.
  const bool same_window = resource.remaining && now < resource.reset_at &&
                           std::chrono::abs(reset - resource.reset_at) <= seconds(5);
  resource.remaining =
      same_window ? std::min(*resource.remaining, *advice.remaining) : *advice.remaining;
  resource.reset_at = reset;
}

ClientLimiter::ClientLimiter(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
ClientLimiter::ClientLimiter(ClientLimiter&&) noexcept = default;
ClientLimiter& ClientLimiter::operator=(ClientLimiter&&) noexcept = default;
ClientLimiter::~ClientLimiter() = default;

Result<ClientLimiter> ClientLimiter::create(const ClientLimiterOptions& options,
                                            const Clock& clock) {
  if (options.service != Service::kGithub && options.service != Service::kSlack)
    return invalid("there is no such service");
  if (!is_sensible(options.first_pause) || !is_sensible(options.longest_pause) ||
      !is_sensible(options.longest_wait))
    return invalid("a time must be 1 s to 10 years");
  if (options.first_pause > options.longest_pause)
    return invalid("first_pause must not be above longest_pause");
  if (options.max_resources == 0 || options.max_resources > 1'000'000)
    return invalid("max_resources must be 1 to 1000000");
  return ClientLimiter(std::make_unique<State>(options, clock));
}

nanoseconds ClientLimiter::before_request(std::string_view resource) {
  const std::lock_guard lock(state_->mutex);
  const Time now = state_->clock.now();
  state_->forget(now);
  State::Resource& own = state_->resource_of(resource);
  const Time paused_until = std::max(own.paused_until, state_->everything.paused_until);
  if (now < paused_until) return state_->bounded(paused_until - now);
  if (!own.remaining) return nanoseconds(0);
  if (now >= own.reset_at) {
    own.remaining.reset();
  } else if (*own.remaining == 0) {
    return state_->bounded(own.reset_at - now);
  } else {
    --*own.remaining;
  }
  return nanoseconds(0);
}

RateAdvice ClientLimiter::after_answer(std::string_view resource, const Answer& answer) {
  const std::lock_guard lock(state_->mutex);
  const Time now = state_->clock.now();
  RateAdvice advice = read_rate_advice(state_->options.service, answer, now);
  state_->forget(now);
  // The service's name for it may be another than the caller's, and others may use it.
  std::vector<State::Resource*> named{&state_->resource_of(resource)};
  if (!advice.resource.empty()) named.push_back(&state_->resource_of(advice.resource));
  if (named.front() == named.back()) named.resize(1);
  for (State::Resource* one : named) state_->learn_remaining(*one, advice, now);
  if (advice.limited == Limited::kNo) {
    const Time paused_until =
        std::max(named.front()->paused_until, state_->everything.paused_until);
    if (answer.status < 400 && now >= paused_until) state_->refusals = 0;
    return advice;
  }
  if (advice.limited == Limited::kEverything) named = {&state_->everything};
  const nanoseconds wait = state_->pause(advice, named.front()->paused_until, now);
  const Time until = now + std::chrono::duration_cast<Time::duration>(wait);
  for (State::Resource* one : named) one->paused_until = std::max(one->paused_until, until);
  return advice;
}

std::uint32_t ClientLimiter::refusals() const {
  const std::lock_guard lock(state_->mutex);
  return state_->refusals;
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE
