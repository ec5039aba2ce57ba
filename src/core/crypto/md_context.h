#ifndef COEFFICIENT_SRC_CORE_CRYPTO_MD_CONTEXT_H_
#define COEFFICIENT_SRC_CORE_CRYPTO_MD_CONTEXT_H_

#include <openssl/evp.h>

#include <cstdint>
#include <memory>

#include "coefficient/core/export.h"
#include "coefficient/version.h"

// Private to the library: never installed. Exported from core for the other modules only.
COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {

struct MdContextFree {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
/// A digest context of its holder alone. Freeing it wipes it.
using MdContext = std::unique_ptr<EVP_MD_CTX, MdContextFree>;

/// Returns an empty context. Throws std::bad_alloc when OpenSSL has no memory.
COEFFICIENT_CORE_EXPORT MdContext new_md_context();

/// A state that digests start from: an algorithm's, or a key's. It is known by a number of its own,
/// since another one may come to lie at the same address.
struct MdStart {
  EVP_MD_CTX* context;
  std::uint64_t id;
};

/// Returns a number that no other state has; never 0.
COEFFICIENT_CORE_EXPORT std::uint64_t new_md_start_id() noexcept;

/// A context of this thread's that stands at a given state. Each thread keeps a few of those that
/// it gives back, put back to the state they started from: whoever asks for the same state next
/// saves the copy. Putting back also wipes what was absorbed, and keeps the algorithm attached. To
/// detach and attach it is to count its users up and down in memory that all threads share, which
/// made HMACs of two threads no faster than those of one.
///
/// Thread safety: distinct objects only. It may be given back by another thread.
class COEFFICIENT_CORE_EXPORT ThreadMdContext {
 public:
  /// Check started(): false if OpenSSL had no memory, or start.context is null.
  explicit ThreadMdContext(const MdStart& start) noexcept;
  ThreadMdContext(ThreadMdContext&& other) noexcept;
  ThreadMdContext& operator=(ThreadMdContext&& other) noexcept;
  ThreadMdContext(const ThreadMdContext&) = delete;
  ThreadMdContext& operator=(const ThreadMdContext&) = delete;
  ~ThreadMdContext() { give_back(); }

  [[nodiscard]] EVP_MD_CTX* get() const noexcept { return context_; }
  [[nodiscard]] bool started() const noexcept { return id_ != 0; }
  /// Puts the context back to the state it was made with, whose owner may be gone when this object
  /// is. If it is not called, or fails, the context is wiped and nobody saves a copy.
  void put_back(const MdStart& start) noexcept;

 private:
  void give_back() noexcept;
  EVP_MD_CTX* context_ = nullptr;
  std::uint64_t id_ = 0;
  bool at_start_ = false;
};

}  // namespace crypto
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_CRYPTO_MD_CONTEXT_H_
