#include "audit/fork_mark.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

COEFFICIENT_BEGIN_NAMESPACE
namespace audit {
namespace {

constexpr std::size_t kBytes = 4096;

}  // namespace

ForkMark::ForkMark() noexcept : pid_(::getpid()), page_(nullptr) {
  void* page = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return;
  if (::madvise(page, kBytes, MADV_WIPEONFORK) != 0) {
    ::munmap(page, kBytes);
    return;
  }
  page_ = static_cast<unsigned char*>(page);
  *page_ = 1;
}

ForkMark::~ForkMark() {
  if (page_ != nullptr) ::munmap(page_, kBytes);
}

bool ForkMark::forked() const noexcept {
  return page_ != nullptr ? *page_ == 0 : ::getpid() != pid_;
}

}  // namespace audit
COEFFICIENT_END_NAMESPACE
