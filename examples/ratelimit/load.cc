#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

#include "coefficient/core/clock.h"
#include "coefficient/ratelimit/keyed_limiter.h"
#include "commands.h"

namespace ratelimit_tool {
namespace {

namespace rl = coefficient::ratelimit;
using std::chrono::nanoseconds;

std::uint64_t now() {
  return static_cast<std::uint64_t>(
      nanoseconds(coefficient::steady_clock().now().time_since_epoch()).count());
}

/// The most that one key may be granted from `begin` to `end`: its burst and what the time gives;
/// of a sliding window, its limit in each window that was touched.
std::uint64_t bound(const rl::Policy& policy, std::uint64_t begin, std::uint64_t end) {
  if (policy.algorithm == rl::Algorithm::kGcra)
    return policy.burst +
           (end - begin) / static_cast<std::uint64_t>(rl::emission_interval(policy).count());
  const auto period = static_cast<std::uint64_t>(policy.period.count());
  std::uint64_t most = 0;
  if (__builtin_mul_overflow(policy.limit, end / period - begin / period + 1, &most))
    return std::numeric_limits<std::uint64_t>::max();
  return most;
}

using Grants = std::vector<std::uint64_t>;
constexpr std::uint64_t kMostCounts = std::uint64_t{1} << 28U;  // of all threads: 2 GiB

// Keys are numbers in eight bytes, asked for in an order that differs between threads.
void drive(rl::KeyedLimiter& limiter, const LoadOptions& options, std::uint64_t thread,
           Grants& granted) {
  std::uint64_t state = thread * 0x9e3779b97f4a7c15U + 1;
  for (std::uint64_t i = 0; i < options.checks; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const std::uint64_t key = (state >> 16U) % options.keys;
    std::array<char, sizeof key> bytes{};
    std::copy_n(reinterpret_cast<const char*>(&key), sizeof key, bytes.begin());
    const rl::Decision decision = limiter.check({bytes.data(), bytes.size()});
    granted[key] += decision.allowed && !decision.shadow_denied ? 1U : 0U;
  }
}

int report(const rl::Policy& policy, const LoadOptions& options, const rl::KeyedLimiter& limiter,
           const std::vector<Grants>& of_threads, std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t most = bound(policy, begin, end);
  std::uint64_t granted = 0;
  std::uint64_t largest = 0;
  for (std::uint64_t key = 0; key < options.keys; ++key) {
    std::uint64_t of_key = 0;
    for (const Grants& grants : of_threads) of_key += grants[key];
    granted += of_key;
    largest = std::max(largest, of_key);
  }
  const std::uint64_t checks = options.threads * options.checks;
  const nlohmann::ordered_json out = {
      {"policy", to_text(policy)},
      {"threads", options.threads},
      {"keys", options.keys},
      {"checks", checks},
      {"elapsed_ns", end - begin},
      {"ns_per_check", (end - begin) / std::max<std::uint64_t>(checks, 1)},
      {"granted", granted},
      {"granted_to_one_key", largest},
      {"bound_of_one_key", most},
      {"overflowed", limiter.counters().overflowed},
      {"reclaimed", limiter.counters().reclaimed},
      {"memory_bytes", limiter.memory_bytes()}};
  std::cout << out.dump() << std::endl;
  if (largest > most) return fail(kOverAdmitted, "a key was granted more than its policy");
  return std::cout ? kDone : fail(kUsage, "cannot write the output");
}

}  // namespace

int load(const rl::Policy& policy, const LoadOptions& options) {
  auto limiter = rl::KeyedLimiter::create(policy, {.max_keys = options.max_keys});
  if (!limiter) return fail(kUsage, limiter.error().message);
  if (options.keys > kMostCounts / options.threads)
    return fail(kUsage, "threads times keys must be at most 2^28");
  std::vector<Grants> granted(options.threads, Grants(options.keys));
  std::vector<std::thread> threads;
  threads.reserve(options.threads);
  std::atomic<std::uint64_t> ready = 0;
  std::atomic<bool> given_up = false;
  const std::uint64_t begin = now();
  try {
    for (std::uint64_t i = 0; i < options.threads; ++i)
      threads.emplace_back([&, i] {
        ++ready;
        while (ready < options.threads && !given_up) std::this_thread::yield();
        if (!given_up) drive(*limiter, options, i, granted[i]);
      });
  } catch (const std::exception&) {  // std::system_error, or std::bad_alloc of a thread's state
    given_up = true;
  }
  for (std::thread& thread : threads) thread.join();
  if (given_up) return fail(kUsage, "the system does not give so many threads");
  return report(policy, options, *limiter, granted, begin, now());
}

}  // namespace ratelimit_tool
