#include <chrono>
#include <iostream>

#include "arguments.h"
#include "coefficient/core/clock.h"
#include "coefficient/jwt/signer.h"
#include "io.h"
#include "keys.h"

namespace jwt_tool {

namespace jwt = coefficient::jwt;

int sign(const Arguments& arguments) {
  constexpr std::size_t kMaxClaims = std::size_t{64} * 1024;
  auto key = read_key(arguments);
  if (!key) return fail(kUsage, key.error().message);
  jwt::SignerOptions options;
  options.require_exp = !arguments.no_exp;
  if (!arguments.type.empty()) options.type = arguments.type;
  const auto signer = jwt::Signer::create(*std::move(key), options);
  if (!signer) return fail(kUsage, signer.error().message);
  const auto input = read_stdin(kMaxClaims);
  if (!input) return fail(kUsage, input.error().message);
  auto claims = jwt::ClaimSet::from_json(*input);
  if (!claims) return fail(kRefused, claims.error().message);
  if (arguments.expires_in) {
    const auto clock_now =
        std::chrono::floor<std::chrono::seconds>(coefficient::system_clock().now());
    const std::chrono::sys_seconds now =
        arguments.now ? std::chrono::sys_seconds(std::chrono::seconds(*arguments.now)) : clock_now;
    claims->issued_at(now).expires_at(now + std::chrono::seconds(*arguments.expires_in));
  }
  const auto token = signer->sign(*claims);
  if (!token) return fail(kRefused, token.error().message);
  std::cout << *token << '\n';
  return kDone;
}

}  // namespace jwt_tool
