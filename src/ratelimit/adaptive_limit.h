#ifndef COEFFICIENT_SRC_RATELIMIT_ADAPTIVE_LIMIT_H_
#define COEFFICIENT_SRC_RATELIMIT_ADAPTIVE_LIMIT_H_

#include <chrono>
#include <cstdint>
#include <optional>

#include "coefficient/ratelimit/concurrency.h"
#include "coefficient/version.h"

// Private to the library: never installed. The arithmetic of the adaptive limits, without threads.
COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit::detail {

/// One finished piece of work.
struct Sample {
  std::chrono::system_clock::time_point start;
  std::chrono::nanoseconds latency;  ///< Positive.
  std::uint32_t in_flight;           ///< With it.
  bool dropped;
};

/// Thread safety: distinct objects only.
class Aimd {
 public:
  explicit Aimd(const AimdLimit& policy) noexcept;
  void learn(const Sample& sample) noexcept;
  /// Returns the whole part: a limit is never rounded up.
  [[nodiscard]] std::uint32_t limit() const noexcept { return static_cast<std::uint32_t>(limit_); }

 private:
  AimdLimit policy_;
  double limit_;
  std::optional<std::chrono::system_clock::time_point> last_decrease_;
};

/// Thread safety: distinct objects only.
class Gradient2 {
 public:
  explicit Gradient2(const Gradient2Limit& policy) noexcept;
  void learn(const Sample& sample) noexcept;
  [[nodiscard]] std::uint32_t limit() const noexcept { return static_cast<std::uint32_t>(limit_); }

 private:
  void end_sample() noexcept;
  void learn_long(double latency) noexcept;

  Gradient2Limit policy_;
  double limit_;
  double long_latency_ = 0;           // ns
  std::uint32_t long_count_ = 0;      // up to the warm-up's size
  double latency_sum_ = 0;            // of this sample, ns
  std::uint32_t successes_ = 0;       // of this sample
  std::uint32_t finished_ = 0;        // of this sample: successes and drops
  std::uint32_t most_in_flight_ = 0;  // of this sample
  bool dropped_ = false;              // in this sample
  bool begun_ = false;
  std::chrono::system_clock::time_point begin_;  // of this sample
};

}  // namespace ratelimit::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_ADAPTIVE_LIMIT_H_
