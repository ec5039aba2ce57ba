#ifndef COEFFICIENT_JWT_SIGNER_H_
#define COEFFICIENT_JWT_SIGNER_H_

#include <memory>
#include <string>

#include "coefficient/core/result.h"
#include "coefficient/jwt/claim_set.h"
#include "coefficient/jwt/export.h"
#include "coefficient/jwt/key.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {

struct SignerOptions {
  /// The header's typ; "at+jwt" for RFC 9068. Empty: none.
  std::string type = "JWT";
  /// Refuses claims without exp: such a token never dies.
  bool require_exp = true;
};

/// Makes JWTs in JWS compact form with one key. The header has alg, typ and the key's kid.
///
/// Thread safety: immutable after create(); all const members may be called concurrently.
class COEFFICIENT_JWT_EXPORT Signer {
 public:
  /// Errors: kInvalidArgument if the key cannot sign, or the type is longer than 64 bytes or not
  /// visible ASCII.
  static Result<Signer> create(Key key, SignerOptions options = {});

  /// Returns a token. Errors: kInvalidArgument for a fault of the claims; kFailedPrecondition
  /// without exp; kInternal if OpenSSL failed.
  [[nodiscard]] Result<std::string> sign(const ClaimSet& claims) const;

 private:
  struct State;
  explicit Signer(std::shared_ptr<const State> state) noexcept;
  std::shared_ptr<const State> state_;
};

}  // namespace jwt
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_JWT_SIGNER_H_
