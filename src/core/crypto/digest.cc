#include "core/crypto/digest.h"

#include <algorithm>
#include <new>
#include <utility>

COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {
namespace {

// A started context to copy from: fetching the algorithm anew costs more than hashing a small
// message. Made once, never freed (other threads may still hash while the process exits).
const EVP_MD_CTX* started(DigestAlgorithm algorithm) {
  const auto make = [](DigestAlgorithm which) -> EVP_MD_CTX* {
    EVP_MD* md = EVP_MD_fetch(nullptr, digest_name(which), nullptr);
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    if (md == nullptr || context == nullptr || EVP_DigestInit_ex2(context, md, nullptr) != 1)
      return nullptr;
    return context;
  };
  static EVP_MD_CTX* const sha256 = make(DigestAlgorithm::kSha256);
  static EVP_MD_CTX* const sha384 = make(DigestAlgorithm::kSha384);
  static EVP_MD_CTX* const sha512 = make(DigestAlgorithm::kSha512);
  switch (algorithm) {
    case DigestAlgorithm::kSha256:
      return sha256;
    case DigestAlgorithm::kSha384:
      return sha384;
    case DigestAlgorithm::kSha512:
      break;
  }
  return sha512;
}

// One context kept per thread. The pointer itself has no destructor, so that a digest in another
// thread_local's destructor still finds a valid (empty, closed) slot.
thread_local EVP_MD_CTX* kept_context = nullptr;
thread_local bool kept_closed = false;

struct KeptCloser {
  KeptCloser() = default;
  KeptCloser(const KeptCloser&) = delete;
  KeptCloser& operator=(const KeptCloser&) = delete;
  ~KeptCloser() {
    EVP_MD_CTX_free(std::exchange(kept_context, nullptr));
    kept_closed = true;
  }
};

// The context of sha256_public(), started with SHA-256 once; a null is one that could not be made.
// The pointer has no destructor for the reason above.
thread_local EVP_MD_CTX* public_context = nullptr;
thread_local bool public_closed = false;

struct PublicCloser {
  PublicCloser() = default;
  PublicCloser(const PublicCloser&) = delete;
  PublicCloser& operator=(const PublicCloser&) = delete;
  ~PublicCloser() {
    EVP_MD_CTX_free(std::exchange(public_context, nullptr));
    public_closed = true;
  }
};

bool hash_parts(EVP_MD_CTX* context, std::initializer_list<std::span<const std::byte>> parts,
                std::span<std::byte, kSha256Bytes> out) noexcept {
  for (const auto part : parts)
    if (EVP_DigestUpdate(context, part.data(), part.size()) != 1) return false;
  return EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(out.data()), nullptr) == 1;
}

// A new context that stands at the start of SHA-256; null if OpenSSL failed.
EVP_MD_CTX* new_sha256() noexcept {
  const EVP_MD_CTX* from = started(DigestAlgorithm::kSha256);
  EVP_MD_CTX* context = from == nullptr ? nullptr : EVP_MD_CTX_new();
  if (context == nullptr || EVP_MD_CTX_copy_ex(context, from) == 1) return context;
  EVP_MD_CTX_free(context);
  return nullptr;
}

}  // namespace

void MdContextFree::operator()(EVP_MD_CTX* context) const noexcept {
  if (kept_context != nullptr || kept_closed) {
    EVP_MD_CTX_free(context);
    return;
  }
  EVP_MD_CTX_reset(context);  // wipes the hash state
  thread_local KeptCloser closer;
  (void)closer;
  kept_context = context;
}

MdContext new_md_context() {
  if (kept_context != nullptr) return MdContext(std::exchange(kept_context, nullptr));
  MdContext context(EVP_MD_CTX_new());
  // operator new is what throws (or aborts in a host without exceptions); the library has no throw.
  if (context == nullptr) ::operator delete(::operator new(static_cast<std::size_t>(-1) / 2));
  return context;
}

Digest::Digest(DigestAlgorithm algorithm)
    : context_(new_md_context()), algorithm_(algorithm), ok_(false) {
  const EVP_MD_CTX* from = started(algorithm);
  ok_ = from != nullptr && EVP_MD_CTX_copy_ex(context_.get(), from) == 1;
}

void Digest::update(std::span<const std::byte> bytes) noexcept {
  ok_ = ok_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
}

bool Digest::finish(std::span<std::byte> out) noexcept {
  if (!ok_ || out.size() != digest_bytes(algorithm_)) return false;
  ok_ = false;  // one finish per object
  return EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(out.data()),
                            nullptr) == 1;
}

bool sha256_public(std::initializer_list<std::span<const std::byte>> parts,
                   std::span<std::byte, kSha256Bytes> out) noexcept {
  bool ok = false;
  if (public_closed) {  // in the destructor of another thread_local
    const MdContext context(new_sha256());
    ok = context != nullptr && hash_parts(context.get(), parts, out);
  } else {
    if (public_context == nullptr) {
      thread_local PublicCloser closer;
      (void)closer;
      public_context = new_sha256();
    } else if (EVP_DigestInit_ex2(public_context, nullptr, nullptr) != 1) {
      EVP_MD_CTX_free(std::exchange(public_context, nullptr));
    }
    ok = public_context != nullptr && hash_parts(public_context, parts, out);
  }
  if (!ok) std::fill(out.begin(), out.end(), std::byte{0});
  return ok;
}

Result<std::array<std::byte, kSha256Bytes>> sha256(
    std::initializer_list<std::span<const std::byte>> parts) {
  Digest digest(DigestAlgorithm::kSha256);
  for (const auto part : parts) digest.update(part);
  std::array<std::byte, kSha256Bytes> out{};
  if (!digest.finish(out)) return Error{ErrorCode::kInternal, "SHA-256 failed"};
  return out;
}

}  // namespace crypto
COEFFICIENT_END_NAMESPACE
