#include "coefficient/core/secret_bytes.h"

bool compare(const coefficient::SecretBytes& a, const coefficient::SecretBytes& b) {
#ifdef MUST_NOT_COMPILE
  if (a == b) return true;
#endif
  return constant_time_equal(a, b);
}
