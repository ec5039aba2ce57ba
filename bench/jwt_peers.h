#ifndef BENCH_JWT_PEERS_H_
#define BENCH_JWT_PEERS_H_

#include <openssl/evp.h>

#include <span>
#include <string>

// What jwt_bench measures beside ours, used as their documents show. A header of its own: one of
// them has a namespace jwt, too.
namespace jwt_peers {

struct Peer {
  const char* name;
  /// Verifies a token with a secret or a PEM public key, and reads and checks its claims. Returns
  /// nullptr, or why it could not.
  const char* (*verify)(const std::string& token, const std::string& key, const char* algorithm);
  /// Makes a token of the same six claims by HS256. Returns nullptr, or why it could not.
  const char* (*sign)(const std::string& key);
};

/// Returns those that are installed.
std::span<const Peer> all();

/// Returns the public half in PEM.
std::string pem_of(EVP_PKEY* key);

}  // namespace jwt_peers

#endif  // BENCH_JWT_PEERS_H_
