#include <string_view>

#include "coefficient/core/secret_bytes.h"

void take(std::string_view text);

void pass(const coefficient::SecretBytes& secret) {
  take("text");
#ifdef MUST_NOT_COMPILE
  take(secret);
#endif
  (void)secret.expose();
}
