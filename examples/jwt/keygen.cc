#include <iostream>

#include "arguments.h"
#include "coefficient/jwt/key.h"
#include "io.h"
#include "keys.h"

namespace jwt_tool {

namespace jwt = coefficient::jwt;

int keygen(const Arguments& arguments) {
  const auto algorithm = algorithm_of(arguments);
  if (!algorithm) return fail(kUsage, algorithm.error().message);
  const auto text =
      jwt::generate_jwk(**algorithm, {.kid = arguments.kid, .rsa_bits = arguments.rsa_bits});
  if (!text) return fail(kUsage, text.error().message);
  if (arguments.out_file.empty()) {
    std::cout << text_of(*text) << '\n';
    return kDone;
  }
  const auto key = jwt::Key::from_jwk(text_of(*text));
  if (!key) return fail(kUsage, key.error().message);
  if (const auto made = make_secret_file(arguments.out_file, *text); !made)
    return fail(kUsage, made.error().message);
  if (const auto shared = key->public_jwk()) {
    std::cout << *shared << '\n';
  } else {
    std::cerr << "jwt: whoever has this secret can verify and sign; there is nothing to publish\n";
  }
  return kDone;
}

int thumbprint(const Arguments& arguments) {
  // A thumbprint is that of the material: for PEM, whichever algorithm takes it will do.
  Arguments attempt = arguments;
  auto key = read_key(attempt);
  for (const char* name : {"RS256", "ES256", "ES384", "ES512", "EdDSA"}) {
    if (key || !arguments.algorithm.empty()) break;
    attempt.algorithm = name;
    key = read_key(attempt);
  }
  if (!key) return fail(kUsage, key.error().message);
  if (is_symmetric(key->algorithm()))
    std::cerr << "jwt: the thumbprint of a secret lets one try guesses: do not publish it\n";
  std::cout << key->thumbprint() << '\n';
  return kDone;
}

}  // namespace jwt_tool
