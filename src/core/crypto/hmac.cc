#include "core/crypto/hmac.h"

#include <algorithm>
#include <array>
#include <utility>

#include "coefficient/core/secret_bytes.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {

HmacKey::HmacKey(DigestAlgorithm algorithm, MdContext inner, MdContext outer) noexcept
    : algorithm_(algorithm),
      id_(new_md_start_id()),
      inner_(std::move(inner)),
      outer_(std::move(outer)) {}

Result<HmacKey> HmacKey::create(DigestAlgorithm algorithm, std::span<const std::byte> key) {
  if (key.empty()) return Error{ErrorCode::kInvalidArgument, "empty HMAC key"};
  const std::size_t block = block_bytes(algorithm);
  std::array<std::byte, 128> padded{};
  bool ok = true;
  if (key.size() > block) {  // RFC 2104 section 2: longer keys are hashed first
    Digest digest(algorithm);
    digest.update(key);
    ok = digest.finish(std::span(padded).first(digest_bytes(algorithm)));
  } else {
    std::copy(key.begin(), key.end(), padded.begin());
  }
  EVP_MD* md = EVP_MD_fetch(nullptr, digest_name(algorithm), nullptr);
  const auto absorb = [&](std::byte pad) {
    std::array<std::byte, 128> text{};
    for (std::size_t i = 0; i < block; ++i) text[i] = padded[i] ^ pad;
    MdContext context = new_md_context();
    ok = ok && md != nullptr && EVP_DigestInit_ex2(context.get(), md, nullptr) == 1 &&
         EVP_DigestUpdate(context.get(), text.data(), block) == 1;
    wipe(text);
    return context;
  };
  MdContext inner = absorb(std::byte{0x36});
  MdContext outer = absorb(std::byte{0x5c});
  EVP_MD_free(md);
  wipe(padded);
  if (!ok) return Error{ErrorCode::kInternal, "HMAC key setup failed"};
  return HmacKey(algorithm, std::move(inner), std::move(outer));
}

Hmac::Hmac(const HmacKey& key) noexcept
    : key_(&key), context_(key.start()), ok_(context_.started()) {}

void Hmac::update(std::span<const std::byte> bytes) noexcept {
  ok_ = ok_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
}

bool Hmac::finish(std::span<std::byte> out) noexcept {
  const std::size_t size = key_->mac_bytes();
  if (!ok_ || out.size() != size) return false;
  std::array<unsigned char, kMaxDigestBytes> inner{};
  EVP_MD_CTX* context = context_.get();
  ok_ = EVP_DigestFinal_ex(context, inner.data(), nullptr) == 1 &&
        EVP_MD_CTX_copy_ex(context, key_->outer_.get()) == 1 &&
        EVP_DigestUpdate(context, inner.data(), size) == 1 &&
        EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(out.data()), nullptr) == 1;
  context_.put_back(key_->start());
  return std::exchange(ok_, false);
}

}  // namespace crypto
COEFFICIENT_END_NAMESPACE
