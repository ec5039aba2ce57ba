#include "coefficient/vault/secret_arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "coefficient/core/secret_bytes.h"
#include "vault/guarded_pages.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

constexpr std::size_t kUnit = 64;  // allocations never share a cache line
constexpr std::size_t kMaxArenaBytes = std::size_t{16} << 20;
constexpr std::size_t kMaxAllocation = 4096;

std::size_t units(std::size_t size) noexcept {
  return (size + kUnit - 1) / kUnit;
}

}  // namespace

struct SecretArena::State {
  explicit State(GuardedPages pages_)
      : pages(std::move(pages_)), used(pages.bytes().size() / kUnit) {}
  const GuardedPages pages;
  std::mutex mutex;
  std::vector<bool> used;  // by unit
};

Result<std::shared_ptr<SecretArena>> SecretArena::create(const SecretArenaOptions& options) {
  if (options.bytes == 0 || options.bytes > kMaxArenaBytes)
    return Error{ErrorCode::kInvalidArgument, "an arena has 1 byte to 16 MiB"};
  auto pages = GuardedPages::map(options.bytes);
  if (!pages) return pages.error();
  if (options.require_locked && pages->level() == MemoryLevel::kMapped)
    return Error{ErrorCode::kResourceExhausted,
                 "memory for keys cannot be locked (RLIMIT_MEMLOCK)"};
  return std::shared_ptr<SecretArena>(new SecretArena(std::make_unique<State>(*std::move(pages))));
}

SecretArena::SecretArena(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
SecretArena::~SecretArena() = default;

MemoryLevel SecretArena::level() const noexcept {
  return state_->pages.level();
}

bool SecretArena::alive() const noexcept {
  return state_->pages.alive();
}

// First fit over a bitmap: an arena has a thousand units and few allocations, none of them hot.
Result<ArenaBytes> SecretArena::allocate(std::size_t size) {
  if (size == 0 || size > kMaxAllocation)
    return Error{ErrorCode::kInvalidArgument, "1 to 4096 bytes can be allocated"};
  if (!alive())
    return Error{ErrorCode::kFailedPrecondition, "the arena stayed in the parent of a fork()"};
  State& s = *state_;
  const std::size_t want = units(size);
  const std::lock_guard lock(s.mutex);
  const auto from =
      std::search_n(s.used.begin(), s.used.end(), static_cast<std::ptrdiff_t>(want), false);
  if (from == s.used.end()) return Error{ErrorCode::kResourceExhausted, "the key arena is full"};
  std::fill_n(from, want, true);
  const auto offset = static_cast<std::size_t>(from - s.used.begin()) * kUnit;
  return ArenaBytes(shared_from_this(), s.pages.bytes().subspan(offset, size));
}

void SecretArena::free(std::span<std::byte> bytes) noexcept {
  if (!alive()) return;
  State& s = *state_;
  wipe(bytes);
  const auto offset = static_cast<std::size_t>(bytes.data() - s.pages.bytes().data()) / kUnit;
  const std::lock_guard lock(s.mutex);
  std::fill_n(s.used.begin() + static_cast<std::ptrdiff_t>(offset), units(bytes.size()), false);
}

ArenaBytes::ArenaBytes(std::shared_ptr<SecretArena> arena, std::span<std::byte> bytes) noexcept
    : arena_(std::move(arena)), bytes_(bytes) {}

ArenaBytes::ArenaBytes(ArenaBytes&& other) noexcept
    : arena_(std::move(other.arena_)), bytes_(std::exchange(other.bytes_, {})) {}

ArenaBytes& ArenaBytes::operator=(ArenaBytes&& other) noexcept {
  if (this != &other) {
    release();
    arena_ = std::move(other.arena_);
    bytes_ = std::exchange(other.bytes_, {});
  }
  return *this;
}

ArenaBytes::~ArenaBytes() {
  release();
}

void ArenaBytes::release() noexcept {
  if (arena_ != nullptr) arena_->free(bytes_);
  arena_.reset();
}

std::span<std::byte> ArenaBytes::expose() const noexcept {
  return arena_ != nullptr && arena_->alive() ? bytes_ : std::span<std::byte>();
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
