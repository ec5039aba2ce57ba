// How long a decision takes: one key that all ask for, a million keys in random order, and batches
// of them. The floors are what no correct limiter can leave out: reading the clock, a
// compare-and-swap, and for keys that are not in the cache hashing and one miss that depends on it.
#include <benchmark/benchmark.h>

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "coefficient/ratelimit/keyed_limiter.h"
#include "coefficient/ratelimit/limiter.h"
#include "ratelimit/sip_hash.h"

namespace {

namespace rl = coefficient::ratelimit;
using rl::SipHash13;

constexpr std::size_t kKeys = 1'000'000;
constexpr std::size_t kBatch = 16;
constexpr std::size_t kKeyBytes = 16;

std::uint64_t now() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

// So much that nothing is ever refused: the path that writes.
rl::Policy plenty() {
  return {.name = "plenty",
          .limit = 1'000'000'000,
          .period = std::chrono::seconds(1),
          .burst = std::uint64_t{1} << 60U};
}

rl::KeyedLimiter keyed() {
  auto made = rl::KeyedLimiter::create(plenty(), {.max_keys = kKeys});
  if (!made) std::abort();
  return *std::move(made);
}

class Random {
 public:
  std::uint64_t operator()() noexcept {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return state_;
  }

 private:
  std::uint64_t state_ = 88172645463325252U;
};

using Key = std::array<char, kKeyBytes>;

// "user:00000012345": as text, without the time that printing takes.
Key key_of(std::uint64_t number) noexcept {
  Key key;
  std::memcpy(key.data(), "user:", 5);
  for (std::size_t i = kKeyBytes; i-- > 5; number /= 10)
    key[i] = static_cast<char>('0' + number % 10);
  return key;
}
std::string_view view(const Key& key) noexcept {
  return {key.data(), key.size()};
}

/// All keys in random order, made beforehand: to print one takes half as long as a decision. They
/// are read one after the other, and so cost nothing to speak of.
class Walk {
 public:
  const Key& next() noexcept {
    if (at_ == kKeys) at_ = 0;
    return keys_[at_++];
  }

 private:
  static const Key* keys() {
    static const std::vector<Key> made = [] {
      std::vector<Key> all(kKeys);
      for (std::uint64_t i = 0; i < kKeys; ++i) all[i] = key_of(i);
      Random random;
      for (std::size_t i = kKeys - 1; i > 0; --i) std::swap(all[i], all[random() % i]);
      return all;
    }();
    return made.data();
  }
  const Key* const keys_ = keys();
  std::size_t at_ = 0;
};

/// Lines in large pages, each holding the number of another: all of them one cycle.
class Chase {
 public:
  Chase() : lines_(kKeys * 10 / 7 / 4) {
    void* const memory = mmap(nullptr, lines_ * sizeof(Line), PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    (void)madvise(memory, lines_ * sizeof(Line), MADV_HUGEPAGE);
    data_ = static_cast<Line*>(memory);
    std::vector<std::uint64_t> order(lines_);
    std::iota(order.begin(), order.end(), 0U);
    Random random;
    for (std::size_t i = lines_ - 1; i > 0; --i) std::swap(order[i], order[random() % i]);
    for (std::size_t i = 0; i < lines_; ++i) data_[i].next = order[i];
  }
  Chase(const Chase&) = delete;
  Chase& operator=(const Chase&) = delete;
  ~Chase() { (void)munmap(data_, lines_ * sizeof(Line)); }

  [[nodiscard]] std::uint64_t next(std::uint64_t line) const noexcept { return data_[line].next; }
  std::uint64_t& word(std::uint64_t line) noexcept { return data_[line % lines_].counter; }
  [[nodiscard]] std::uint64_t lines() const noexcept { return lines_; }

 private:
  struct alignas(64) Line {
    std::uint64_t next;
    std::uint64_t counter;
  };
  std::uint64_t lines_;
  Line* data_ = nullptr;
};

void swap_up(std::uint64_t& word) {
  const std::atomic_ref<std::uint64_t> atomic(word);
  std::uint64_t seen = atomic.load(std::memory_order_relaxed);
  while (!atomic.compare_exchange_weak(seen, seen + 1)) {
  }
}

// One key.

void hot_ours(benchmark::State& state) {
  static rl::KeyedLimiter limiter = keyed();
  const Key key = key_of(42);
  for (auto _ : state) benchmark::DoNotOptimize(limiter.check(view(key)).remaining);
}
BENCHMARK(hot_ours)->Name("ratelimit_hot_key/ours");

void single_ours(benchmark::State& state) {
  static rl::Limiter limiter = *rl::Limiter::create(plenty());
  for (auto _ : state) benchmark::DoNotOptimize(limiter.check().remaining);
}
BENCHMARK(single_ours)->Name("ratelimit_one_count/ours");

void hot_floor(benchmark::State& state) {
  alignas(64) std::uint64_t word = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(now());
    swap_up(word);
  }
}
BENCHMARK(hot_floor)->Name("ratelimit_hot_key/floor");
BENCHMARK(hot_floor)->Name("ratelimit_one_count/floor");

void hot_mutex(benchmark::State& state) {
  std::mutex mutex;
  std::uint64_t tat = 0;
  for (auto _ : state) {
    const std::uint64_t at = now();
    const std::lock_guard lock(mutex);
    tat = std::max(tat, at) + 1;
    benchmark::DoNotOptimize(tat);
  }
}
BENCHMARK(hot_mutex)->Name("ratelimit_one_count/peer:mutex-gcra");

// A million keys in random order.

rl::KeyedLimiter& filled() {
  static rl::KeyedLimiter limiter = [] {
    rl::KeyedLimiter made = keyed();
    for (std::uint64_t i = 0; i < kKeys; ++i) (void)made.check(view(key_of(i)), 1U << 30U);
    return made;
  }();
  return limiter;
}

void random_ours(benchmark::State& state) {
  rl::KeyedLimiter& limiter = filled();
  Walk keys;
  for (auto _ : state) benchmark::DoNotOptimize(limiter.check(view(keys.next())).remaining);
}
BENCHMARK(random_ours)->Name("ratelimit_1M_keys/ours");

Chase& chase() {
  static Chase made;
  return made;
}

void random_floor(benchmark::State& state) {
  const Chase& lines = chase();
  const SipHash13 hash({1, 2});
  Walk keys;
  std::uint64_t line = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(hash(view(keys.next())));
    benchmark::DoNotOptimize(now());
    line = lines.next(line);
  }
  benchmark::DoNotOptimize(line);
}
BENCHMARK(random_floor)->Name("ratelimit_1M_keys/floor");

/// What a host writes first: 64 maps of strings, each with a mutex.
class StripedMaps {
 public:
  StripedMaps() {
    for (std::uint64_t i = 0; i < kKeys; ++i) (void)take(view(key_of(i)));
  }
  std::uint64_t take(std::string_view key) {
    const std::uint64_t at = now();
    const std::string text(key);
    Stripe& stripe = stripes_[std::hash<std::string>{}(text) % stripes_.size()];
    const std::lock_guard lock(stripe.mutex);
    std::uint64_t& tat = stripe.counts[text];
    return tat = std::max(tat, at) + 1;
  }

 private:
  struct Stripe {
    std::mutex mutex;
    std::unordered_map<std::string, std::uint64_t> counts;
  };
  std::array<Stripe, 64> stripes_;
};

void random_maps(benchmark::State& state) {
  static const std::unique_ptr<StripedMaps> maps = std::make_unique<StripedMaps>();
  Walk keys;
  for (auto _ : state) benchmark::DoNotOptimize(maps->take(view(keys.next())));
}
BENCHMARK(random_maps)->Name("ratelimit_1M_keys/peer:64-mutex-maps");

// Sixteen of them at once; the time is of one.

void many_ours(benchmark::State& state) {
  rl::KeyedLimiter& limiter = filled();
  Walk keys;
  std::array<rl::KeyedCost, kBatch> costs;
  std::array<rl::Decision, kBatch> decisions;
  while (state.KeepRunningBatch(kBatch)) {
    for (rl::KeyedCost& cost : costs) cost = {view(keys.next()), 1};
    limiter.check_many(costs, decisions);
    benchmark::DoNotOptimize(decisions);
  }
}
BENCHMARK(many_ours)->Name("ratelimit_1M_keys_batch_of_16/ours");

void many_floor(benchmark::State& state) {
  Chase& lines = chase();
  const SipHash13 hash({1, 2});
  Walk keys;
  std::array<std::uint64_t, kBatch> at;
  while (state.KeepRunningBatch(kBatch)) {
    for (std::uint64_t& line : at) {
      line = hash(view(keys.next())) % lines.lines();
      __builtin_prefetch(&lines.word(line), 1);
    }
    benchmark::DoNotOptimize(now());
    for (const std::uint64_t line : at) swap_up(lines.word(line));
  }
}
BENCHMARK(many_floor)->Name("ratelimit_1M_keys_batch_of_16/floor");

}  // namespace
