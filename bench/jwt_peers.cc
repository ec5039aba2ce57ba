#include "jwt_peers.h"

#include <openssl/bio.h>
#include <openssl/pem.h>

#include <memory>
#include <stdexcept>
#include <vector>

namespace jwt_peers {
namespace {

struct BioFree {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};

}  // namespace

const std::vector<const Peer*>& all() {
  static const std::vector<const Peer*> installed{
#ifdef COEFFICIENT_HAVE_LIBJWT
      &kLibjwt,
#endif
#ifdef COEFFICIENT_HAVE_CPP_JWT
      &kCppJwt,
#endif
  };
  return installed;
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
