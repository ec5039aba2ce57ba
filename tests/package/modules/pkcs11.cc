// A host of the component pkcs11, on a machine without a token: there is no such module, says it.
#include <coefficient/pkcs11/token_kek.h>

#include <cstdlib>

int main() {
  const auto kek = coefficient::pkcs11::TokenKek::create({.module = "/nonexistent/module.so",
                                                          .token_label = "token",
                                                          .key_label = "key",
                                                          .key_id = "01"},
                                                         coefficient::SecretBytes::copy_of("1234"));
  const bool right = !kek && kek.error().code == coefficient::ErrorCode::kNotFound;
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
