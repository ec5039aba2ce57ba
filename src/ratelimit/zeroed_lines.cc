#include "ratelimit/zeroed_lines.h"

#include <sys/mman.h>

#include <limits>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

std::optional<ZeroedLines> ZeroedLines::map(std::size_t lines) {
  if (lines > std::numeric_limits<std::size_t>::max() / kLineBytes) return std::nullopt;
  const std::size_t bytes = lines * kLineBytes;
  void* const data =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) return std::nullopt;
#ifdef MADV_HUGEPAGE
  (void)madvise(data, bytes, MADV_HUGEPAGE);  // slower without, and no less correct
#endif
  return ZeroedLines(data, bytes);
}

ZeroedLines::ZeroedLines(ZeroedLines&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

ZeroedLines::~ZeroedLines() {
  if (data_ != nullptr) (void)munmap(data_, bytes_);
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE
