#include <jwt/jwt.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "jwt_peers.h"

namespace jwt_peers {
namespace {

const char* cpp_jwt_verify(const std::string& token, const std::string& key,
                           const char* algorithm) {
  using namespace ::jwt::params;
  std::error_code fault;
  const std::vector<std::string> allowed{algorithm};
  const auto read = ::jwt::decode(token, algorithms(allowed), fault, secret(key), verify(true),
                                  issuer(kIssuer), aud(kAudience));
  if (fault) return "refused";
  const auto subject = read.payload().get_claim_value<std::string>("sub");
  const auto id = read.payload().get_claim_value<std::string>("jti");
  return subject.size() + id.size() > 0 ? nullptr : "a claim is missing";
}

const char* cpp_jwt_sign(const std::string& key) {
  using namespace ::jwt::params;
  ::jwt::jwt_object token{algorithm("HS256"), secret(key)};
  token.add_claim("iss", kIssuer)
      .add_claim("sub", kSubject)
      .add_claim("aud", kAudience)
      .add_claim("iat", static_cast<long long>(kIssued))
      .add_claim("exp", static_cast<long long>(kExpires))
      .add_claim("jti", kId);
  std::error_code fault;
  const std::string text = token.signature(fault);
  return !fault && !text.empty() ? nullptr : "not signed";
}

}  // namespace

const Peer kCppJwt{"cpp-jwt", cpp_jwt_verify, cpp_jwt_sign};

}  // namespace jwt_peers
