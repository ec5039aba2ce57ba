#include <optional>
#include <utility>

#include "coefficient/webhook/verified.h"

using coefficient::webhook::Verified;

void handle(const Verified& verified);

void forge(Verified genuine) {
  handle(genuine);
  const std::optional<Verified> kept(std::move(genuine));
#ifdef MUST_NOT_COMPILE
  Verified forged;
  handle(forged);
#endif
}
