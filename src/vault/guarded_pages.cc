#include "vault/guarded_pages.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "coefficient/core/secret_bytes.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {
namespace {

#ifdef SYS_memfd_secret
constexpr long kMemfdSecret = SYS_memfd_secret;
#else
constexpr long kMemfdSecret = 447;  // the same on every architecture that has it
#endif

constexpr int kReadWrite = PROT_READ | PROT_WRITE;

std::size_t page_size() noexcept {
  return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Replaces [at, at + size) by secret memory; the mapping stays as it was if there is none. Secret
// memory is locked and counts against RLIMIT_MEMLOCK.
bool map_secret(std::byte* at, std::size_t size) noexcept {
  const long fd = syscall(kMemfdSecret, O_CLOEXEC);
  if (fd < 0) return false;
  const int file = static_cast<int>(fd);
  // Mapped elsewhere and then moved: a MAP_FIXED that fails, as it does when too little may be
  // locked, may already have removed what was there.
  void* elsewhere = MAP_FAILED;
  if (ftruncate(file, static_cast<off_t>(size)) == 0)
    elsewhere = mmap(nullptr, size, kReadWrite, MAP_SHARED, file, 0);
  const bool moved = elsewhere != MAP_FAILED &&
                     mremap(elsewhere, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, at) == at;
  if (elsewhere != MAP_FAILED && !moved) munmap(elsewhere, size);
  close(file);
  return moved;
}

}  // namespace

GuardedPages::GuardedPages(std::byte* base, std::size_t usable) noexcept
    : base_(base), usable_(usable) {}

GuardedPages::GuardedPages(GuardedPages&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)),
      usable_(other.usable_),
      level_(other.level_),
      marked_(other.marked_) {}

GuardedPages::~GuardedPages() {
  if (base_ != nullptr) unmap();
}

void GuardedPages::unmap() noexcept {
  const std::size_t page = page_size();
  const bool here = marked_ && alive();
  if (here) wipe(bytes());
  if (here || level_ != MemoryLevel::kSecret) {
    munmap(base_, usable_ + 3 * page);
    return;
  }
  // A child of fork() has a hole where the secret pages were, and may have mapped other things in.
  munmap(base_, 2 * page);
  munmap(base_ + 2 * page + usable_, page);
}

std::span<std::byte> GuardedPages::bytes() const noexcept {
  return {base_ + 2 * page_size(), usable_};
}

bool GuardedPages::alive() const noexcept {
  return std::to_integer<unsigned>(*static_cast<volatile std::byte*>(base_)) == 1;
}

bool GuardedPages::protect() noexcept {
  const std::size_t page = page_size();
  std::byte* const usable = bytes().data();
  if (mprotect(base_, page, kReadWrite) != 0 || madvise(base_, page, MADV_WIPEONFORK) != 0)
    return false;
  marked_ = true;
  if (map_secret(usable, usable_)) {
    if (madvise(usable, usable_, MADV_DONTFORK) != 0) return false;
    level_ = MemoryLevel::kSecret;
  } else {
    if (mprotect(usable, usable_, kReadWrite) != 0 ||
        madvise(usable, usable_, MADV_WIPEONFORK) != 0)
      return false;
    // Not mlock(): sanitizers replace it by nothing, and the level would be a lie.
    if (mlock2(usable, usable_, 0) == 0) level_ = MemoryLevel::kLocked;
  }
  if (madvise(usable, usable_, MADV_DONTDUMP) != 0) return false;
  *base_ = std::byte{1};
  return true;
}

Result<GuardedPages> GuardedPages::map(std::size_t bytes) {
  const std::size_t page = page_size();
  const std::size_t usable = (bytes + page - 1) / page * page;
  void* const base =
      mmap(nullptr, usable + 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return Error{ErrorCode::kResourceExhausted, "no memory for keys"};
  GuardedPages pages(static_cast<std::byte*>(base), usable);
  if (!pages.protect())
    return Error{ErrorCode::kResourceExhausted, "memory for keys cannot be guarded"};
  return pages;
}

}  // namespace vault
COEFFICIENT_END_NAMESPACE
