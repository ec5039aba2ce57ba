// Key texts of any bytes give a key or an error, and a key gives a public text that is read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "coefficient/jwt/key_set.h"

using namespace coefficient;

namespace {

void use(const jwt::Key& key) {
  const auto text = key.public_jwk();
  if (!text) return;
  const auto again = jwt::Key::from_jwk(*text);
  if (!again || again->thumbprint() != key.thumbprint() || again->can_sign()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto algorithm = static_cast<jwt::Algorithm>(1 + data[0] % 13);
  if (const auto key = jwt::Key::from_jwk(text, algorithm)) use(*key);
  if (const auto set = jwt::KeySet::from_jwks(text)) {
    for (const jwt::Key& key : set->keys()) use(key);
  }
  if (const auto key = jwt::Key::from_pem(algorithm, text)) use(*key);
  if (const auto key = jwt::Key::hmac(algorithm, SecretBytes::copy_of(text)))
    if (!is_symmetric(algorithm)) std::abort();
  return 0;
}
