#ifndef COEFFICIENT_RATELIMIT_CONCURRENCY_H_
#define COEFFICIENT_RATELIMIT_CONCURRENCY_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

#include "coefficient/core/clock.h"
#include "coefficient/core/result.h"
#include "coefficient/ratelimit/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// How a piece of work ended, as far as it says something about the load.
enum class Outcome : int {
  kSuccess = 1,  ///< It was done; the time it took is a measure.
  kDropped = 2,  ///< It failed of overload: a timeout, a 503, a full queue. The limit goes down.
  kIgnored = 3,  ///< It says nothing: a refused input, an early return, an exception.
};

/// A limit that does not move.
struct FixedLimit {
  std::uint32_t limit = 100;
};

/// Additive increase, multiplicative decrease (RFC 5681 section 3.1, as for a TCP window in
/// congestion avoidance): each success while at least half of the limit is in use adds 1/limit, so
/// one more in the time that one answer takes; a drop multiplies by `backoff`. Work that began
/// before the last decrease does not decrease again: what one overload drops is one signal.
struct AimdLimit {
  std::uint32_t initial = 20;
  std::uint32_t min = 1;
  std::uint32_t max = 1000;
  double backoff = 0.9;  ///< From 0.5 to below 1.
  /// A success that took longer is a drop. Zero: none is.
  std::chrono::nanoseconds timeout = std::chrono::seconds(5);
};

/// The latency gradient of Netflix' concurrency-limits, "Gradient2". Latencies are averaged over a
/// sample of at least `sample_size` pieces of work that spans at least `sample_time`; at its end
///
///   limit' = (1 - smoothing) * limit + smoothing * (limit * g + queue)
///   g = clamp(tolerance * long_latency / sample_latency, 0.5, 1)
///
/// where long_latency is an exponential average over `long_samples` samples, which falls faster
/// when it is more than twice the sample's. A sample that used less than half of the limit teaches
/// only the latency. Beyond the original: a drop in a sample makes g 0.5.
///
/// A load that never pauses for `long_samples` samples becomes what the long run takes for normal,
/// and the limit creeps up: `max` must be what the server can bear for a while.
struct Gradient2Limit {
  std::uint32_t initial = 20;
  std::uint32_t min = 20;
  std::uint32_t max = 200;
  std::uint32_t queue = 4;  ///< How many may queue at the server; at least 1.
  double tolerance = 1.5;   ///< From 1 to 10: how much slower than the long run is normal.
  double smoothing = 0.2;   ///< Above 0, to 1.
  std::uint32_t long_samples = 600;
  std::uint32_t sample_size = 10;
  std::chrono::nanoseconds sample_time = std::chrono::milliseconds(100);
};

using ConcurrencyPolicy = std::variant<FixedLimit, AimdLimit, Gradient2Limit>;

class ConcurrencyLimiter;

/// The right to do one piece of work, given back on destruction (as kIgnored, since nobody said how
/// it went). It keeps the limiter's state alive, so it may outlive the limiter.
///
/// Thread safety: distinct objects only; a permit may be moved to and given back on any thread.
class COEFFICIENT_RATELIMIT_EXPORT Permit {
 public:
  Permit(Permit&& other) noexcept;
  Permit& operator=(Permit&& other) noexcept;
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;
  ~Permit();
  /// Gives the permit back and tells the limit how it went. Further calls do nothing.
  void release(Outcome outcome) noexcept;

 private:
  friend class ConcurrencyLimiter;
  struct State;
  Permit(std::shared_ptr<State> state, std::chrono::system_clock::time_point start) noexcept;
  std::shared_ptr<State> state_;
  std::chrono::system_clock::time_point start_;
};

/// Bounds how many pieces of work are under way at once; what does not fit is refused at once, and
/// whether to queue it is the host's business. Where a rate limiter protects from a client, this
/// protects the server itself (or one that it calls), whose capacity is not known beforehand.
///
/// Latencies come from the clock: one that was set back or stands still during the work makes no
/// measure, one set forward makes a single wrong one.
///
/// Thread safety: all members may be called concurrently. try_acquire() is lock-free; giving back
/// to an adaptive limit takes a lock for a few arithmetic operations.
class COEFFICIENT_RATELIMIT_EXPORT ConcurrencyLimiter {
 public:
  /// Errors: kInvalidArgument for a limit, minimum or queue of 0, a limit above 1 000 000,
  /// initial not within [min, max], a factor outside its range, a negative time. `clock` must
  /// outlive the limiter and its permits.
  static Result<ConcurrencyLimiter> create(const ConcurrencyPolicy& policy,
                                           const Clock& clock = steady_clock());

  /// Returns a permit, or nothing when limit() are under way.
  [[nodiscard]] std::optional<Permit> try_acquire() noexcept;
  /// Returns the limit of this moment. It may be below in_flight() after a decrease: then nothing
  /// is taken back, but nothing is given either.
  [[nodiscard]] std::uint32_t limit() const noexcept;
  [[nodiscard]] std::uint32_t in_flight() const noexcept;

 private:
  explicit ConcurrencyLimiter(std::shared_ptr<Permit::State> state) noexcept;
  std::shared_ptr<Permit::State> state_;
};

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_RATELIMIT_CONCURRENCY_H_
