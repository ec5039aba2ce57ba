#include "core/crypto/signature_key.h"

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/crypto/error_queue.h"
#include "core/crypto/uchars.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {
namespace {

// SEQUENCE of two INTEGERs of up to 67 bytes each: at most 3 + 2 * (2 + 67).
constexpr std::size_t kMaxDer = 144;

// Appends the DER INTEGER of a big-endian number and returns where it ends; nullptr for zero, which
// is no part of a signature.
unsigned char* put_integer(std::span<const std::byte> number, unsigned char* to) noexcept {
  while (!number.empty() && number.front() == std::byte{0}) number = number.subspan(1);
  if (number.empty()) return nullptr;
  const bool sign = (number.front() & std::byte{0x80}) != std::byte{0};
  *to++ = 0x02;
  *to++ = static_cast<unsigned char>(number.size() + (sign ? 1 : 0));
  if (sign) *to++ = 0;
  return std::copy_n(uchars(number), number.size(), to);
}

// r || s to the DER SEQUENCE that OpenSSL wants; empty if r or s is zero.
std::span<const unsigned char> to_der(std::span<const std::byte> rs,
                                      std::array<unsigned char, kMaxDer>& room) noexcept {
  constexpr std::size_t kHead = 3;  // tag, and a length of one or two bytes
  unsigned char* const body = room.data() + kHead;
  unsigned char* end = put_integer(rs.first(rs.size() / 2), body);
  if (end != nullptr) end = put_integer(rs.subspan(rs.size() / 2), end);
  if (end == nullptr) return {};
  const auto length = static_cast<std::size_t>(end - body);
  const bool is_long = length >= 0x80;
  unsigned char* const start = body - (is_long ? 3 : 2);
  start[0] = 0x30;
  if (is_long) start[1] = 0x81;
  body[-1] = static_cast<unsigned char>(length);
  return {start, static_cast<std::size_t>(end - start)};
}

struct SigFree {
  void operator()(ECDSA_SIG* signature) const noexcept { ECDSA_SIG_free(signature); }
};

}  // namespace

SignatureKey::SignatureKey(AsymmetricKey key, SignatureScheme scheme) noexcept
    : key_(std::move(key)),
      scheme_(scheme),
      signature_bytes_(key_.kind() == KeyKind::kRsa
                           ? static_cast<std::size_t>(EVP_PKEY_get_size(key_.get()))
                           : 2 * coordinate_bytes(key_.kind())) {}

Result<SignatureKey> SignatureKey::create(AsymmetricKey key, SignatureScheme scheme) {
  const ErrorQueueMark mark;
  SignatureKey out(std::move(key), scheme);
  if (!out.prepare()) return Error{ErrorCode::kInternal, "OpenSSL could not prepare the key"};
  if (!out.key_.has_private()) return out;
  constexpr std::string_view kProbe = "coefficient key pair";
  const auto message = std::as_bytes(std::span(kProbe));
  std::array<std::byte, kMaxSignatureBytes> room{};
  const auto signature = std::span(room).first(out.signature_bytes_);
  if (!out.sign(message, signature) || !out.verify(message, signature))
    return Error{ErrorCode::kInvalidArgument, "the halves of the key do not belong together"};
  return out;
}

MdContext SignatureKey::prepared_ed25519(bool signing) const {
  MdContext context(EVP_MD_CTX_new());
  const auto init = signing ? EVP_DigestSignInit_ex : EVP_DigestVerifyInit_ex;
  if (context == nullptr ||
      init(context.get(), nullptr, nullptr, nullptr, nullptr, key_.get(), nullptr) != 1)
    return nullptr;
  return context;
}

SignatureKey::Context SignatureKey::prepared(bool signing) const {
  Context context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  EVP_MD* const md = EVP_MD_fetch(nullptr, digest_name(scheme_.digest), nullptr);
  const auto init = signing ? EVP_PKEY_sign_init : EVP_PKEY_verify_init;
  bool ok = context != nullptr && md != nullptr && init(context.get()) == 1;
  if (ok && key_.kind() == KeyKind::kRsa) {
    const bool pss = scheme_.padding == Padding::kPss;
    ok = EVP_PKEY_CTX_set_rsa_padding(context.get(),
                                      pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1;
    if (ok && pss)
      ok = EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), md) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  ok = ok && EVP_PKEY_CTX_set_signature_md(context.get(), md) == 1;
  EVP_MD_free(md);
  return ok ? std::move(context) : nullptr;
}

bool SignatureKey::prepare() {
  const bool pair = key_.has_private();
  if (key_.kind() == KeyKind::kEd25519) {
    verifying_ed25519_ = prepared_ed25519(false);
    if (pair) signing_ed25519_ = prepared_ed25519(true);
    return verifying_ed25519_ != nullptr && (!pair || signing_ed25519_ != nullptr);
  }
  verifying_ = prepared(false);
  if (pair) signing_ = prepared(true);
  return verifying_ != nullptr && (!pair || signing_ != nullptr);
}

bool SignatureKey::verify(std::span<const std::byte> message,
                          std::span<const std::byte> signature) const {
  if (signature.size() != signature_bytes_) return false;
  const ErrorQueueMark mark;
  if (key_.kind() == KeyKind::kEd25519) {
    const MdContext context = new_md_context();
    return EVP_MD_CTX_copy_ex(context.get(), verifying_ed25519_.get()) == 1 &&
           EVP_DigestVerify(context.get(), uchars(signature), signature.size(), uchars(message),
                            message.size()) == 1;
  }
  std::array<std::byte, kMaxDigestBytes> room{};
  const auto hash = std::span(room).first(digest_bytes(scheme_.digest));
  Digest digest(scheme_.digest);
  digest.update(message);
  const Context context(EVP_PKEY_CTX_dup(verifying_.get()));
  if (!digest.finish(hash) || context == nullptr) return false;
  if (key_.kind() != KeyKind::kRsa) return verify_ecdsa(context.get(), hash, signature);
  return EVP_PKEY_verify(context.get(), uchars(signature), signature.size(),
                         reinterpret_cast<const unsigned char*>(hash.data()), hash.size()) == 1;
}

bool SignatureKey::verify_ecdsa(EVP_PKEY_CTX* context, std::span<const std::byte> hash,
                                std::span<const std::byte> signature) const {
  std::array<unsigned char, kMaxDer> room{};
  const auto der = to_der(signature, room);
  return !der.empty() &&
         EVP_PKEY_verify(context, der.data(), der.size(), uchars(hash), hash.size()) == 1;
}

bool SignatureKey::sign(std::span<const std::byte> message, std::span<std::byte> out) const {
  if (out.size() != signature_bytes_ || !key_.has_private()) return false;
  const ErrorQueueMark mark;
  std::size_t size = out.size();
  if (key_.kind() == KeyKind::kEd25519) {
    const MdContext context = new_md_context();
    return EVP_MD_CTX_copy_ex(context.get(), signing_ed25519_.get()) == 1 &&
           EVP_DigestSign(context.get(), uchars(out), &size, uchars(message), message.size()) == 1;
  }
  std::array<std::byte, kMaxDigestBytes> room{};
  const auto hash = std::span(room).first(digest_bytes(scheme_.digest));
  Digest digest(scheme_.digest);
  digest.update(message);
  const Context context(EVP_PKEY_CTX_dup(signing_.get()));
  if (!digest.finish(hash) || context == nullptr) return false;
  if (key_.kind() != KeyKind::kRsa) return sign_ecdsa(context.get(), hash, out);
  return EVP_PKEY_sign(context.get(), uchars(out), &size,
                       reinterpret_cast<const unsigned char*>(hash.data()), hash.size()) == 1 &&
         size == out.size();
}

bool SignatureKey::sign_ecdsa(EVP_PKEY_CTX* context, std::span<const std::byte> hash,
                              std::span<std::byte> out) const {
  std::array<unsigned char, kMaxDer> der{};
  std::size_t size = der.size();
  if (EVP_PKEY_sign(context, der.data(), &size, uchars(hash), hash.size()) != 1) return false;
  const unsigned char* from = der.data();
  const std::unique_ptr<ECDSA_SIG, SigFree> parsed(
      d2i_ECDSA_SIG(nullptr, &from, static_cast<long>(size)));
  const auto half = static_cast<int>(out.size() / 2);
  return parsed != nullptr &&
         BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), uchars(out), half) == half &&
         BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), uchars(out) + half, half) == half;
}

}  // namespace crypto
COEFFICIENT_END_NAMESPACE
