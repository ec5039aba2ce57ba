#include "coefficient/core/random.h"

#include <openssl/rand.h>
#include <sys/mman.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <cstring>

#include "coefficient/core/secret_bytes.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace {

constexpr std::size_t kPoolBytes = 1024;
constexpr std::size_t kPooledRequest = 256;

// Lives in memory that the kernel zeroes in a forked child: `left` is then 0 and the first request
// refills. No pid is asked, so a clone() without fork handlers is safe as well.
struct Pool {
  std::size_t left;
  std::byte bytes[kPoolBytes];
};

class ThreadPool {
 public:
  ThreadPool() noexcept {
    void* memory =
        mmap(nullptr, sizeof(Pool), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    if (madvise(memory, sizeof(Pool), MADV_WIPEONFORK) != 0) {
      munmap(memory, sizeof(Pool));
      return;
    }
    (void)madvise(memory, sizeof(Pool), MADV_DONTDUMP);  // best effort: keeps it out of core files
    pool_ = static_cast<Pool*>(memory);                  // fresh mappings are zero: left == 0
  }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool() {
    if (pool_ == nullptr) return;
    wipe(std::as_writable_bytes(std::span(pool_, 1)));
    munmap(pool_, sizeof(Pool));
  }

  bool take(std::span<std::byte> out) noexcept {
    if (pool_ == nullptr || out.size() > kPooledRequest) return draw(out);
    if (pool_->left < out.size()) {
      pool_->left = 0;
      if (!draw(pool_->bytes)) return false;
      pool_->left = kPoolBytes;
    }
    pool_->left -= out.size();
    std::byte* from = pool_->bytes + pool_->left;
    std::memcpy(out.data(), from, out.size());
    wipe({from, out.size()});
    return true;
  }

 private:
  static bool draw(std::span<std::byte> out) noexcept {
    while (!out.empty()) {
      const std::size_t n = std::min<std::size_t>(out.size(), INT_MAX);
      if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(n)) != 1)
        return false;
      out = out.subspan(n);
    }
    return true;
  }

  Pool* pool_ = nullptr;
};

}  // namespace

Result<> random_bytes(std::span<std::byte> out) {
  if (out.empty()) return {};
  thread_local ThreadPool pool;
  if (pool.take(out)) return {};
  std::fill(out.begin(), out.end(), std::byte{0});
  return Error{ErrorCode::kInternal, "the random generator failed"};
}

COEFFICIENT_END_NAMESPACE
