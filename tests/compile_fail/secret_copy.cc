#include <utility>

#include "coefficient/core/secret_bytes.h"

void copy(coefficient::SecretBytes secret) {
#ifdef MUST_NOT_COMPILE
  const coefficient::SecretBytes second(secret);
#endif
  const coefficient::SecretBytes moved(std::move(secret));
}
