#ifndef COEFFICIENT_SRC_RATELIMIT_BREAKER_H_
#define COEFFICIENT_SRC_RATELIMIT_BREAKER_H_

#include <chrono>
#include <cstdint>
#include <mutex>
#include <utility>

#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit::detail {

/// A circuit breaker: closed; open after failures in a row; after a pause one call may try.
///
/// Thread safety: all members may be called concurrently.
class Breaker {
 public:
  using Time = std::chrono::system_clock::time_point;
  Breaker(std::uint32_t failures, std::chrono::nanoseconds pause) noexcept
      : most_(failures), pause_(pause) {}

  /// Returns whether to call. After true, say succeeded() or failed(), whatever happens: an
  /// Attempt does.
  [[nodiscard]] bool may_call(Time now) {
    const std::lock_guard lock(mutex_);
    if (failures_ < most_) return true;
    // A clock that went back would keep it open: what lies before the opening is after the pause.
    const bool paused = now >= opened_ && now - opened_ < pause_;
    if (paused || trying_) return false;
    trying_ = true;
    return true;
  }
  void succeeded() {
    const std::lock_guard lock(mutex_);
    failures_ = 0;
    trying_ = false;
  }
  void failed(Time now) {
    const std::lock_guard lock(mutex_);
    if (failures_ < most_) ++failures_;
    trying_ = false;
    opened_ = now;
  }

 private:
  const std::uint32_t most_;
  const std::chrono::nanoseconds pause_;
  std::mutex mutex_;  // guards what follows
  std::uint32_t failures_ = 0;
  bool trying_ = false;
  Time opened_;
};

/// A call that a breaker allowed. One that ends without having said how, since std::bad_alloc
/// passed through it, has failed.
class Attempt {
 public:
  Attempt(Breaker& breaker, Breaker::Time now) noexcept : breaker_(&breaker), now_(now) {}
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  ~Attempt() {
    if (breaker_ != nullptr) breaker_->failed(now_);
  }

  void succeeded() { std::exchange(breaker_, nullptr)->succeeded(); }
  void failed(Breaker::Time now) { std::exchange(breaker_, nullptr)->failed(now); }

 private:
  Breaker* breaker_;
  Breaker::Time now_;
};

}  // namespace ratelimit::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_BREAKER_H_
