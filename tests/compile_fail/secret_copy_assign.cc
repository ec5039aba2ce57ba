#include <utility>

#include "coefficient/core/secret_bytes.h"

void copy(coefficient::SecretBytes secret) {
  coefficient::SecretBytes second;
#ifdef MUST_NOT_COMPILE
  second = secret;
#endif
  second = std::move(secret);
}
