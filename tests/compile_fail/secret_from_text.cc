#include "coefficient/core/secret_bytes.h"

void take(coefficient::SecretBytes secret);

void pass() {
  take(coefficient::SecretBytes::copy_of("whsec_example"));
#ifdef MUST_NOT_COMPILE
  take("whsec_example");  // a secret is made on purpose, never by the way
#endif
}
