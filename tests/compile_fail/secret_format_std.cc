#include <format>
#include <string>

#include "coefficient/core/secret_bytes.h"

std::string format(const coefficient::SecretBytes& secret) {
#ifdef MUST_NOT_COMPILE
  return std::format("{}", secret);
#else
  return std::format("{}", secret.size());
#endif
}
