#include "coefficient/ratelimit/keyed_limiter.h"

#include <utility>

#include "coefficient/core/random.h"
#include "ratelimit/gcra_cell.h"
#include "ratelimit/limiter_state.h"
#include "ratelimit/table_engine.h"
#include "ratelimit/window_cell.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {
namespace {

constexpr std::size_t kMostKeys = std::size_t{1} << 36U;

template <class Cell>
std::unique_ptr<KeyedEngine> make_engine(const Terms& terms, const std::string& name,
                                         std::size_t max_keys) {
  auto lines = ZeroedLines::map(TableEngine<Cell>::lines_for(max_keys));
  if (!lines) return nullptr;
  return std::make_unique<TableEngine<Cell>>(terms, name, *std::move(lines));
}

}  // namespace

Result<KeyedLimiter> KeyedLimiter::create(Policy policy, const KeyedLimiterOptions& options,
                                          const Clock& clock) {
  const auto checked = check_policy(policy);
  if (!checked) return checked.error();
  if (options.max_keys < 1 || options.max_keys > kMostKeys)
    return Error{ErrorCode::kInvalidArgument, "rate limiter: max_keys must be 1 to 2^36"};
  SipHash13::Key key{};
  const auto drawn = random_bytes(std::as_writable_bytes(std::span(key)));
  if (!drawn) return drawn.error();
  const Terms terms = make_terms(policy, nanoseconds_of(clock));
  auto engine = policy.algorithm == Algorithm::kGcra
                    ? make_engine<GcraCell>(terms, policy.name, options.max_keys)
                    : make_engine<WindowCell>(terms, policy.name, options.max_keys);
  if (engine == nullptr)
    return Error{ErrorCode::kResourceExhausted, "rate limiter: no memory for max_keys"};
  return KeyedLimiter(std::make_unique<State>(std::move(policy), clock, std::move(engine), key));
}

KeyedLimiter::KeyedLimiter(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
KeyedLimiter::KeyedLimiter(KeyedLimiter&&) noexcept = default;
KeyedLimiter& KeyedLimiter::operator=(KeyedLimiter&&) noexcept = default;
KeyedLimiter::~KeyedLimiter() = default;

Decision KeyedLimiter::check(std::string_view key, std::uint64_t cost) noexcept {
  return state_->run_key(key, Operation::kCheck, cost);
}
Decision KeyedLimiter::peek(std::string_view key) const noexcept {
  return state_->run_key(key, Operation::kProbe, 0);
}
Decision KeyedLimiter::reserve(std::string_view key, std::uint64_t cost) noexcept {
  return state_->run_key(key, Operation::kReserve, cost);
}
Decision KeyedLimiter::refund(std::string_view key, std::uint64_t cost) noexcept {
  return state_->run_key(key, Operation::kRefund, cost);
}

void KeyedLimiter::check_many(std::span<const KeyedCost> costs,
                              std::span<Decision> decisions) noexcept {
  state_->keyed.check_many(state_->hash, state_->now(), costs, decisions);
}

Result<> KeyedLimiter::set_policy(Policy policy) {
  return state_->set_policy(std::move(policy));
}
Policy KeyedLimiter::policy() const {
  return state_->copy_policy();
}
KeyedLimiterCounters KeyedLimiter::counters() const noexcept {
  return {.overflowed = state_->keyed.overflowed(), .reclaimed = state_->keyed.reclaimed()};
}
std::size_t KeyedLimiter::memory_bytes() const noexcept {
  return state_->keyed.bytes();
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE
