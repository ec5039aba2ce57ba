// A host of the module core: text that is not canonical base64url has no bytes.
#include <coefficient/core/encoding.h>

#include <cstdlib>

int main() {
  const auto bytes = coefficient::base64url_decode("AQID");
  const bool right = bytes && bytes->size() == 3 && !coefficient::base64url_decode("AQI=");
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
