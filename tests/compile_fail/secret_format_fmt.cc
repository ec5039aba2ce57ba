#include <fmt/format.h>

#include <string>

#include "coefficient/core/secret_bytes.h"

std::string format(const coefficient::SecretBytes& secret) {
#ifdef MUST_NOT_COMPILE
  return fmt::format("{}", secret);
#else
  return fmt::format("{}", secret.size());
#endif
}
