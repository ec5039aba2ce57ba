#include <string>

#include "coefficient/core/secret_bytes.h"

void take(const std::string& text);

void pass(const coefficient::SecretBytes& secret) {
  take("text");
#ifdef MUST_NOT_COMPILE
  take(secret);
#endif
  (void)secret.expose();
}
