#ifndef COEFFICIENT_SRC_RATELIMIT_ENGINE_H_
#define COEFFICIENT_SRC_RATELIMIT_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/ratelimit/keyed_limiter.h"
#include "coefficient/version.h"
#include "ratelimit/sip_hash.h"
#include "ratelimit/step.h"
#include "ratelimit/terms.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// Counts of one policy, for one key or many: what Limiter and KeyedLimiter stand on.
///
/// Thread safety: all members may be called concurrently.
class Engine {
 public:
  Engine(const Terms& terms, std::string policy_name) noexcept
      : history_(terms), policy_name_(std::move(policy_name)) {}
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine();

  /// Does `operation` on the count of the key that has `hash`, at `now` (ns, below 2^63).
  virtual Step run(std::uint64_t hash, std::uint64_t now, Operation operation,
                   std::uint64_t cost) noexcept = 0;
  /// The same, told as a decision.
  virtual Decision decide(std::uint64_t hash, std::uint64_t now, Operation operation,
                          std::uint64_t cost) noexcept = 0;
  /// Gives back what a step that said `pooled` took.
  virtual void refund_pool(std::uint64_t hash, std::uint64_t now, std::uint64_t cost) noexcept = 0;
  [[nodiscard]] const std::string& policy_name() const noexcept { return policy_name_; }
  /// Puts other terms in force. Error: kResourceExhausted if a count may still be under terms of 62
  /// changes ago. Not concurrently with itself.
  virtual Result<> change(const Terms& terms) = 0;
  /// Returns the bytes of memory that hold counts.
  [[nodiscard]] virtual std::size_t bytes() const noexcept = 0;

  /// What a key beyond kMaxKeyBytes gets, in shadow mode, too: nothing is known of it.
  [[nodiscard]] Decision key_too_long() const noexcept {
    return Decision{.limit = history_.at(history_.generation()).limit,
                    .retry_after = std::nullopt,
                    .policy = policy_name_};
  }

 protected:
  TermsHistory history_;

 private:
  const std::string policy_name_;
};

/// Counts of many keys: what KeyedLimiter stands on.
///
/// Thread safety: as Engine.
class KeyedEngine : public Engine {
 public:
  using Engine::Engine;

  /// Decides on each of `costs` in turn, as many as `decisions` has, with the misses of several at
  /// once under way.
  virtual void check_many(const SipHash13& hash, std::uint64_t now,
                          std::span<const KeyedCost> costs,
                          std::span<Decision> decisions) noexcept = 0;
  [[nodiscard]] virtual std::uint64_t overflowed() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t reclaimed() const noexcept = 0;
};

/// Returns the clock's time in nanoseconds; 0 before 1970.
inline std::uint64_t nanoseconds_of(const Clock& clock) noexcept {
  const auto now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(clock.now().time_since_epoch()).count();
  return now < 0 ? 0 : static_cast<std::uint64_t>(now);
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_ENGINE_H_
