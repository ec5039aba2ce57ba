// AES-256-GCM, AES-KWP, HKDF-Expand and Cobblestone-256 against the published vectors, through
// exactly the wrappers that the modules use. Vectors for other sizes are counted, so that a new
// file cannot pass by being skipped.
#include <gtest/gtest.h>
#include <openssl/err.h>

#include <array>
#include <string>
#include <vector>

#include "coefficient/core/encoding.h"
#include "coefficient/core/random.h"
#include "core/crypto/aes_gcm.h"
#include "core/crypto/aes_kwp.h"
#include "core/crypto/cobblestone.h"
#include "core/crypto/hkdf.h"
#include "support/python.h"
#include "support/vectors.h"

using namespace coefficient;
using namespace coefficient::crypto;

namespace {

using Bytes = std::vector<std::byte>;

Bytes hex(const nlohmann::json& text) {
  return hex_decode(text.get<std::string>()).value();
}
Bytes zeros(std::size_t n) {
  return Bytes(n);
}
template <std::size_t N>
std::span<const std::byte, N> fixed(const Bytes& bytes) {
  EXPECT_EQ(bytes.size(), N);
  return std::span<const std::byte, N>(bytes.data(), N);
}

}  // namespace

TEST(AesGcm, Wycheproof) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "wycheproof");
  int used = 0;
  int skipped = 0;
  const auto json = test::read_json(dir / "aes_gcm_test.json");
  for (const auto& group : json.at("testGroups")) {
    const bool supported =
        group.at("keySize") == 256 && group.at("ivSize") == 96 && group.at("tagSize") == 128;
    for (const auto& c : group.at("tests")) {
      if (!supported) {
        ++skipped;
        continue;
      }
      ++used;
      const bool valid = c.at("result") == "valid";
      const Bytes key = hex(c.at("key")), iv = hex(c.at("iv")), aad = hex(c.at("aad")),
                  msg = hex(c.at("msg")), ct = hex(c.at("ct")), tag = hex(c.at("tag"));
      Bytes opened(ct.size(), std::byte{0xee});
      Aes256Gcm opener(Aes256Gcm::Use::kOpen, fixed<32>(key));
      EXPECT_EQ(opener.open(fixed<12>(iv), aad, ct, fixed<16>(tag), opened), valid)
          << "tcId " << c.at("tcId");
      EXPECT_EQ(opened, valid ? msg : zeros(ct.size())) << "tcId " << c.at("tcId");
      if (!valid) continue;
      Bytes sealed(msg.size());
      std::array<std::byte, 16> made{};
      Aes256Gcm sealer(Aes256Gcm::Use::kSeal, fixed<32>(key));
      ASSERT_TRUE(sealer.seal(fixed<12>(iv), aad, msg, sealed, made));
      EXPECT_EQ(sealed, ct) << "tcId " << c.at("tcId");
      EXPECT_EQ(hex_encode(made), hex_encode(tag)) << "tcId " << c.at("tcId");
    }
  }
  EXPECT_EQ(used, 66);
  EXPECT_EQ(skipped, 250) << "AES-128, AES-192 and nonces of other than 96 bits";
}

TEST(AesGcm, ManyMessagesUnderOneKeyInPlaceAndNothingLeftInTheErrorQueue) {
  const Bytes key(32, std::byte{7});
  ERR_raise(ERR_LIB_USER, 1);
  {
    Aes256Gcm sealer(Aes256Gcm::Use::kSeal, fixed<32>(key));
    Aes256Gcm opener(Aes256Gcm::Use::kOpen, fixed<32>(key));
    for (unsigned i = 0; i < 50; ++i) {
      std::array<std::byte, 12> nonce{};
      nonce[0] = std::byte{static_cast<unsigned char>(i)};
      const Bytes text(i * 7, std::byte{static_cast<unsigned char>(i)});
      const Bytes aad(i % 3, std::byte{1});
      Bytes buffer = text;
      std::array<std::byte, 16> tag{};
      ASSERT_TRUE(sealer.seal(nonce, aad, buffer, buffer, tag));
      EXPECT_EQ(buffer == text, text.empty());
      Bytes bad = buffer;
      std::array<std::byte, 16> other = tag;
      other[15] ^= std::byte{1};
      EXPECT_FALSE(opener.open(nonce, aad, bad, other, bad));
      EXPECT_EQ(bad, zeros(bad.size()));
      ASSERT_TRUE(opener.open(nonce, aad, buffer, tag, buffer)) << "after a refusal as well";
      EXPECT_EQ(buffer, text);
    }
  }
  EXPECT_EQ(ERR_GET_REASON(ERR_get_error()), 1) << "the host's own error is still there";
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(AesGcm, RefusesWrongSizesAndTheOtherDirection) {
  const Bytes key(32, std::byte{7});
  const std::array<std::byte, 12> nonce{};
  std::array<std::byte, 16> tag{};
  Bytes four(4), five(5, std::byte{9});
  Aes256Gcm sealer(Aes256Gcm::Use::kSeal, fixed<32>(key));
  Aes256Gcm opener(Aes256Gcm::Use::kOpen, fixed<32>(key));
  EXPECT_FALSE(sealer.seal(nonce, {}, four, five, tag));
  EXPECT_FALSE(opener.seal(nonce, {}, four, four, tag));
  EXPECT_FALSE(sealer.open(nonce, {}, four, tag, four));
  EXPECT_FALSE(opener.open(nonce, {}, four, tag, five));
  EXPECT_EQ(five, zeros(5));
}

TEST(AesKwp, Wycheproof) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "wycheproof");
  int used = 0;
  int skipped = 0;
  const auto json = test::read_json(dir / "aes_kwp_test.json");
  for (const auto& group : json.at("testGroups"))
    for (const auto& c : group.at("tests")) {
      if (group.at("keySize") != 256) {
        ++skipped;
        continue;
      }
      ++used;
      const Bytes key = hex(c.at("key")), msg = hex(c.at("msg")), ct = hex(c.at("ct"));
      const auto name = ::testing::Message() << "tcId " << c.at("tcId") << c.at("comment");
      Bytes out(ct.size(), std::byte{0xee});
      const auto size = aes256_kwp_unwrap(fixed<32>(key), ct, out);
      if (c.at("result") == "invalid") {
        ASSERT_FALSE(size) << name;
        EXPECT_EQ(size.error().code, ErrorCode::kDataLoss) << name;
        EXPECT_EQ(out, zeros(ct.size())) << name;
        continue;
      }
      // "acceptable" marks wraps of keys shorter than any in use; RFC 5649 allows them.
      ASSERT_TRUE(size) << name;
      EXPECT_EQ(Bytes(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*size)), msg) << name;
      EXPECT_EQ(aes256_kwp_wrap(fixed<32>(key), msg).value(), ct) << name;
    }
  EXPECT_EQ(used, 94);
  EXPECT_EQ(skipped, 160) << "AES-128 and AES-192";
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(AesKwp, RefusesSizes) {
  const Bytes kek(32, std::byte{1});
  EXPECT_EQ(aes256_kwp_wrap(fixed<32>(kek), {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(aes256_kwp_wrap(fixed<32>(kek), zeros(65537)).error().code,
            ErrorCode::kInvalidArgument);
  Bytes out(64);
  for (const std::size_t n : {0U, 8U, 15U, 17U, 23U, 41U})
    EXPECT_EQ(aes256_kwp_unwrap(fixed<32>(kek), zeros(n), out).error().code, ErrorCode::kDataLoss);
  Bytes small(32);
  EXPECT_EQ(aes256_kwp_unwrap(fixed<32>(kek), zeros(40), small).error().code,
            ErrorCode::kInvalidArgument);
}

// The file tests extract and expand; extract is one HMAC with the salt as its key, where no salt
// is a hash of zeros (RFC 5869 section 2.2).
TEST(Hkdf, WycheproofSha512) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "wycheproof");
  int cases = 0;
  const auto json = test::read_json(dir / "hkdf_sha512_test.json");
  for (const auto& group : json.at("testGroups"))
    for (const auto& c : group.at("tests")) {
      Bytes salt = hex(c.at("salt"));
      if (salt.empty()) salt = zeros(64);
      const auto salt_key = HmacKey::create(DigestAlgorithm::kSha512, salt);
      Hmac extract(*salt_key);
      extract.update(hex(c.at("ikm")));
      std::array<std::byte, 64> prk{};
      ASSERT_TRUE(extract.finish(prk));
      const auto key = HmacKey::create(DigestAlgorithm::kSha512, prk);
      const Bytes info = hex(c.at("info"));
      const auto half = std::span(info).first(info.size() / 2);
      Bytes out(c.at("size").get<std::size_t>(), std::byte{0xee});
      const bool valid = c.at("result") == "valid";
      EXPECT_EQ(hkdf_expand(*key, {half, std::span(info).subspan(half.size())}, out), valid)
          << "tcId " << c.at("tcId");
      EXPECT_EQ(out, valid ? hex(c.at("okm")) : zeros(out.size())) << "tcId " << c.at("tcId");
      ++cases;
    }
  EXPECT_EQ(cases, 83);
}

// RFC 5869 section 2.3, written out: T(i) is the MAC of T(i-1), the info and i.
TEST(Hkdf, InfoOfAnyLengthInAnyParts) {
  const Bytes prk(64, std::byte{7});
  const auto key = HmacKey::create(DigestAlgorithm::kSha512, prk);
  for (const std::size_t size : {0U, 1U, 446U, 447U, 448U, 449U, 1000U}) {
    Bytes info(size);
    for (std::size_t i = 0; i < size; ++i) info[i] = static_cast<std::byte>(i);
    Bytes expected;
    Bytes previous;
    for (unsigned i = 1; i <= 255; ++i) {
      Hmac mac(*key);
      mac.update(previous);
      mac.update(info);
      const auto counter = static_cast<std::byte>(i);
      mac.update({&counter, 1});
      previous.resize(64);
      ASSERT_TRUE(mac.finish(previous));
      expected.insert(expected.end(), previous.begin(), previous.end());
    }
    const auto all = std::span<const std::byte>(info);
    for (const std::size_t wanted : {1U, 64U, 76U, 129U, 16320U}) {
      const Bytes begin(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(wanted));
      Bytes out(wanted);
      EXPECT_TRUE(hkdf_expand(*key, {all}, out));
      EXPECT_EQ(out, begin) << size << " bytes of info, " << wanted << " wanted";
      EXPECT_TRUE(hkdf_expand(*key, {all.first(size / 3), {}, all.subspan(size / 3)}, out));
      EXPECT_EQ(out, begin) << size << " bytes of info in parts";
    }
    Bytes too_long(16321, std::byte{0xee});
    EXPECT_FALSE(hkdf_expand(*key, {all}, too_long));
    EXPECT_EQ(too_long, zeros(16321));
  }
}

// The ciphertexts are zlib-compressed; Python inflates them.
TEST(Cobblestone, Wycheproof) {
  COEFFICIENT_VECTORS_OR_SKIP(dir, "wycheproof");
  const auto file = dir / "c2sp_chunked_encryption_aes_256_gcm_test.json";
  const auto inflated = test::python(
      "import json,sys,zlib\n"
      "for g in json.load(open(sys.argv[1]))['testGroups']:\n"
      "  for t in g['tests']: print(zlib.decompress(bytes.fromhex(t['ct'])).hex())\n",
      {file.string()});
  if (!inflated) GTEST_SKIP() << inflated.error().message;
  std::istringstream lines(*inflated);
  int cases = 0;
  int valid_cases = 0;
  const auto json = test::read_json(file);
  for (const auto& group : json.at("testGroups"))
    for (const auto& c : group.at("tests")) {
      ++cases;
      std::string line;
      ASSERT_TRUE(std::getline(lines, line));
      const Bytes message = hex_decode(line).value();
      const Bytes raw = hex(c.at("key")), context = hex(c.at("ctx"));
      const auto name = ::testing::Message() << "tcId " << c.at("tcId") << c.at("comment");
      if (raw.size() != kCobblestoneKeyBytes) {  // our type for a data key has no other size
        EXPECT_EQ(c.at("result"), "invalid") << name;
        continue;
      }
      const auto key = HmacKey::create(DigestAlgorithm::kSha512, raw);
      const auto size = cobblestone_plaintext_size(message.size());
      Bytes out(size.value_or(0), std::byte{0xee});
      const auto opened = cobblestone_open(*key, context, message, out);
      ASSERT_EQ(opened.has_value(), c.at("result") == "valid") << name;
      if (!opened) {
        EXPECT_EQ(out, zeros(out.size())) << name << "partial plaintext was released";
        continue;
      }
      ++valid_cases;
      EXPECT_EQ(out.size(), c.at("msgLength").get<std::size_t>()) << name;
      Digest digest(DigestAlgorithm::kSha512);
      digest.update(out);
      std::array<std::byte, 64> hash{};
      ASSERT_TRUE(digest.finish(hash));
      EXPECT_EQ(hex_encode(hash), c.at("msgSha512")) << name;
      Bytes sealed(message.size());
      ASSERT_TRUE(cobblestone_seal(*key, std::span(message).first<kCobblestoneSaltBytes>(), context,
                                   out, sealed));
      EXPECT_EQ(sealed, message) << name << "sealing again with the same salt";
    }
  EXPECT_EQ(cases, 35);
  EXPECT_EQ(valid_cases, 10);
}

TEST(Cobblestone, SizesAreTheOnesOfTheFormat) {
  for (std::size_t n = 0; n < 70000; n += n < 40 || (n + 40) % 16384 < 80 ? 1 : 97) {
    const std::size_t sealed = cobblestone_sealed_size(n);
    EXPECT_EQ(cobblestone_plaintext_size(sealed), n);
  }
  for (std::size_t chunks = 0; chunks < 3; ++chunks)
    for (std::size_t tail = 0; tail < 16; ++tail)
      EXPECT_EQ(cobblestone_plaintext_size(56 + chunks * 16400 + tail), std::nullopt);
  for (std::size_t n = 0; n < 72; ++n) EXPECT_EQ(cobblestone_plaintext_size(n), std::nullopt);
}

TEST(Cobblestone, NothingOfARefusedMessageIsLeft) {
  const auto key = HmacKey::create(DigestAlgorithm::kSha512, Bytes(32, std::byte{1}));
  const std::array<std::byte, kCobblestoneSaltBytes> salt{};
  const std::size_t size = cobblestone_sealed_size(20000);
  for (const std::size_t other : {std::size_t{0}, std::size_t{56}, size - 1, size + 1}) {
    Bytes out(other, std::byte{9});
    EXPECT_EQ(cobblestone_seal(*key, salt, {}, zeros(20000), out).error().code,
              ErrorCode::kInvalidArgument);
    EXPECT_EQ(out, zeros(other));
  }
  Bytes out(size, std::byte{9});
  ASSERT_TRUE(cobblestone_seal(*key, salt, {}, zeros(20000), out));
  Bytes opened(20000, std::byte{1});
  ASSERT_TRUE(cobblestone_open(*key, {}, out, opened));
  EXPECT_EQ(opened, zeros(20000));
  const auto sha256_key = HmacKey::create(DigestAlgorithm::kSha256, Bytes(32, std::byte{1}));
  EXPECT_EQ(cobblestone_seal(*sha256_key, salt, {}, zeros(20000), out).error().code,
            ErrorCode::kInternal);
  EXPECT_EQ(out, zeros(size));
}

TEST(Cobblestone, OtherSizesOfTheOutputAreRefused) {
  const auto key = HmacKey::create(DigestAlgorithm::kSha512, Bytes(32, std::byte{1}));
  const std::array<std::byte, kCobblestoneSaltBytes> salt{};
  Bytes out(10);
  Bytes message(cobblestone_sealed_size(3));
  ASSERT_TRUE(cobblestone_seal(*key, salt, {}, zeros(3), message));
  EXPECT_EQ(cobblestone_open(*key, {}, message, out).error(), CobblestoneFault::kLength);
  const auto sha256_key = HmacKey::create(DigestAlgorithm::kSha256, Bytes(32, std::byte{1}));
  Bytes three(3);
  EXPECT_EQ(cobblestone_open(*sha256_key, {}, message, three).error(), CobblestoneFault::kInternal);
}
