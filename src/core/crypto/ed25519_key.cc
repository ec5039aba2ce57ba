#include "core/crypto/ed25519_key.h"

#include "core/crypto/error_queue.h"
#include "core/crypto/md_context.h"
#include "core/crypto/uchars.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {
Result<Ed25519Key> Ed25519Key::from_seed(std::span<const std::byte, kEd25519KeyBytes> seed) {
  const ErrorQueueMark mark;
  Ed25519Key key(
      EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, uchars(seed), seed.size()));
  std::size_t size = kEd25519KeyBytes;
  if (key.key_ == nullptr ||
      EVP_PKEY_get_raw_public_key(key.key_.get(), uchars(std::span<std::byte>(key.public_key_)),
                                  &size) != 1 ||
      size != kEd25519KeyBytes)
    return Error{ErrorCode::kInternal, "OpenSSL made no Ed25519 key"};
  return key;
}

bool Ed25519Key::sign(std::span<const std::byte> message,
                      std::span<std::byte, kEd25519SignatureBytes> signature) const {
  const ErrorQueueMark mark;
  const MdContext context = new_md_context();
  std::size_t size = kEd25519SignatureBytes;
  return EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key_.get(),
                               nullptr) == 1 &&
         EVP_DigestSign(context.get(), uchars(std::span<std::byte>(signature)), &size,
                        uchars(message), message.size()) == 1 &&
         size == kEd25519SignatureBytes;
}

}  // namespace crypto
COEFFICIENT_END_NAMESPACE
