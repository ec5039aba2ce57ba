#include "core/crypto/aes_gcm.h"

#include <array>
#include <climits>
#include <utility>

#include "coefficient/core/secret_bytes.h"
#include "core/crypto/uchars.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {
namespace {

using Use = Aes256Gcm::Use;

// Sets what is not null; keeps the cipher.
bool init(EVP_CIPHER_CTX* context, Use use, const EVP_CIPHER* cipher, const unsigned char* key,
          const unsigned char* nonce) noexcept {
  return (use == Use::kSeal ? EVP_EncryptInit_ex2(context, cipher, key, nonce, nullptr)
                            : EVP_DecryptInit_ex2(context, cipher, key, nonce, nullptr)) == 1;
}

// One context per direction and thread. The pointers have no destructor, so that an object in
// another thread_local's destructor still finds a valid (empty, closed) slot.
struct Kept {
  EVP_CIPHER_CTX* seal;
  EVP_CIPHER_CTX* open;
  bool closed;
};
thread_local Kept kept = {};

EVP_CIPHER_CTX*& slot(Use use) noexcept {
  return use == Use::kSeal ? kept.seal : kept.open;
}

struct KeptCloser {
  KeptCloser() = default;
  KeptCloser(const KeptCloser&) = delete;
  KeptCloser& operator=(const KeptCloser&) = delete;
  ~KeptCloser() {
    EVP_CIPHER_CTX_free(std::exchange(kept.seal, nullptr));
    EVP_CIPHER_CTX_free(std::exchange(kept.open, nullptr));
    kept.closed = true;
  }
};

// Returns a context whose cipher is set, or null.
EVP_CIPHER_CTX* take_context(Use use) noexcept {
  if (slot(use) != nullptr) return std::exchange(slot(use), nullptr);
  // Fetched once, never freed: other threads may still seal while the process exits.
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  if (cipher != nullptr && context != nullptr && init(context, use, cipher, nullptr, nullptr))
    return context;
  EVP_CIPHER_CTX_free(context);
  return nullptr;
}

void give_back(Use use, EVP_CIPHER_CTX* context) noexcept {
  static constexpr std::array<unsigned char, kAes256KeyBytes> kZeroKey{};
  if (slot(use) != nullptr || kept.closed ||
      !init(context, use, nullptr, kZeroKey.data(), nullptr)) {
    EVP_CIPHER_CTX_free(context);
    return;
  }
  thread_local KeptCloser closer;
  (void)closer;
  slot(use) = context;
}

}  // namespace

Aes256Gcm::Aes256Gcm(Use use, std::span<const std::byte, kAes256KeyBytes> key) noexcept
    : context_(take_context(use)), unset_key_(key.data()), use_(use) {}

bool Aes256Gcm::start(std::span<const std::byte, kGcmNonceBytes> nonce) noexcept {
  const auto* key = reinterpret_cast<const unsigned char*>(unset_key_);
  if (!init(context_, use_, nullptr, key, uchars(nonce))) return false;
  unset_key_ = nullptr;
  return true;
}

Aes256Gcm::~Aes256Gcm() {
  if (context_ != nullptr) give_back(use_, context_);
}

bool Aes256Gcm::seal(std::span<const std::byte, kGcmNonceBytes> nonce,
                     std::span<const std::byte> aad, std::span<const std::byte> plaintext,
                     std::span<std::byte> ciphertext,
                     std::span<std::byte, kGcmTagBytes> tag) noexcept {
  const bool fits = plaintext.size() <= INT_MAX && aad.size() <= INT_MAX &&
                    ciphertext.size() == plaintext.size() && use_ == Use::kSeal;
  if (context_ == nullptr || !fits) return false;
  auto* out = reinterpret_cast<unsigned char*>(ciphertext.data());
  std::array<unsigned char, kGcmTagBytes> none{};
  int n = 0;
  return start(nonce) &&
         (aad.empty() || EVP_EncryptUpdate(context_, nullptr, &n, uchars(aad),
                                           static_cast<int>(aad.size())) == 1) &&
         (plaintext.empty() || EVP_EncryptUpdate(context_, out, &n, uchars(plaintext),
                                                 static_cast<int>(plaintext.size())) == 1) &&
         EVP_EncryptFinal_ex(context_, none.data(), &n) == 1 &&
         EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_GET_TAG, kGcmTagBytes, tag.data()) == 1;
}

bool Aes256Gcm::open(std::span<const std::byte, kGcmNonceBytes> nonce,
                     std::span<const std::byte> aad, std::span<const std::byte> ciphertext,
                     std::span<const std::byte, kGcmTagBytes> tag,
                     std::span<std::byte> plaintext) noexcept {
  const bool fits = ciphertext.size() <= INT_MAX && aad.size() <= INT_MAX &&
                    plaintext.size() == ciphertext.size() && use_ == Use::kOpen;
  if (context_ == nullptr || !fits) {
    wipe(plaintext);
    return false;
  }
  auto* out = reinterpret_cast<unsigned char*>(plaintext.data());
  std::array<unsigned char, kGcmTagBytes> wanted{};  // OpenSSL takes the tag as non-const
  for (std::size_t i = 0; i < wanted.size(); ++i)
    wanted[i] = std::to_integer<unsigned char>(tag[i]);
  std::array<unsigned char, kGcmTagBytes> none{};
  int n = 0;
  const bool opened =
      start(nonce) &&
      EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_SET_TAG, kGcmTagBytes, wanted.data()) == 1 &&
      (aad.empty() ||
       EVP_DecryptUpdate(context_, nullptr, &n, uchars(aad), static_cast<int>(aad.size())) == 1) &&
      (ciphertext.empty() || EVP_DecryptUpdate(context_, out, &n, uchars(ciphertext),
                                               static_cast<int>(ciphertext.size())) == 1) &&
      EVP_DecryptFinal_ex(context_, none.data(), &n) == 1;
  if (!opened) wipe(plaintext);
  return opened;
}

}  // namespace crypto
COEFFICIENT_END_NAMESPACE
