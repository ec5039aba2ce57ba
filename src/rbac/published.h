#ifndef COEFFICIENT_SRC_RBAC_PUBLISHED_H_
#define COEFFICIENT_SRC_RBAC_PUBLISHED_H_

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace rbac::detail {

/// An immutable value that is read all the time and replaced now and then. A reader locks one of
/// several slots, chosen by its thread, so that readers do not share a cache line: not even a count
/// of references. A writer locks all of them, and so replaces the value for everybody at once; it
/// cannot be starved by readers, as it could with a reader-writer lock.
///
/// Thread safety: all members may be called concurrently.
template <class T>
class Published {
 public:
  explicit Published(std::shared_ptr<const T> value) { publish(std::move(value)); }

  /// Returns use(value). `use` must be short and must not call this object.
  template <class Use>
  auto read(Use use) const {
    const Slot& slot =
        slots_[std::hash<std::thread::id>{}(std::this_thread::get_id()) % slots_.size()];
    const std::lock_guard lock(slot.mutex);
    return use(*slot.value);
  }

  void publish(std::shared_ptr<const T> value) {
    std::array<std::shared_ptr<const T>, kSlots> old;  // destroyed after the locks
    old.fill(std::move(value));
    std::array<std::unique_lock<std::mutex>, kSlots> locks;
    for (std::size_t i = 0; i < kSlots; ++i) locks[i] = std::unique_lock(slots_[i].mutex);
    for (std::size_t i = 0; i < kSlots; ++i) slots_[i].value.swap(old[i]);
  }

 private:
  static constexpr std::size_t kSlots = 16;
  struct alignas(64) Slot {
    mutable std::mutex mutex;
    std::shared_ptr<const T> value;
  };
  std::array<Slot, kSlots> slots_;
};

}  // namespace rbac::detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RBAC_PUBLISHED_H_
