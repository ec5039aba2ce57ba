#include "core/crypto/aes_kwp.h"

#include <openssl/evp.h>

#include <memory>

#include "coefficient/core/secret_bytes.h"
#include "core/crypto/error_queue.h"
#include "core/crypto/uchars.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {
namespace {

struct ContextFree {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, ContextFree>;

// A context of its own for each call: wraps are rare, and a kept one would keep the KEK.
Context new_context() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-WRAP-PAD", nullptr);
  Context context(EVP_CIPHER_CTX_new());
  if (cipher == nullptr || context == nullptr) return nullptr;
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  if (EVP_CipherInit_ex2(context.get(), cipher, nullptr, nullptr, -1, nullptr) != 1) return nullptr;
  return context;
}

}  // namespace

Result<std::vector<std::byte>> aes256_kwp_wrap(std::span<const std::byte, kAes256KeyBytes> kek,
                                               std::span<const std::byte> key) {
  if (key.empty() || key.size() > kMaxKwpBytes)
    return Error{ErrorCode::kInvalidArgument, "AES-KWP wraps 1 to 65536 bytes"};
  const ErrorQueueMark mark;
  const Context context = new_context();
  std::vector<std::byte> out((key.size() + 7) / 8 * 8 + 8);
  int n = 0;
  if (context == nullptr ||
      EVP_EncryptInit_ex2(context.get(), nullptr, uchars(kek), nullptr, nullptr) != 1 ||
      EVP_EncryptUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &n,
                        uchars(key), static_cast<int>(key.size())) != 1 ||
      static_cast<std::size_t>(n) != out.size())
    return Error{ErrorCode::kInternal, "AES-KWP failed"};
  return out;
}

Result<std::size_t> aes256_kwp_unwrap(std::span<const std::byte, kAes256KeyBytes> kek,
                                      std::span<const std::byte> wrapped,
                                      std::span<std::byte> out) {
  if (out.size() < wrapped.size())
    return Error{ErrorCode::kInvalidArgument, "the room for an unwrapped key is too small"};
  wipe(out);
  const bool possible =
      wrapped.size() >= 16 && wrapped.size() % 8 == 0 && wrapped.size() <= kMaxKwpBytes + 8;
  if (!possible) return Error{ErrorCode::kDataLoss, "not an AES-KWP wrap by its length"};
  const ErrorQueueMark mark;
  const Context context = new_context();
  int n = 0;
  if (context == nullptr ||
      EVP_DecryptInit_ex2(context.get(), nullptr, uchars(kek), nullptr, nullptr) != 1)
    return Error{ErrorCode::kInternal, "AES-KWP failed"};
  if (EVP_DecryptUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &n,
                        uchars(wrapped), static_cast<int>(wrapped.size())) != 1 ||
      n <= 0) {
    wipe(out);
    return Error{ErrorCode::kDataLoss, "the wrapped key does not open under this KEK"};
  }
  wipe(out.subspan(static_cast<std::size_t>(n)));
  return static_cast<std::size_t>(n);
}

}  // namespace crypto
COEFFICIENT_END_NAMESPACE
