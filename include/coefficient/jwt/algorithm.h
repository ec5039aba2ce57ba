#ifndef COEFFICIENT_JWT_ALGORITHM_H_
#define COEFFICIENT_JWT_ALGORITHM_H_

#include <optional>
#include <string_view>

#include "coefficient/jwt/export.h"
#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace jwt {

/// The signature algorithms of RFC 7518 section 3.1 and RFC 8037. There is no "none".
/// Values are stable; new ones may be appended.
enum class Algorithm : int {
  kHs256 = 1,
  kHs384 = 2,
  kHs512 = 3,
  kRs256 = 4,
  kRs384 = 5,
  kRs512 = 6,
  kPs256 = 7,
  kPs384 = 8,
  kPs512 = 9,
  kEs256 = 10,
  kEs384 = 11,
  kEs512 = 12,
  kEdDsa = 13,  ///< With Ed25519 only.
};

/// Returns the name in a token's header, e.g. "RS256"; "unknown" for a value outside the enum.
COEFFICIENT_JWT_EXPORT std::string_view to_string(Algorithm algorithm) noexcept;

/// Returns the algorithm of exactly that name, which is case-sensitive; else nothing.
COEFFICIENT_JWT_EXPORT std::optional<Algorithm> parse_algorithm(std::string_view name) noexcept;

/// Returns whether the one who verifies can also sign: HS256, HS384, HS512.
constexpr bool is_symmetric(Algorithm algorithm) noexcept {
  return algorithm <= Algorithm::kHs512;
}

}  // namespace jwt
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_JWT_ALGORITHM_H_
