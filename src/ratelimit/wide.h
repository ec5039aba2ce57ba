#ifndef COEFFICIENT_SRC_RATELIMIT_WIDE_H_
#define COEFFICIENT_SRC_RATELIMIT_WIDE_H_

#include <cstdint>

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

}  // namespace ratelimit
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_RATELIMIT_WIDE_H_
