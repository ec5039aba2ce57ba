// A host of the module jwt: signs a token and verifies it, and not another.
#include <coefficient/core/clock.h>
#include <coefficient/jwt/signer.h>
#include <coefficient/jwt/verifier.h>

#include <chrono>
#include <cstdlib>
#include <string>

int main() {
  namespace jwt = coefficient::jwt;
  const coefficient::ManualClock clock{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};
  const auto secret = coefficient::SecretBytes::copy_of("0123456789abcdef0123456789abcdef");
  const auto key = jwt::Key::hmac(jwt::Algorithm::kHs256, secret);
  if (!key) return EXIT_FAILURE;
  const auto signer = jwt::Signer::create(*key);
  auto keys = jwt::KeySet::create({*key});
  if (!signer || !keys) return EXIT_FAILURE;
  const auto verifier =
      jwt::Verifier::create(*std::move(keys), {.issuers = {"here"}, .audiences = {"there"}}, clock);
  const auto expiry =
      std::chrono::time_point_cast<std::chrono::seconds>(clock.now()) + std::chrono::minutes(1);
  const auto token =
      signer->sign(jwt::ClaimSet().issuer("here").audience("there").expires_at(expiry));
  if (!verifier || !token) return EXIT_FAILURE;
  const bool right = verifier->verify(*token) && !verifier->verify(*token + "A");
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
