#include "core/crypto/md_context.h"

#include <array>
#include <atomic>
#include <new>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {
namespace {

struct Kept {
  EVP_MD_CTX* context;
  std::uint64_t id;  ///< Of the state it stands at; 0 for an empty one.
};

// Of one thread: a key and an algorithm or two. They have no destructor, so that a digest in
// another thread_local's destructor still finds valid (empty, closed) places.
constexpr std::size_t kPlaces = 4;
thread_local std::array<Kept, kPlaces> kept{};
thread_local std::size_t next_place = 0;
thread_local bool closed = false;

struct Closer {
  Closer() = default;
  Closer(const Closer&) = delete;
  Closer& operator=(const Closer&) = delete;
  ~Closer() {
    closed = true;
    for (Kept& place : kept) EVP_MD_CTX_free(std::exchange(place, {}).context);
  }
};

// Returns where to keep another context: an empty place, or else the next one in turn.
Kept& place_to_keep() noexcept {
  for (Kept& place : kept)
    if (place.context == nullptr) return place;
  return kept[next_place++ % kPlaces];
}

// Returns the kept context that stands at the state `id`; else any; else a new one.
Kept borrow(std::uint64_t id) noexcept {
  Kept* any = nullptr;
  for (Kept& place : kept) {
    if (place.context == nullptr) continue;
    if (place.id == id) return std::exchange(place, {});
    any = &place;
  }
  if (any != nullptr) return std::exchange(*any, {});
  return {EVP_MD_CTX_new(), 0};
}

}  // namespace

MdContext new_md_context() {
  MdContext context(EVP_MD_CTX_new());
  // operator new is what throws (or aborts in a host without exceptions); the library has no throw.
  if (context == nullptr) ::operator delete(::operator new(static_cast<std::size_t>(-1) / 2));
  return context;
}

std::uint64_t new_md_start_id() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

ThreadMdContext::ThreadMdContext(const MdStart& start) noexcept {
  const Kept from = borrow(start.id);
  context_ = from.context;
  if (context_ == nullptr || start.context == nullptr) return;
  if (from.id == start.id || EVP_MD_CTX_copy_ex(context_, start.context) == 1) id_ = start.id;
}

ThreadMdContext::ThreadMdContext(ThreadMdContext&& other) noexcept
    : context_(std::exchange(other.context_, nullptr)),
      id_(std::exchange(other.id_, 0)),
      at_start_(std::exchange(other.at_start_, false)) {}

ThreadMdContext& ThreadMdContext::operator=(ThreadMdContext&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  context_ = std::exchange(other.context_, nullptr);
  id_ = std::exchange(other.id_, 0);
  at_start_ = std::exchange(other.at_start_, false);
  return *this;
}

void ThreadMdContext::put_back(const MdStart& start) noexcept {
  at_start_ = id_ == start.id && id_ != 0 && EVP_MD_CTX_copy_ex(context_, start.context) == 1;
}

void ThreadMdContext::give_back() noexcept {
  EVP_MD_CTX* const context = std::exchange(context_, nullptr);
  if (context == nullptr) return;
  if (closed) {
    EVP_MD_CTX_free(context);
    return;
  }
  if (!at_start_) EVP_MD_CTX_reset(context);
  thread_local Closer closer;
  (void)closer;
  EVP_MD_CTX_free(std::exchange(place_to_keep(), {context, at_start_ ? id_ : 0}).context);
}

}  // namespace crypto
COEFFICIENT_END_NAMESPACE
