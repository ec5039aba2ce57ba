#include "core/crypto/public_key.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <climits>

#include "core/crypto/digest.h"
#include "core/crypto/error_queue.h"
#include "core/crypto/uchars.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {
namespace {

constexpr std::size_t kMaxPemBytes = 65536;  // no public key comes near it

template <auto Fn>
struct Free {
  template <class T>
  void operator()(T* p) const noexcept {
    Fn(p);
  }
};

Error not_a_key(const char* what) {
  return Error{ErrorCode::kInvalidArgument, what};
}

// r || s to the DER SEQUENCE that OpenSSL wants: at most 72 bytes.
int to_der(std::span<const std::byte> rs, std::array<unsigned char, 80>& out) {
  std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>> sig(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(uchars(rs), 32, nullptr);
  BIGNUM* s = BN_bin2bn(uchars(rs.subspan(32)), 32, nullptr);
  if (sig == nullptr || ECDSA_SIG_set0(sig.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return -1;
  }
  unsigned char* p = out.data();
  return i2d_ECDSA_SIG(sig.get(), &p);
}

}  // namespace

PublicKey::PublicKey(SignatureAlgorithm algorithm, EVP_PKEY* key) noexcept
    : algorithm_(algorithm), key_(key) {}

Result<PublicKey> PublicKey::ed25519(std::span<const std::byte> raw32) {
  const ErrorQueueMark mark;
  if (raw32.size() != 32) return not_a_key("an Ed25519 public key has 32 bytes");
  EVP_PKEY* key =
      EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, uchars(raw32), raw32.size());
  if (key == nullptr) return not_a_key("not an Ed25519 public key");
  return PublicKey(SignatureAlgorithm::kEd25519, key);
}

Result<PublicKey> PublicKey::p256(std::span<const std::byte> x32, std::span<const std::byte> y32) {
  const ErrorQueueMark mark;
  if (x32.size() != 32 || y32.size() != 32) return not_a_key("a P-256 coordinate has 32 bytes");
  std::array<unsigned char, 65> point{};
  point[0] = 4;  // uncompressed, SEC 1 section 2.3.3
  std::copy(uchars(x32), uchars(x32) + 32, point.begin() + 1);
  std::copy(uchars(y32), uchars(y32) + 32, point.begin() + 33);
  std::array<char, 6> group{'P', '-', '2', '5', '6', '\0'};
  std::array<OSSL_PARAM, 3> params{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.data()) != 1)
    return not_a_key("not a point of P-256");
  return PublicKey(SignatureAlgorithm::kEcdsaP256Sha256, key);
}

Result<PublicKey> PublicKey::pem(std::string_view text) {
  const ErrorQueueMark mark;
  if (text.size() > kMaxPemBytes) return not_a_key("a PEM public key is at most 64 KiB");
  std::unique_ptr<BIO, Free<BIO_free>> bio(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (bio == nullptr) return not_a_key("no memory for the PEM text");
  EVP_PKEY* key = PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr);
  if (key == nullptr) return not_a_key("not a PEM public key (BEGIN PUBLIC KEY)");
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return PublicKey(SignatureAlgorithm::kEd25519, key);
  std::array<char, 32> group{};
  std::size_t length = 0;
  if (EVP_PKEY_is_a(key, "EC") == 1 &&
      EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) == 1 &&
      (std::string_view(group.data(), length) == "prime256v1" ||
       std::string_view(group.data(), length) == "P-256"))
    return PublicKey(SignatureAlgorithm::kEcdsaP256Sha256, key);
  EVP_PKEY_free(key);
  return not_a_key("the PEM key is neither Ed25519 nor P-256");
}

bool PublicKey::verify(std::span<const std::byte> message,
                       std::span<const std::byte> signature) const {
  if (signature.size() != kSignatureBytes) return false;
  const ErrorQueueMark mark;
  const MdContext context = new_md_context();
  const bool ecdsa = algorithm_ == SignatureAlgorithm::kEcdsaP256Sha256;
  if (EVP_DigestVerifyInit_ex(context.get(), nullptr, ecdsa ? "SHA256" : nullptr, nullptr, nullptr,
                              key_.get(), nullptr) != 1)
    return false;
  if (!ecdsa)
    return EVP_DigestVerify(context.get(), uchars(signature), signature.size(), uchars(message),
                            message.size()) == 1;
  std::array<unsigned char, 80> der{};
  const int length = to_der(signature, der);
  return length > 0 && EVP_DigestVerify(context.get(), der.data(), static_cast<std::size_t>(length),
                                        uchars(message), message.size()) == 1;
}

}  // namespace crypto
COEFFICIENT_END_NAMESPACE
