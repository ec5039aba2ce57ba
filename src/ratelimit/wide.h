#ifndef COEFFICIENT_SRC_RATELIMIT_WIDE_H_
#define COEFFICIENT_SRC_RATELIMIT_WIDE_H_

#include <cstdint>
#include <limits>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace ratelimit {

/// Products of two 64-bit numbers.
__extension__ using Wide = unsigned __int128;

inline Wide product(std::uint64_t a, std::uint64_t b) noexcept {
  return static_cast<Wide>(a) * b;
}
inline Wide divide_up(Wide a, std::uint64_t b) noexcept {
  return a / b + (a % b != 0 ? 1 : 0);
}

/// For quotient(). Precondition: divisor > 0.
inline std::uint64_t reciprocal_of(std::uint64_t divisor) noexcept {
  return std::numeric_limits<std::uint64_t>::max() / divisor;
}
/// Returns a / b without a division. The reciprocal falls short of 2^64 / b by one at most, so the
/// estimate falls short of the quotient by less than two.
inline std::uint64_t quotient(std::uint64_t a, std::uint64_t b, std::uint64_t reciprocal) noexcept {
  const auto estimate = static_cast<std::uint64_t>(product(a, reciprocal) >> 64U);
  return estimate + (a - estimate * b >= b ? 1 : 0);
}

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_WIDE_H_
