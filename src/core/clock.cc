#include "coefficient/core/clock.h"

#include <cstddef>
#include <new>

COEFFICIENT_BEGIN_NAMESPACE

Clock::~Clock() = default;  // key function: vtable and typeinfo are emitted here, once

namespace {
class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::chrono::system_clock::time_point now() const noexcept override {
    return std::chrono::system_clock::now();
  }
};

class SteadyClock final : public Clock {
 public:
  [[nodiscard]] std::chrono::system_clock::time_point now() const noexcept override {
    return std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(
            std::chrono::steady_clock::now().time_since_epoch() + ahead_));
  }

 private:
  // How far the wall clock was ahead of that which nobody can set.
  std::chrono::nanoseconds ahead_ = std::chrono::system_clock::now().time_since_epoch() -
                                    std::chrono::steady_clock::now().time_since_epoch();
};
}  // namespace

const Clock& system_clock() noexcept {
  // Placement new: cannot throw, and no destructor runs while other threads still ask the time.
  alignas(SystemClock) static std::byte storage[sizeof(SystemClock)];
  static const Clock* const clock = ::new (storage) SystemClock;
  return *clock;
}

const Clock& steady_clock() noexcept {
  alignas(SteadyClock) static std::byte storage[sizeof(SteadyClock)];
  static const Clock* const clock = ::new (storage) SteadyClock;
  return *clock;
}

ManualClock::ManualClock(std::chrono::system_clock::time_point start) noexcept
    : ticks_(start.time_since_epoch().count()) {}

std::chrono::system_clock::time_point ManualClock::now() const noexcept {
  return std::chrono::system_clock::time_point(std::chrono::system_clock::duration(ticks_.load()));
}

void ManualClock::set(std::chrono::system_clock::time_point now) noexcept {
  ticks_.store(now.time_since_epoch().count());
}

void ManualClock::advance(std::chrono::system_clock::duration by) noexcept {
  ticks_.fetch_add(by.count());
}

COEFFICIENT_END_NAMESPACE
