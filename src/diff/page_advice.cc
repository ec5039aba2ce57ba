#include "diff/page_advice.h"

#include <sys/mman.h>

#include <cstdint>

COEFFICIENT_BEGIN_NAMESPACE
namespace diff::detail::page_advice {
namespace {

constexpr std::uintptr_t kPage = 4096;

// Of the whole pages between the addresses. Pages may be larger than kPage: then the call fails.
[[maybe_unused]] void advise(char* from, char* to, int advice) noexcept {
  const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(from);
  const std::uintptr_t skip = (kPage - begin % kPage) % kPage;
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(to) & ~(kPage - 1);
  if (end > begin + skip) (void)::madvise(from + skip, end - begin - skip, advice);
}

}  // namespace

void populate([[maybe_unused]] char* from, [[maybe_unused]] char* to) noexcept {
#ifdef MADV_POPULATE_WRITE
  advise(from, to, MADV_POPULATE_WRITE);
#endif
}

void prefer_huge([[maybe_unused]] char* from, [[maybe_unused]] char* to) noexcept {
#ifdef MADV_HUGEPAGE
  advise(from, to, MADV_HUGEPAGE);
#endif
}

void give_back(char* from, char* to) noexcept {
  advise(from, to, MADV_DONTNEED);
}

}  // namespace diff::detail::page_advice
COEFFICIENT_END_NAMESPACE
