#ifndef COEFFICIENT_SRC_CORE_CRYPTO_RSA_CHECK_H_
#define COEFFICIENT_SRC_CORE_CRYPTO_RSA_CHECK_H_

#include <openssl/bn.h>

#include "coefficient/core/result.h"
#include "coefficient/version.h"

// Private to core.
COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {

/// Returns nothing if a signature under (n, e) means something: 2048 to 8192 bits, odd, e odd and
/// of 2 to 64 bits, and not a key of Infineon's generator (ROCA, CVE-2017-15361), which can be
/// factored. Error: kInvalidArgument with the reason.
Result<> check_rsa_public(const BIGNUM* n, const BIGNUM* e);

}  // namespace crypto
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_CORE_CRYPTO_RSA_CHECK_H_
