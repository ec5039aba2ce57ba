#ifndef COEFFICIENT_SRC_VAULT_GUARDED_PAGES_H_
#define COEFFICIENT_SRC_VAULT_GUARDED_PAGES_H_

#include <cstddef>
#include <span>

#include "coefficient/core/result.h"
#include "coefficient/vault/secret_arena.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace vault {

/// Pages of the best level that the system gives, between two that fault, and one more page that
/// tells a child of fork() from its parent: private memory that the kernel zeroes in the child.
/// (memfd_secret memory is shared and cannot be zeroed there; the child does not get it at all.)
///
/// Thread safety: immutable, but for what is written to bytes().
class GuardedPages {
 public:
  /// Errors: kResourceExhausted if memory cannot be mapped, or not kept from a forked child.
  static Result<GuardedPages> map(std::size_t bytes);
  GuardedPages(GuardedPages&& other) noexcept;
  GuardedPages& operator=(GuardedPages&&) = delete;
  GuardedPages(const GuardedPages&) = delete;
  GuardedPages& operator=(const GuardedPages&) = delete;
  ~GuardedPages();

  [[nodiscard]] std::span<std::byte> bytes() const noexcept;
  [[nodiscard]] MemoryLevel level() const noexcept { return level_; }
  [[nodiscard]] bool alive() const noexcept;

 private:
  // [mark page][guard page][usable pages][guard page]
  GuardedPages(std::byte* base, std::size_t usable) noexcept;
  [[nodiscard]] bool protect() noexcept;
  void unmap() noexcept;
  std::byte* base_;
  std::size_t usable_;
  MemoryLevel level_ = MemoryLevel::kMapped;
  bool marked_ = false;  // the mark page can be read
};

}  // namespace vault
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_VAULT_GUARDED_PAGES_H_
