#ifndef COEFFICIENT_CORE_CLOCK_H_
#define COEFFICIENT_CORE_CLOCK_H_

#include <atomic>
#include <chrono>

#include "coefficient/core/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE

/// Where "now" comes from. Every check against time takes one, so that no test sleeps.
///
/// Thread safety: implementations must be safe to call from several threads.
class COEFFICIENT_CORE_EXPORT Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock();
  /// Returns the wall-clock time (UTC, no leap seconds).
  [[nodiscard]] virtual std::chrono::system_clock::time_point now() const noexcept = 0;
};

/// Returns the process-wide wall clock; it is never destroyed.
COEFFICIENT_CORE_EXPORT const Clock& system_clock() noexcept;

/// Returns the process-wide clock that nobody can set: what system_clock() said when it was first
/// asked for, and the time that has passed since. For measuring durations; it may come to differ
/// from UTC. It is never destroyed.
COEFFICIENT_CORE_EXPORT const Clock& steady_clock() noexcept;

/// A clock that stands still until it is told to move, for tests and replays.
///
/// Thread safety: all members may be called concurrently.
class COEFFICIENT_CORE_EXPORT ManualClock final : public Clock {
 public:
  explicit ManualClock(std::chrono::system_clock::time_point start) noexcept;
  [[nodiscard]] std::chrono::system_clock::time_point now() const noexcept override;
  void set(std::chrono::system_clock::time_point now) noexcept;
  void advance(std::chrono::system_clock::duration by) noexcept;

 private:
  std::atomic<std::chrono::system_clock::rep> ticks_;
};

COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_CORE_CLOCK_H_
