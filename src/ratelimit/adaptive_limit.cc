#include "ratelimit/adaptive_limit.h"

#include <algorithm>

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit::detail {
namespace {

constexpr double kWorstGradient = 0.5;
constexpr std::uint32_t kWarmUp = 10;
// By how much samples of several threads may come in another order than they ended.
constexpr auto kMostReordering = std::chrono::seconds(1);

std::chrono::system_clock::time_point end_of(const Sample& sample) {
  return sample.start +
         std::chrono::duration_cast<std::chrono::system_clock::duration>(sample.latency);
}

// A limit that is used by less than half is not what holds the work back.
bool is_used(std::uint32_t in_flight, double limit) {
  return static_cast<double>(in_flight) * 2 >= limit;
}

}  // namespace

Aimd::Aimd(const AimdLimit& policy) noexcept : policy_(policy), limit_(policy.initial) {}

void Aimd::learn(const Sample& sample) noexcept {
  const bool late = policy_.timeout.count() > 0 && sample.latency > policy_.timeout;
  if (sample.dropped || late) {
    const auto end = end_of(sample);
    const bool clock_went_back = last_decrease_ && *last_decrease_ - end > kMostReordering;
    if (last_decrease_ && sample.start <= *last_decrease_ && !clock_went_back) return;
    last_decrease_ = end;
    limit_ *= policy_.backoff;
  } else if (is_used(sample.in_flight, limit_)) {
    limit_ += 1 / limit_;
  }
  limit_ = std::clamp(limit_, static_cast<double>(policy_.min), static_cast<double>(policy_.max));
}

Gradient2::Gradient2(const Gradient2Limit& policy) noexcept
    : policy_(policy), limit_(policy.initial) {}

void Gradient2::learn(const Sample& sample) noexcept {
  const auto end = end_of(sample);
  if (!begun_ || end < begin_) {  // or the clock was set back: then the sample begins anew
    begun_ = true;
    begin_ = end;
  }
  most_in_flight_ = std::max(most_in_flight_, sample.in_flight);
  ++finished_;
  if (sample.dropped) {
    dropped_ = true;
  } else {
    latency_sum_ += static_cast<double>(sample.latency.count());
    ++successes_;
  }
  if (finished_ >= policy_.sample_size && end - begin_ >= policy_.sample_time) end_sample();
}

void Gradient2::learn_long(double latency) noexcept {
  if (long_count_ < kWarmUp) {
    ++long_count_;
    long_latency_ += (latency - long_latency_) / long_count_;
    return;
  }
  const double factor = 2.0 / (static_cast<double>(policy_.long_samples) + 1);
  long_latency_ += (latency - long_latency_) * factor;
  // It was learnt under load that is gone, and would hide the next one.
  if (long_latency_ > 2 * latency) long_latency_ *= 0.95;
}

void Gradient2::end_sample() noexcept {
  double gradient = 1;
  if (successes_ > 0) {
    const double latency = latency_sum_ / successes_;
    learn_long(latency);
    gradient = std::clamp(policy_.tolerance * long_latency_ / latency, kWorstGradient, 1.0);
  }
  if (dropped_) gradient = kWorstGradient;
  if (dropped_ || is_used(most_in_flight_, limit_)) {
    const double wanted = limit_ * gradient + policy_.queue;
    limit_ = std::clamp(limit_ + (wanted - limit_) * policy_.smoothing,
                        static_cast<double>(policy_.min), static_cast<double>(policy_.max));
  }
  latency_sum_ = 0;
  successes_ = 0;
  finished_ = 0;
  most_in_flight_ = 0;
  dropped_ = false;
  begun_ = false;
}

}  // namespace ratelimit::detail
COEFFICIENT_END_NAMESPACE
