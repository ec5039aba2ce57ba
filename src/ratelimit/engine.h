#ifndef COEFFICIENT_SRC_RATELIMIT_ENGINE_H_
#define COEFFICIENT_SRC_RATELIMIT_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/version.h"
#include "ratelimit/step.h"
#include "ratelimit/terms.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// Counts of one policy, for one key or many: what Limiter and KeyedLimiter stand on.
///
/// Thread safety: all members may be called concurrently.
class Engine {
 public:
  explicit Engine(const Terms& terms) noexcept : history_(terms) {}
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine();

  /// Does `operation` on the count of the key that has `hash`, at `now` (ns, below 2^63).
  virtual void run(std::uint64_t hash, std::uint64_t now, Operation operation, std::uint64_t cost,
                   Step& step) noexcept = 0;
  /// Gives back what a step that said `pooled` took.
  virtual void refund_pool(std::uint64_t hash, std::uint64_t now, std::uint64_t cost) noexcept = 0;
  /// Has the memory fetched where the key's count ought to be.
  virtual void prefetch(std::uint64_t hash) const noexcept = 0;
  /// Looks there, and has fetched where those are that are elsewhere.
  virtual void prefetch_rest(std::span<const std::uint64_t> hashes) const noexcept = 0;
  /// Puts other terms in force. Error: kResourceExhausted if a count may still be under terms of 62
  /// changes ago. Not concurrently with itself.
  virtual Result<> change(const Terms& terms) = 0;
  /// Returns the bytes of memory that hold counts.
  [[nodiscard]] virtual std::size_t bytes() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t overflowed() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t reclaimed() const noexcept = 0;

 protected:
  TermsHistory history_;
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
