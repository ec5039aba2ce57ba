#include "coefficient/ratelimit/shared_limiter.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <utility>

#include "ratelimit/breaker.h"
#include "ratelimit/local_share.h"
#include "ratelimit/remembered.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {
namespace {

using Source = SharedDecision::Source;
using Time = std::chrono::system_clock::time_point;

Error bad_option(const char* what) {
  return Error{ErrorCode::kInvalidArgument, std::string("shared limiter: ") + what};
}

Result<> check_options(const SharedLimiterOptions& options) {
  if (options.nodes == 0 || options.nodes > 1'000'000)
    return bad_option("nodes must be 1 to 1000000");
  if (options.remembered_keys > (std::size_t{1} << 24U))
    return bad_option("remembered_keys must be at most 2^24");
  if (options.lease > 1 && options.remembered_keys == 0)
    return bad_option("leases need remembered_keys");
  if (options.lease_time.count() < 0 || options.breaker_pause.count() < 0)
    return bad_option("a time must not be negative");
  if (options.breaker_failures == 0) return bad_option("breaker_failures must be at least 1");
  return {};
}

bool is_enforced(const Policy& policy) {
  return policy.mode == Mode::kEnforce;
}

// Whether a failure says something of the backend, and not only of one key.
bool is_outage(ErrorCode code) {
  return code != ErrorCode::kInvalidArgument && code != ErrorCode::kDataLoss;
}

// The policies in force. Immutable, since decisions are under way while they are replaced.
struct InForce {
  std::uint64_t version;
  std::vector<Policy> policies;  // those in shadow mode last
};

Result<std::vector<Policy>> ordered(const Backend& backend, std::vector<Policy> policies) {
  if (auto checked = backend.check(policies); !checked) return checked.error();
  std::stable_partition(policies.begin(), policies.end(), is_enforced);
  if (!is_enforced(policies.front())) return bad_option("no policy is enforced");
  return policies;
}

}  // namespace

struct SharedLimiter::State {
  State(std::shared_ptr<Backend> backend_, std::vector<Policy> policies,
        const SharedLimiterOptions& options_, const Clock& clock_,
        std::optional<detail::LocalShare> local_)
      : backend(std::move(backend_)),
        options(options_),
        clock(clock_),
        breaker(options.breaker_failures, options.breaker_pause),
        remembered(options.remembered_keys),
        local(std::move(local_)) {
    for (const Policy& policy : policies) names.push_back(policy.name);
    enforced =
        static_cast<std::size_t>(std::count_if(policies.begin(), policies.end(), is_enforced));
    terms = std::make_shared<const InForce>(InForce{1, std::move(policies)});
  }

  std::shared_ptr<const InForce> current() const {
    const std::lock_guard lock(mutex);
    return terms;
  }
  std::optional<SharedDecision> without_backend(const KeyedCost& wanted,
                                                const InForce& now_in_force, Time now);
  std::vector<SharedDecision> ask(std::span<const Ask> asks, const InForce& in_force, Time now);
  SharedDecision from_grant(const Ask& ask, Grant grant, const InForce& in_force, Time now);
  SharedDecision failed(const Ask& ask, ErrorCode code);
  void remember(const Ask& ask, const Grant& grant, const SharedDecision& decision,
                std::uint64_t version, Time now);
  Ask ask_for(Ask::Operation operation, const KeyedCost& wanted, const InForce& in_force, Time now);

  const std::shared_ptr<Backend> backend;
  const SharedLimiterOptions options;
  const Clock& clock;
  std::vector<std::string> names;  // what decisions refer to; never changes
  std::size_t enforced = 0;
  detail::Breaker breaker;
  detail::Remembered remembered;
  std::optional<detail::LocalShare> local;
  mutable std::mutex mutex;  // guards `terms`
  std::shared_ptr<const InForce> terms;
  std::atomic<std::uint64_t> asked = 0;
  std::atomic<std::uint64_t> refused_again = 0;
  std::atomic<std::uint64_t> leased = 0;
  std::atomic<std::uint64_t> failures = 0;
};

std::optional<SharedDecision> SharedLimiter::State::without_backend(const KeyedCost& wanted,
                                                                    const InForce& in_force,
                                                                    Time now) {
  if (wanted.key.empty() || wanted.key.size() > Backend::kMaxKeyBytes)
    return SharedDecision{.allowed = false, .source = Source::kBadKey};
  if (wanted.cost == 0) return std::nullopt;
  auto answer = remembered.find(wanted.key, in_force.version, wanted.cost, now);
  if (!answer) return std::nullopt;
  (answer->allowed ? leased : refused_again).fetch_add(1, std::memory_order_relaxed);
  return SharedDecision{.allowed = answer->allowed,
                        .source = answer->allowed ? Source::kLease : Source::kRemembered,
                        .decisions = std::move(answer->decisions),
                        .enforced = enforced};
}

Ask SharedLimiter::State::ask_for(Ask::Operation operation, const KeyedCost& wanted,
                                  const InForce& in_force, Time now) {
  Ask ask{operation, wanted.key, in_force.policies, wanted.cost, wanted.cost};
  if (operation == Ask::Operation::kTake && wanted.cost < options.lease &&
      remembered.has_room(wanted.key, now))
    ask.want = options.lease;
  return ask;
}

std::vector<SharedDecision> SharedLimiter::State::ask(std::span<const Ask> asks,
                                                      const InForce& in_force, Time now) {
  std::vector<SharedDecision> out;
  out.reserve(asks.size());
  if (!breaker.may_call(now)) {
    for (const Ask& one : asks) out.push_back(failed(one, ErrorCode::kUnavailable));
    return out;
  }
  detail::Attempt attempt(breaker, now);
  asked.fetch_add(asks.size(), std::memory_order_relaxed);
  auto grants = backend->decide(asks);
  bool outage = false;
  for (std::size_t i = 0; i < asks.size(); ++i) {
    if (grants[i]) {
      out.push_back(from_grant(asks[i], *std::move(grants[i]), in_force, now));
      continue;
    }
    outage = outage || is_outage(grants[i].error().code);
    out.push_back(failed(asks[i], grants[i].error().code));
  }
  if (outage)
    attempt.failed(clock.now());  // not `now`: the deadline has passed since
  else
    attempt.succeeded();
  return out;
}

SharedDecision SharedLimiter::State::from_grant(const Ask& ask, Grant grant,
                                                const InForce& in_force, Time now) {
  for (std::size_t i = 0; i < grant.decisions.size(); ++i) grant.decisions[i].policy = names[i];
  SharedDecision out;
  out.allowed = std::all_of(grant.decisions.begin(), grant.decisions.end(),
                            [](const Decision& decision) { return decision.allowed; });
  out.decisions = grant.decisions;
  out.enforced = enforced;
  if (ask.operation == Ask::Operation::kTake) remember(ask, grant, out, in_force.version, now);
  return out;
}

void SharedLimiter::State::remember(const Ask& ask, const Grant& grant,
                                    const SharedDecision& decision, std::uint64_t version,
                                    Time now) {
  if (decision.allowed) {
    if (grant.granted > ask.cost)
      remembered.leased(ask.key, version, grant.granted - ask.cost, options.lease, now,
                        options.lease_time, decision.decisions);
    return;
  }
  const Decision& binding = binding_decision(std::span(decision.decisions).first(enforced));
  // Never: it depends on the cost alone, and a smaller one is another question.
  if (binding.retry_after)
    remembered.refused(ask.key, version, ask.cost, now, *binding.retry_after, decision.decisions);
}

SharedDecision SharedLimiter::State::failed(const Ask& ask, ErrorCode code) {
  failures.fetch_add(1, std::memory_order_relaxed);
  SharedDecision out;
  out.source = Source::kFailure;
  out.failure = code;
  if (!local) {
    out.allowed = options.on_failure == OnFailure::kAllow;
    return out;
  }
  switch (ask.operation) {
    case Ask::Operation::kTake:
      out.decisions.push_back(local->check(ask.key, ask.cost));
      break;
    case Ask::Operation::kPeek:
      out.decisions.push_back(local->peek(ask.key));
      break;
    case Ask::Operation::kRefund:
      out.decisions.push_back(local->refund(ask.key, ask.cost));
      break;
  }
  const auto name = std::find(names.begin(), names.end(), out.decisions.front().policy);
  if (name != names.end()) out.decisions.front().policy = *name;
  out.allowed = out.decisions.front().allowed;
  out.enforced = 1;
  return out;
}

SharedLimiter::SharedLimiter(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
SharedLimiter::SharedLimiter(SharedLimiter&&) noexcept = default;
SharedLimiter& SharedLimiter::operator=(SharedLimiter&&) noexcept = default;
SharedLimiter::~SharedLimiter() = default;

Result<SharedLimiter> SharedLimiter::create(std::shared_ptr<Backend> backend,
                                            std::vector<Policy> policies,
                                            const SharedLimiterOptions& options,
                                            const Clock& clock) {
  if (backend == nullptr) return bad_option("there is no backend");
  if (auto checked = check_options(options); !checked) return checked.error();
  auto in_order = ordered(*backend, std::move(policies));
  if (!in_order) return in_order.error();
  std::optional<detail::LocalShare> local;
  if (options.on_failure == OnFailure::kLocalShare) {
    std::vector<Policy> counted = *in_order;
    std::erase_if(counted, [](const Policy& policy) { return !is_enforced(policy); });
    auto made = detail::LocalShare::create(counted, options.nodes, options.local, clock);
    if (!made) return made.error();
    local.emplace(*std::move(made));
  }
  return SharedLimiter(std::make_unique<State>(std::move(backend), *std::move(in_order), options,
                                               clock, std::move(local)));
}

SharedDecision SharedLimiter::check(std::string_view key, std::uint64_t cost) {
  const KeyedCost wanted{key, cost};
  return std::move(check_many(std::span(&wanted, 1)).front());
}

std::vector<SharedDecision> SharedLimiter::check_many(std::span<const KeyedCost> costs) {
  const auto terms = state_->current();
  const Time now = state_->clock.now();
  std::vector<SharedDecision> out(costs.size());
  std::vector<Ask> asks;
  std::vector<std::size_t> places;  // of the asks in `out`
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (auto known = state_->without_backend(costs[i], *terms, now)) {
      out[i] = *std::move(known);
      continue;
    }
    const auto operation = costs[i].cost == 0 ? Ask::Operation::kPeek : Ask::Operation::kTake;
    asks.push_back(state_->ask_for(operation, costs[i], *terms, now));
    places.push_back(i);
  }
  if (asks.empty()) return out;
  auto answers = state_->ask(asks, *terms, now);
  for (std::size_t i = 0; i < places.size(); ++i) out[places[i]] = std::move(answers[i]);
  return out;
}

SharedDecision SharedLimiter::peek(std::string_view key) {
  return check(key, 0);
}

SharedDecision SharedLimiter::refund(std::string_view key, std::uint64_t cost) {
  if (cost == 0) return peek(key);
  const auto terms = state_->current();
  const Time now = state_->clock.now();
  if (key.empty() || key.size() > Backend::kMaxKeyBytes)
    return SharedDecision{.allowed = false, .source = Source::kBadKey};
  const Ask ask = state_->ask_for(Ask::Operation::kRefund, {key, cost}, *terms, now);
  auto answers = state_->ask(std::span(&ask, 1), *terms, now);
  state_->remembered.refunded(key);
  return std::move(answers.front());
}

Result<> SharedLimiter::set_policies(std::vector<Policy> policies) {
  auto in_order = ordered(*state_->backend, std::move(policies));
  if (!in_order) return in_order.error();
  const std::lock_guard lock(state_->mutex);
  const std::vector<Policy>& before = state_->terms->policies;
  const bool same = std::equal(
      before.begin(), before.end(), in_order->begin(), in_order->end(),
      [](const Policy& a, const Policy& b) { return a.name == b.name && a.mode == b.mode; });
  if (!same) return bad_option("the policies' names, order and modes stay");
  if (state_->local)
    if (auto set = state_->local->set_policies(*in_order); !set) return set;
  state_->terms =
      std::make_shared<const InForce>(InForce{state_->terms->version + 1, *std::move(in_order)});
  return {};
}

SharedLimiterCounters SharedLimiter::counters() const noexcept {
  return {state_->asked.load(std::memory_order_relaxed),
          state_->refused_again.load(std::memory_order_relaxed),
          state_->leased.load(std::memory_order_relaxed),
          state_->failures.load(std::memory_order_relaxed)};
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE
