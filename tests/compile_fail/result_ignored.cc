#include <cstddef>
#include <span>

#include "coefficient/core/random.h"

void ignore(std::span<std::byte> out) {
  if (!coefficient::random_bytes(out)) return;
#ifdef MUST_NOT_COMPILE
  coefficient::random_bytes(out);
#endif
}
