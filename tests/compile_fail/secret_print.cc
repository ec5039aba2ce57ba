#include <iostream>

#include "coefficient/core/secret_bytes.h"

void print(const coefficient::SecretBytes& secret) {
  std::cout << secret.size();
#ifdef MUST_NOT_COMPILE
  std::cout << secret;
#endif
}
