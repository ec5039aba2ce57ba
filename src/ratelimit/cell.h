#ifndef COEFFICIENT_SRC_RATELIMIT_CELL_H_
#define COEFFICIENT_SRC_RATELIMIT_CELL_H_

#include <atomic>
#include <cstdint>
#include <limits>
#include <thread>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// What the word of a cell that holds its state says while somebody rewrites the cell. No state is
/// ever this large.
inline constexpr std::uint64_t kLocked = std::numeric_limits<std::uint64_t>::max();

using Word = std::atomic_ref<std::uint64_t>;
static_assert(Word::is_always_lock_free);

/// Waits for somebody who is a few instructions from done, unless the scheduler took the processor
/// from them.
class Backoff {
 public:
  void wait() noexcept {
    if (++turns_ < kSpins) return;
    std::this_thread::yield();
  }

 private:
  static constexpr unsigned kSpins = 64;
  unsigned turns_ = 0;
};

/// Locks a cell by its state word and returns what it held.
inline std::uint64_t lock_word(std::uint64_t& word) noexcept {
  Backoff backoff;
  std::uint64_t seen = Word(word).load(std::memory_order_relaxed);
  for (;;) {
    if (seen == kLocked) {
      backoff.wait();
      seen = Word(word).load(std::memory_order_relaxed);
    } else if (Word(word).compare_exchange_weak(seen, kLocked, std::memory_order_acquire,
                                                std::memory_order_relaxed)) {
      return seen;
    }
  }
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_CELL_H_
