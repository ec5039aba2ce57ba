#include "core/crypto/rsa_check.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/crypto/asymmetric_key.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace crypto {
namespace {

constexpr int kMaxExponentBits = 64;

// Whether `residue` is a power of 65537 modulo `prime`.
bool is_power_of_f4(BN_ULONG residue, BN_ULONG prime) noexcept {
  const BN_ULONG generator = 65537 % prime;
  BN_ULONG power = 1;
  do {
    if (power == residue) return true;
    power = power * generator % prime;
  } while (power != 1);
  return false;
}

// Nemec et al., "The Return of Coppersmith's Attack", section 3: the primes of that generator are
// powers of 65537 modulo a product of small primes, and so is their product. Another modulus passes
// for one with a probability of about 2^-27.
bool is_roca(const BIGNUM* n) {
  constexpr std::array<BN_ULONG, 38> kPrimes{
      3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
      73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
  return std::all_of(kPrimes.begin(), kPrimes.end(),
                     [n](BN_ULONG prime) { return is_power_of_f4(BN_mod_word(n, prime), prime); });
}

Error bad(const char* what) {
  return Error{ErrorCode::kInvalidArgument, what};
}

}  // namespace

Result<> check_rsa_public(const BIGNUM* n, const BIGNUM* e) {
  const auto bits = static_cast<std::size_t>(BN_num_bits(n));
  if (bits < kMinRsaBits) return bad("the RSA modulus has fewer than 2048 bits");
  if (bits > kMaxRsaBits) return bad("the RSA modulus has more than 8192 bits");
  if (BN_is_odd(n) == 0) return bad("the RSA modulus is even");
  if (BN_is_odd(e) == 0 || BN_is_one(e) != 0 || BN_num_bits(e) > kMaxExponentBits)
    return bad("the RSA exponent is not an odd number from 3 to 64 bits");
  if (is_roca(n)) return bad("the RSA modulus was made by the broken generator of CVE-2017-15361");
  return {};
}

}  // namespace crypto
COEFFICIENT_END_NAMESPACE
