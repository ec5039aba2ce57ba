#include <string>

#include "coefficient/webhook/verified.h"

using coefficient::webhook::Verified;

void handle(const Verified& verified);

void forge(const Verified& genuine) {
  handle(genuine);
#ifdef MUST_NOT_COMPILE
  handle(Verified{std::string("{}")});
#endif
}
