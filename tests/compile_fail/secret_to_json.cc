#include <nlohmann/json.hpp>

#include "coefficient/core/secret_bytes.h"

nlohmann::json serialize(const coefficient::SecretBytes& secret) {
#ifdef MUST_NOT_COMPILE
  return nlohmann::json(secret);
#else
  return nlohmann::json(secret.size());
#endif
}
