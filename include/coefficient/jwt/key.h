#ifndef COEFFICIENT_JWT_KEY_H_
#define COEFFICIENT_JWT_KEY_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "coefficient/core/result.h"
#include "coefficient/core/secret_bytes.h"
#include "coefficient/jwt/algorithm.h"
#include "coefficient/jwt/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {

namespace detail {
struct KeyAccess;
struct KeyState;
}  // namespace detail

/// A key for exactly one algorithm: it is chosen here and never by a token. A key that can sign can
/// also verify. Copies share one state.
///
/// RSA moduli have 2048 to 8192 bits and are not those of CVE-2017-15361, exponents are odd and
/// greater than 1; points lie on the curve that the algorithm names; HMAC secrets have at least the
/// length of the hash (RFC 7518 section 3.2). A kid has at most 256 bytes.
///
/// Thread safety: immutable; all members may be called concurrently.
class COEFFICIENT_JWT_EXPORT Key {
 public:
  /// A secret for HS256, HS384 or HS512. Errors: kInvalidArgument with the reason: another
  /// algorithm, a secret that is too short, or one that is a key of another kind in PEM, DER, JWK
  /// or SSH form, which is public too often (CVE-2023-48223).
  static Result<Key> hmac(Algorithm algorithm, const SecretBytes& secret, std::string kid = {});

  /// One PEM block, PUBLIC KEY, PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY, not encrypted. The
  /// two characters `\n` count as a line's end, as environment variables hold it. Errors:
  /// kInvalidArgument with the reason: no such block, a weak key, or not one for `algorithm`.
  static Result<Key> from_pem(Algorithm algorithm, std::string_view text, std::string kid = {});

  /// A JWK (RFC 7517) of at most 64 KiB: kty oct, RSA, EC or OKP. `use` must be sig and `key_ops`
  /// hold verify (or sign, with a private key), where present. Without `alg` the curve decides, or
  /// else `if_absent`. Errors: kInvalidArgument with the reason, also without any alg for RSA and
  /// oct, and for what hmac() and from_pem() refuse.
  static Result<Key> from_jwk(std::string_view text, std::optional<Algorithm> if_absent = {});

  [[nodiscard]] Algorithm algorithm() const noexcept;
  /// Returns the key's id; empty for one without.
  [[nodiscard]] std::string_view kid() const noexcept;
  [[nodiscard]] bool can_sign() const noexcept;
  [[nodiscard]] bool can_verify() const noexcept;
  /// Returns the SHA-256 thumbprint of RFC 7638 as base64url. That of an HMAC secret must not be
  /// published: it lets anyone try guesses (RFC 7638 section 7).
  [[nodiscard]] const std::string& thumbprint() const noexcept;
  /// Returns the public half as JWK text, for a key set to publish. Error: kFailedPrecondition for
  /// an HMAC key, which has none.
  [[nodiscard]] Result<std::string> public_jwk() const;

 private:
  friend struct detail::KeyAccess;
  explicit Key(std::shared_ptr<const detail::KeyState> state) noexcept;
  std::shared_ptr<const detail::KeyState> state_;
};

struct GenerateOptions {
  std::string kid = {};  ///< Empty: the thumbprint of the public key, or 16 random bytes for HMAC.
  unsigned rsa_bits = 3072;
};

/// Returns a new secret or key pair as JWK text, to be kept in a vault and read by Key::from_jwk().
/// Errors: kInvalidArgument for RSA bits other than 2048 to 8192 or a kid over 256 bytes or that is
/// not UTF-8; kInternal if OpenSSL failed.
COEFFICIENT_JWT_EXPORT Result<SecretBytes> generate_jwk(Algorithm algorithm,
                                                        GenerateOptions options = {});

}  // namespace jwt
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_JWT_KEY_H_
