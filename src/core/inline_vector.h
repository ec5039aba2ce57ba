#ifndef COEFFICIENT_SRC_CORE_INLINE_VECTOR_H_
#define COEFFICIENT_SRC_CORE_INLINE_VECTOR_H_

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace detail {

/// Up to N elements stored in place: no heap, and storage that is not used is not touched either,
/// which is what tells it from std::array on a hot path.
///
/// Thread safety: distinct objects only.
template <class T, std::size_t N>
class InlineVector {
 public:
  InlineVector() noexcept {}  // NOLINT(modernize-use-equals-default): storage_ stays unwritten
  InlineVector(const InlineVector&) = delete;
  InlineVector& operator=(const InlineVector&) = delete;
  ~InlineVector() { std::destroy_n(begin(), size_); }

  /// Precondition: size() < N.
  template <class... Args>
  T& emplace_back(Args&&... args) {
    T* element =
        ::new (static_cast<void*>(storage_ + size_ * sizeof(T))) T{std::forward<Args>(args)...};
    ++size_;
    return *element;
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  T* begin() noexcept { return std::launder(reinterpret_cast<T*>(storage_)); }
  T* end() noexcept { return begin() + size_; }

 private:
  std::size_t size_ = 0;
  alignas(T) std::byte storage_[N * sizeof(T)];
};

}  // namespace detail
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_INLINE_VECTOR_H_
