#include <jwt.h>

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>

#include "jwt_peers.h"

namespace jwt_peers {
namespace {

struct JwtFree {
  void operator()(jwt_t* token) const noexcept { jwt_free(token); }
};

const unsigned char* uchars(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

const char* libjwt_verify(const std::string& token, const std::string& key, const char* algorithm) {
  jwt_t* raw = nullptr;
  if (jwt_decode(&raw, token.c_str(), uchars(key), static_cast<int>(key.size())) != 0)
    return "refused";
  const std::unique_ptr<jwt_t, JwtFree> read(raw);
  if (jwt_get_alg(raw) != jwt_str_alg(algorithm)) return "another algorithm";
  const char* const issuer = jwt_get_grant(raw, "iss");
  const char* const audience = jwt_get_grant(raw, "aud");
  const char* const subject = jwt_get_grant(raw, "sub");
  const char* const id = jwt_get_grant(raw, "jti");
  if (issuer == nullptr || audience == nullptr || subject == nullptr || id == nullptr)
    return "a claim is missing";
  if (std::strcmp(issuer, kIssuer) != 0 || std::strcmp(audience, kAudience) != 0)
    return "a claim differs";
  return jwt_get_grant_int(raw, "exp") > std::time(nullptr) ? nullptr : "expired";
}

const char* libjwt_sign(const std::string& key) {
  jwt_t* raw = nullptr;
  if (jwt_new(&raw) != 0) return "no memory";
  const std::unique_ptr<jwt_t, JwtFree> token(raw);
  if (jwt_add_grant(raw, "iss", kIssuer) != 0 || jwt_add_grant(raw, "sub", kSubject) != 0 ||
      jwt_add_grant(raw, "aud", kAudience) != 0 || jwt_add_grant_int(raw, "iat", kIssued) != 0 ||
      jwt_add_grant_int(raw, "exp", kExpires) != 0 || jwt_add_grant(raw, "jti", kId) != 0 ||
      jwt_set_alg(raw, JWT_ALG_HS256, uchars(key), static_cast<int>(key.size())) != 0)
    return "a claim was not taken";
  char* const text = jwt_encode_str(raw);
  if (text == nullptr) return "not signed";
  std::free(text);
  return nullptr;
}

}  // namespace

const Peer kLibjwt{"libjwt", libjwt_verify, libjwt_sign};

}  // namespace jwt_peers
