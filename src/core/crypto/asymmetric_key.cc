#include "core/crypto/asymmetric_key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/crypto/error_queue.h"
#include "core/crypto/rsa_check.h"
#include "core/crypto/uchars.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {
namespace {

constexpr std::size_t kMaxPemBytes = 65536;  // no key comes near it

template <auto Fn>
struct Free {
  template <class T>
  void operator()(T* p) const noexcept {
    Fn(p);
  }
};
using BigNumber = std::unique_ptr<BIGNUM, Free<BN_clear_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;

Error not_a_key(const char* what) {
  return Error{ErrorCode::kInvalidArgument, what};
}
Error failed(const char* what) {
  return Error{ErrorCode::kInternal, what};
}

const char* group_of(KeyKind curve) noexcept {
  return curve == KeyKind::kP256 ? "P-256" : curve == KeyKind::kP384 ? "P-384" : "P-521";
}

// Collects parameters. The numbers must live until made() was called.
class Parameters {
 public:
  Parameters() : builder_(OSSL_PARAM_BLD_new()), ok_(builder_ != nullptr) {}
  void number(const char* name, const BIGNUM* value) {
    ok_ = ok_ && value != nullptr && OSSL_PARAM_BLD_push_BN(builder_.get(), name, value) == 1;
  }
  void text(const char* name, const char* value) {
    ok_ = ok_ && OSSL_PARAM_BLD_push_utf8_string(builder_.get(), name, value, 0) == 1;
  }
  void octets(const char* name, std::span<const unsigned char> value) {
    ok_ = ok_ &&
          OSSL_PARAM_BLD_push_octet_string(builder_.get(), name, value.data(), value.size()) == 1;
  }
  // The key, or nothing if OpenSSL does not take these numbers for one.
  EVP_PKEY* made(const char* type, bool pair) {
    const std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>> params(
        ok_ ? OSSL_PARAM_BLD_to_param(builder_.get()) : nullptr);
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, pair ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                          params.get()) != 1)
      return nullptr;
    return key;
  }

 private:
  std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>> builder_;
  bool ok_;
};

BigNumber number_from(std::span<const std::byte> bytes) {
  return BigNumber(BN_bin2bn(uchars(bytes), static_cast<int>(bytes.size()), nullptr));
}

BigNumber number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  return BigNumber(EVP_PKEY_get_bn_param(key, name, &value) == 1 ? value : nullptr);
}

// Writes a number to exactly `out`, in front of it zeros.
bool write_padded(const BIGNUM* number, std::span<std::byte> out) {
  return BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()),
                      static_cast<int>(out.size())) == static_cast<int>(out.size());
}

// Copies a public number into `out`; of `size` bytes, or of as many as it needs.
bool export_number(const EVP_PKEY* key, const char* name, std::vector<std::byte>& out,
                   std::size_t size = 0) {
  const BigNumber number = number_of(key, name);
  if (number == nullptr) return false;
  out.resize(size != 0 ? size : static_cast<std::size_t>(BN_num_bytes(number.get())));
  return write_padded(number.get(), out);
}

bool export_secret(const EVP_PKEY* key, const char* name, SecretBytes& out, std::size_t size = 0) {
  const BigNumber number = number_of(key, name);
  if (number == nullptr) return false;
  out = SecretBytes::for_overwrite(
      size != 0 ? size : static_cast<std::size_t>(BN_num_bytes(number.get())));
  return write_padded(number.get(), out.expose_for_writing());
}

// Never asks a terminal for a passphrase, as OpenSSL's default does.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

std::optional<KeyKind> kind_of(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") == 1) return KeyKind::kRsa;
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return KeyKind::kEd25519;
  std::array<char, 64> group{};
  std::size_t length = 0;
  if (EVP_PKEY_is_a(key, "EC") != 1 ||
      EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) != 1)
    return std::nullopt;
  const std::string_view name(group.data(), length);
  if (name == "prime256v1" || name == "P-256") return KeyKind::kP256;
  if (name == "secp384r1" || name == "P-384") return KeyKind::kP384;
  if (name == "secp521r1" || name == "P-521") return KeyKind::kP521;
  return std::nullopt;
}

}  // namespace

Result<AsymmetricKey> AsymmetricKey::rsa(const RsaNumbers& numbers) {
  const ErrorQueueMark mark;
  for (const auto part : {numbers.n, numbers.e})
    if (part.empty() || part[0] == std::byte{0} || part.size() > kMaxRsaBits / 8)
      return not_a_key("an RSA number is empty, starts with a zero byte or is too long");
  const BigNumber n = number_from(numbers.n);
  const BigNumber e = number_from(numbers.e);
  if (n == nullptr || e == nullptr) return failed("no memory for an RSA number");
  if (const auto strong = check_rsa_public(n.get(), e.get()); !strong) return strong.error();
  Parameters parameters;
  parameters.number(OSSL_PKEY_PARAM_RSA_N, n.get());
  parameters.number(OSSL_PKEY_PARAM_RSA_E, e.get());
  const bool pair = !numbers.d.empty();
  std::array<BigNumber, 6> secret;
  if (pair) {
    constexpr std::array<const char*, 6> kNames{
        OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
    const std::array<std::span<const std::byte>, 6> given{numbers.d,  numbers.p,  numbers.q,
                                                          numbers.dp, numbers.dq, numbers.qi};
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (given[i].empty() || given[i].size() > numbers.n.size())
        return not_a_key("a private RSA key has d, p, q, dp, dq and qi");
      secret[i] = number_from(given[i]);
      parameters.number(kNames[i], secret[i].get());
    }
  }
  EVP_PKEY* key = parameters.made("RSA", pair);
  if (key == nullptr) return not_a_key("not an RSA key");
  return AsymmetricKey(KeyKind::kRsa, key, pair);
}

Result<AsymmetricKey> AsymmetricKey::ec(KeyKind curve, std::span<const std::byte> x,
                                        std::span<const std::byte> y,
                                        std::span<const std::byte> d) {
  const ErrorQueueMark mark;
  const std::size_t size = coordinate_bytes(curve);
  if (x.size() != size || y.size() != size || (!d.empty() && d.size() != size))
    return not_a_key("a coordinate does not have the length that its curve asks for");
  std::array<unsigned char, 1 + 2 * 66> point{};
  point[0] = 4;  // uncompressed, SEC 1 section 2.3.3
  std::copy_n(uchars(x), size, point.begin() + 1);
  std::copy_n(uchars(y), size, point.begin() + 1 + static_cast<std::ptrdiff_t>(size));
  Parameters parameters;
  parameters.text(OSSL_PKEY_PARAM_GROUP_NAME, group_of(curve));
  parameters.octets(OSSL_PKEY_PARAM_PUB_KEY, std::span(point).first(1 + 2 * size));
  const BigNumber secret = number_from(d);
  if (!d.empty()) parameters.number(OSSL_PKEY_PARAM_PRIV_KEY, secret.get());
  EVP_PKEY* made = parameters.made("EC", !d.empty());
  if (made == nullptr) return not_a_key("not a point of the curve");
  AsymmetricKey key(curve, made, !d.empty());
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, made, nullptr));
  if (context == nullptr || EVP_PKEY_public_check(context.get()) != 1)
    return not_a_key("not a point of the curve");
  return key;
}

Result<AsymmetricKey> AsymmetricKey::ed25519(std::span<const std::byte> x,
                                             std::span<const std::byte> d) {
  const ErrorQueueMark mark;
  if (x.size() != 32 || (!d.empty() && d.size() != 32))
    return not_a_key("an Ed25519 key has 32 bytes");
  if (d.empty()) {
    EVP_PKEY* key =
        EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, uchars(x), x.size());
    if (key == nullptr) return not_a_key("not an Ed25519 public key");
    return AsymmetricKey(KeyKind::kEd25519, key, false);
  }
  EVP_PKEY* made =
      EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, uchars(d), d.size());
  if (made == nullptr) return not_a_key("not an Ed25519 private key");
  AsymmetricKey key(KeyKind::kEd25519, made, true);
  std::array<unsigned char, 32> derived{};
  std::size_t size = derived.size();
  if (EVP_PKEY_get_raw_public_key(made, derived.data(), &size) != 1 ||
      !std::equal(derived.begin(), derived.end(), uchars(x)))
    return not_a_key("the halves of the Ed25519 key do not belong together");
  return key;
}

// OpenSSL's own keys are made anew from their numbers, so that there is one place where a key is
// checked, and a curve given by parameters is its named curve (CVE-2020-0601).
Result<AsymmetricKey> AsymmetricKey::adopt(EVP_PKEY* raw, bool has_private) {
  const std::optional<KeyKind> kind = kind_of(raw);
  if (!kind) {
    EVP_PKEY_free(raw);
    return not_a_key("the key is neither RSA, nor of P-256, P-384 or P-521, nor Ed25519");
  }
  const AsymmetricKey key(*kind, raw, has_private);
  const auto shared = key.public_numbers();
  if (!shared) return not_a_key("the key lacks its public half");
  PrivateNumbers secret;
  if (has_private) {
    auto numbers = key.private_numbers();
    if (!numbers) return not_a_key("the key lacks a part of its private half");
    secret = *std::move(numbers);
  }
  switch (*kind) {
    case KeyKind::kRsa:
      return rsa({shared->n, shared->e, secret.d.expose(), secret.p.expose(), secret.q.expose(),
                  secret.dp.expose(), secret.dq.expose(), secret.qi.expose()});
    case KeyKind::kEd25519:
      return ed25519(shared->x, secret.d.expose());
    default:
      return ec(*kind, shared->x, shared->y, secret.d.expose());
  }
}

Result<AsymmetricKey> AsymmetricKey::pem(std::string_view text) {
  const ErrorQueueMark mark;
  constexpr std::string_view kBegin = "-----BEGIN ";
  if (text.size() > kMaxPemBytes) return not_a_key("a PEM key is at most 64 KiB");
  const std::size_t begin = text.find(kBegin);
  if (begin == std::string_view::npos || text.find(kBegin, begin + 1) != std::string_view::npos)
    return not_a_key("not exactly one PEM block");
  const std::string_view after = text.substr(begin + kBegin.size());
  const std::string_view label = after.substr(0, after.find("-----"));
  const bool is_public = label == "PUBLIC KEY";
  if (!is_public && label != "PRIVATE KEY" && label != "RSA PRIVATE KEY" &&
      label != "EC PRIVATE KEY")
    return not_a_key("the PEM block is not PUBLIC KEY, [RSA|EC] PRIVATE KEY, or it is encrypted");
  const std::unique_ptr<BIO, Free<BIO_free>> bio(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (bio == nullptr) return failed("no memory for the PEM text");
  EVP_PKEY* key = is_public ? PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr)
                            : PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr);
  if (key == nullptr) return not_a_key("the PEM block holds no key that can be read");
  return adopt(key, !is_public);
}

Result<AsymmetricKey> AsymmetricKey::generate(KeyKind kind, std::size_t rsa_bits) {
  const ErrorQueueMark mark;
  if (kind == KeyKind::kRsa && (rsa_bits < kMinRsaBits || rsa_bits > kMaxRsaBits))
    return not_a_key("an RSA key has 2048 to 8192 bits");
  EVP_PKEY* key = kind == KeyKind::kRsa ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", rsa_bits)
                  : kind == KeyKind::kEd25519
                      ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                      : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", group_of(kind));
  if (key == nullptr) return failed("OpenSSL could not make a key");
  return adopt(key, true);
}

Result<PublicNumbers> AsymmetricKey::public_numbers() const {
  const ErrorQueueMark mark;
  PublicNumbers out;
  bool ok = false;
  if (kind_ == KeyKind::kRsa) {
    ok = export_number(key_.get(), OSSL_PKEY_PARAM_RSA_N, out.n) &&
         export_number(key_.get(), OSSL_PKEY_PARAM_RSA_E, out.e);
  } else if (kind_ == KeyKind::kEd25519) {
    out.x.resize(32);
    std::size_t size = out.x.size();
    ok = EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(out.x.data()),
                                     &size) == 1;
  } else {
    const std::size_t size = coordinate_bytes(kind_);
    ok = export_number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, out.x, size) &&
         export_number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, out.y, size);
  }
  if (!ok) return failed("OpenSSL could not export the public key");
  return out;
}

Result<PrivateNumbers> AsymmetricKey::private_numbers() const {
  const ErrorQueueMark mark;
  if (!has_private_) return Error{ErrorCode::kFailedPrecondition, "the key has no private half"};
  PrivateNumbers out;
  bool ok = false;
  if (kind_ == KeyKind::kRsa) {
    ok = export_secret(key_.get(), OSSL_PKEY_PARAM_RSA_D, out.d) &&
         export_secret(key_.get(), OSSL_PKEY_PARAM_RSA_FACTOR1, out.p) &&
         export_secret(key_.get(), OSSL_PKEY_PARAM_RSA_FACTOR2, out.q) &&
         export_secret(key_.get(), OSSL_PKEY_PARAM_RSA_EXPONENT1, out.dp) &&
         export_secret(key_.get(), OSSL_PKEY_PARAM_RSA_EXPONENT2, out.dq) &&
         export_secret(key_.get(), OSSL_PKEY_PARAM_RSA_COEFFICIENT1, out.qi);
  } else if (kind_ == KeyKind::kEd25519) {
    out.d = SecretBytes::for_overwrite(32);
    std::size_t size = 32;
    ok = EVP_PKEY_get_raw_private_key(
             key_.get(), reinterpret_cast<unsigned char*>(out.d.expose_for_writing().data()),
             &size) == 1;
  } else {
    ok = export_secret(key_.get(), OSSL_PKEY_PARAM_PRIV_KEY, out.d, coordinate_bytes(kind_));
  }
  if (!ok) return failed("OpenSSL could not export the private key");
  return out;
}

}  // namespace crypto
COEFFICIENT_END_NAMESPACE
