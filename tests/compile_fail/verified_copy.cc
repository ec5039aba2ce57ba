#include <utility>

#include "coefficient/webhook/verified.h"

using coefficient::webhook::Verified;

void copy(Verified genuine) {
#ifdef MUST_NOT_COMPILE
  const Verified second(genuine);  // it owns the body: one owner, one handler
#endif
  const Verified moved(std::move(genuine));
}
