#include <chrono>
#include <iostream>
#include <optional>
#include <utility>

#include "arguments.h"
#include "coefficient/core/clock.h"
#include "coefficient/jwt/verifier.h"
#include "io.h"
#include "keys.h"

namespace jwt_tool {

namespace jwt = coefficient::jwt;
using coefficient::Error;
using coefficient::Result;

namespace {

jwt::Policy policy_of(const Arguments& arguments) {
  jwt::Policy policy;
  policy.issuers = arguments.issuers;
  policy.audiences = arguments.audiences;
  policy.required = arguments.required;
  policy.type = arguments.type;
  policy.require_exp = !arguments.no_exp;
  if (arguments.leeway) policy.leeway = std::chrono::seconds(*arguments.leeway);
  if (arguments.max_age) policy.max_age = std::chrono::seconds(*arguments.max_age);
  return policy;
}

Result<jwt::Verifier> make_verifier(const Arguments& arguments, const coefficient::Clock& clock) {
  auto keys = read_keys(arguments);
  if (!keys) return keys.error();
  return jwt::Verifier::create(*std::move(keys), policy_of(arguments), clock);
}

// Whoever reads only standard output must not take a wrong call for a valid token.
int misused(const Error& error) {
  std::cout << R"({"valid":false,"reason":"configuration"})" << '\n';
  return fail(kUsage, error.message);
}

}  // namespace

int verify(const Arguments& arguments) {
  std::optional<coefficient::ManualClock> fixed;
  if (arguments.now) fixed.emplace(std::chrono::sys_seconds(std::chrono::seconds(*arguments.now)));
  const coefficient::Clock& clock = fixed ? *fixed : coefficient::system_clock();
  const auto verifier = make_verifier(arguments, clock);
  if (!verifier) return misused(verifier.error());
  const auto input = read_stdin(verifier->policy().max_token_bytes);
  if (!input) return misused(input.error());
  std::string_view token = *input;
  if (token.ends_with('\n')) token.remove_suffix(1);  // a text file's; anything else is the token's
  const auto claims = verifier->verify(token);
  if (!claims) {
    std::cout << R"({"valid":false,"reason":")" << to_string(claims.error().reason) << "\"}\n";
    return kRefused;
  }
  std::cout << R"({"valid":true,"claims":)" << compact(claims->raw_json()) << "}\n";
  return kDone;
}

}  // namespace jwt_tool
