#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "coefficient/core/encoding.h"
#include "core/crypto/digest.h"
#include "core/crypto/hmac.h"
#include "core/crypto/public_key.h"
#include "support/bytes.h"
#include "support/vectors.h"

using namespace coefficient;
using crypto::DigestAlgorithm;
using test::bytes;

namespace {
std::string mac_hex(DigestAlgorithm algorithm, std::span<const std::byte> key,
                    std::span<const std::byte> message) {
  const auto hmac_key = crypto::HmacKey::create(algorithm, key);
  crypto::Hmac mac(*hmac_key);
  mac.update(message.first(message.size() / 2));
  mac.update(message.subspan(message.size() / 2));
  std::vector<std::byte> out(hmac_key->mac_bytes());
  EXPECT_TRUE(mac.finish(out));
  EXPECT_FALSE(mac.finish(out)) << "a MAC is finished once";
  return hex_encode(out);
}
}  // namespace

TEST(Digest, Fips180Vectors) {
  EXPECT_EQ(hex_encode(crypto::sha256({bytes("a"), bytes("bc")}).value()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  crypto::Digest sha512(DigestAlgorithm::kSha512);
  sha512.update(bytes("abc"));
  std::array<std::byte, 64> out{};
  ASSERT_TRUE(sha512.finish(out));
  EXPECT_EQ(hex_encode(out).substr(0, 32), "ddaf35a193617abacc417349ae204131");
  EXPECT_FALSE(sha512.finish(out));
}

// RFC 4231 test cases 1, 2, 6 (a key longer than the block).
TEST(Hmac, Rfc4231Vectors) {
  const auto key1 = hex_decode("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b").value();
  EXPECT_EQ(mac_hex(DigestAlgorithm::kSha256, key1, bytes("Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(mac_hex(DigestAlgorithm::kSha256, bytes("Jefe"), bytes("what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const std::vector<std::byte> key6(131, std::byte{0xaa});
  EXPECT_EQ(mac_hex(DigestAlgorithm::kSha256, key6,
                    bytes("Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_FALSE(crypto::HmacKey::create(DigestAlgorithm::kSha256, {}));
}

// Wycheproof's file is of 2.x: full and truncated tags; the wrapper makes full tags only, so a
// truncated one is compared by its length.
TEST(Hmac, Wycheproof) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "wycheproof");
  const std::pair<const char*, DigestAlgorithm> files[] = {
      {"hmac_sha256_test.json", DigestAlgorithm::kSha256},
      {"hmac_sha512_test.json", DigestAlgorithm::kSha512}};
  for (const auto& [file, algorithm] : files) {
    int cases = 0;
    const auto json = test::read_json(dir / file);
    for (const auto& group : json.at("testGroups"))
      for (const auto& c : group.at("tests")) {
        const auto key = hex_decode(c.at("key").get<std::string>()).value();
        const auto msg = hex_decode(c.at("msg").get<std::string>()).value();
        const std::string tag = c.at("tag");
        ASSERT_FALSE(key.empty()) << "refused by contract";
        const bool equal = mac_hex(algorithm, key, msg).substr(0, tag.size()) == tag;
        EXPECT_EQ(equal, c.at("result") == "valid") << file << " tcId " << c.at("tcId");
        ++cases;
      }
    EXPECT_EQ(cases, 174) << file;
  }
}

TEST(PublicKey, WycheproofEd25519AndP256) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "wycheproof");
  int cases = 0;
  for (const char* file : {"ed25519_test.json", "ecdsa_secp256r1_sha256_p1363_test.json"}) {
    const auto json = test::read_json(dir / file);
    for (const auto& group : json.at("testGroups")) {
      const auto& pk = group.at("publicKey");
      Result<crypto::PublicKey> key = Error{};
      if (pk.contains("pk")) {
        key = crypto::PublicKey::ed25519(hex_decode(pk.at("pk").get<std::string>()).value());
      } else {
        const auto point = hex_decode(pk.at("uncompressed").get<std::string>()).value();
        key =
            crypto::PublicKey::p256(std::span(point).subspan(1, 32), std::span(point).subspan(33));
      }
      ASSERT_TRUE(key) << file;
      for (const auto& c : group.at("tests")) {
        const auto msg = hex_decode(c.at("msg").get<std::string>()).value();
        const auto sig = hex_decode(c.at("sig").get<std::string>()).value();
        EXPECT_EQ(key->verify(msg, sig), c.at("result") == "valid")
            << file << " tcId " << c.at("tcId");
        ++cases;
      }
    }
  }
  EXPECT_GT(cases, 300);
}

TEST(PublicKey, RefusesWhatIsNoKey) {
  EXPECT_FALSE(crypto::PublicKey::ed25519(bytes("short")));
  const std::vector<std::byte> ones(32, std::byte{1});
  EXPECT_FALSE(crypto::PublicKey::p256(ones, ones)) << "not on the curve";
  EXPECT_FALSE(
      crypto::PublicKey::pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"));
  EXPECT_FALSE(crypto::PublicKey::pem(""));
}
