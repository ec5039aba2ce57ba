#include "jwt_peers.h"

#include <openssl/bio.h>
#include <openssl/pem.h>

#include <cstring>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <vector>

#ifdef COEFFICIENT_HAVE_LIBJWT
#include <jwt.h>
#endif
#ifdef COEFFICIENT_HAVE_CPPJWT
#include <jwt/jwt.hpp>
#endif

namespace jwt_peers {
namespace {

constexpr const char* kIssuer = "https://auth.example.com/";
constexpr const char* kAudience = "api://coefficient";
constexpr const char* kSubject = "user-1234567890";
constexpr const char* kId = "b1f7c0de-8f0a-4d5b-9a3e-6f1f2d7c8e90";
constexpr long kIssued = 1'700'000'000;
constexpr long kExpires = 4'102'444'800;

#ifdef COEFFICIENT_HAVE_LIBJWT

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
  jwt_free_str(text);
  return nullptr;
}

#endif
#ifdef COEFFICIENT_HAVE_CPPJWT

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
      .add_claim("iat", kIssued)
      .add_claim("exp", kExpires)
      .add_claim("jti", kId);
  std::error_code fault;
  const std::string text = token.signature(fault);
  return !fault && !text.empty() ? nullptr : "not signed";
}

#endif

const std::vector<Peer>& peers() {
  static const std::vector<Peer> found{
#ifdef COEFFICIENT_HAVE_LIBJWT
      {"libjwt", libjwt_verify, libjwt_sign},
#endif
#ifdef COEFFICIENT_HAVE_CPPJWT
      {"cpp-jwt", cpp_jwt_verify, cpp_jwt_sign},
#endif
  };
  return found;
}

struct BioFree {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};

}  // namespace

std::span<const Peer> all() {
  return peers();
}

std::string pem_of(EVP_PKEY* key) {
  const std::unique_ptr<BIO, BioFree> bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || PEM_write_bio_PUBKEY(bio.get(), key) != 1)
    throw std::runtime_error("PEM could not be written");
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace jwt_peers
