#include "ratelimit/sip_hash.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>
#include <string>

using coefficient::ratelimit::SipHash13;

namespace {

// OpenSSL's SipHash, told to do one and three rounds.
std::uint64_t of_openssl(const SipHash13::Key& key, const std::string& text) {
  const std::unique_ptr<EVP_MAC, void (*)(EVP_MAC*)> mac(EVP_MAC_fetch(nullptr, "SIPHASH", nullptr),
                                                         EVP_MAC_free);
  const std::unique_ptr<EVP_MAC_CTX, void (*)(EVP_MAC_CTX*)> context(EVP_MAC_CTX_new(mac.get()),
                                                                     EVP_MAC_CTX_free);
  unsigned c_rounds = 1;
  unsigned d_rounds = 3;
  unsigned size = 8;
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_SIZE, &size),
                               OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_C_ROUNDS, &c_rounds),
                               OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_D_ROUNDS, &d_rounds),
                               OSSL_PARAM_construct_end()};
  std::uint64_t out = 0;
  std::size_t written = 0;
  EXPECT_EQ(
      EVP_MAC_init(context.get(), reinterpret_cast<const unsigned char*>(key.data()), 16, params),
      1);
  EXPECT_EQ(EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(text.data()),
                           text.size()),
            1);
  EXPECT_EQ(EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(&out), &written, 8), 1);
  EXPECT_EQ(written, 8U);
  return out;
}

TEST(SipHash, IsOpenSslsWithOneAndThreeRounds) {
  const SipHash13::Key key = {0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
  const SipHash13 hash(key);
  std::string text;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(hash(text), of_openssl(key, text)) << i;
    text.push_back(static_cast<char>(i * 37));
  }
  EXPECT_EQ(SipHash13({1, 2})(text), of_openssl({1, 2}, text));
  EXPECT_NE(SipHash13({1, 2})(text), hash(text));
}

}  // namespace
