#ifndef BENCH_JWT_PEERS_H_
#define BENCH_JWT_PEERS_H_

#include <openssl/evp.h>

#include <string>
#include <vector>

// What jwt_bench measures beside ours, used as their documents show. Each has a file of its own:
// one has a namespace jwt, the other a type of that name.
namespace jwt_peers {

struct Peer {
  const char* name;
  /// Verifies a token with a secret or a PEM public key, and reads and checks its claims. Returns
  /// nullptr, or why it could not.
  const char* (*verify)(const std::string& token, const std::string& key, const char* algorithm);
  /// Makes a token of the same six claims by HS256. Returns nullptr, or why it could not.
  const char* (*sign)(const std::string& key);
};

/// The six claims.
inline constexpr const char* kIssuer = "https://auth.example.com/";
inline constexpr const char* kAudience = "api://coefficient";
inline constexpr const char* kSubject = "user-1234567890";
inline constexpr const char* kId = "b1f7c0de-8f0a-4d5b-9a3e-6f1f2d7c8e90";
inline constexpr long kIssued = 1'700'000'000;
inline constexpr long kExpires = 4'102'444'800;

extern const Peer kLibjwt;
extern const Peer kCppJwt;

/// Returns those that are installed.
const std::vector<const Peer*>& all();

/// Returns the public half in PEM.
std::string pem_of(EVP_PKEY* key);

}  // namespace jwt_peers

#endif  // BENCH_JWT_PEERS_H_
