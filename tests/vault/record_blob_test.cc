#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "coefficient/core/encoding.h"
#include "support/python.h"
#include "support/vectors.h"
#include "vault/big_endian.h"
#include "vault/record_blob.h"
#include "vault/support.h"

using namespace coefficient;
using namespace coefficient::vault;
using test::Bytes;

namespace {

constexpr RecordRef kRef{"org-1", "oauth", "github"};

std::shared_ptr<const DataKey> data_key(const Bytes& raw, unsigned char id = 0) {
  DekId dek_id{};
  for (std::size_t i = 0; i < dek_id.size(); ++i)
    dek_id[i] = std::byte{static_cast<unsigned char>(i + id)};
  return DataKey::create(dek_id, std::span<const std::byte, 32>(raw.data(), 32)).value();
}
Bytes counting(std::size_t n, unsigned char from = 0) {
  Bytes out(n);
  for (std::size_t i = 0; i < n; ++i) out[i] = std::byte{static_cast<unsigned char>(from + i)};
  return out;
}
Blob sealed(const DataKey& key, std::string_view secret, std::uint64_t version = 7) {
  return seal_record(key, kRef, version, test::bytes(secret)).value();
}

// What a bit at this offset belongs to, so what must notice that it was flipped.
RecordFault expected_fault(std::size_t offset) {
  if (offset < 8) return RecordFault::kFormat;
  if (offset < 32) return RecordFault::kHeader;
  return offset < 88 ? RecordFault::kCommitment : RecordFault::kChunk;
}

}  // namespace

TEST(RecordBlob, HasTheLayoutOfTheFormat) {
  const auto key = data_key(counting(32));
  const Bytes salt = counting(24, 100);
  const Blob blob = seal_record(*key, kRef, 7, test::bytes("gho_example"),
                                std::span<const std::byte, 24>(salt.data(), 24))
                        .value();
  ASSERT_EQ(blob.size(), 11u + 104u);
  EXPECT_EQ(hex_encode(std::span(blob).first(8)), "4346563101000000");
  EXPECT_EQ(hex_encode(std::span(blob).subspan(8, 16)), "000102030405060708090a0b0c0d0e0f");
  EXPECT_EQ(hex_encode(std::span(blob).subspan(24, 8)), "0000000000000007");
  EXPECT_EQ(hex_encode(std::span(blob).subspan(32, 24)), hex_encode(salt));
  const auto header = parse_record_header(blob);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->dek_id, key->id());
  EXPECT_EQ(header->version, 7u);
}

TEST(RecordBlob, OpensToWhatWasSealed) {
  const auto key = data_key(test::random(32));
  for (const std::size_t n : {0U, 1U, 16U, 1000U, 16383U, 16384U, 16385U, 32768U, 100000U}) {
    const Bytes secret = test::random(n);
    const Blob blob = seal_record(*key, kRef, n, secret).value();
    const auto opened = open_record(*key, kRef, n, blob);
    ASSERT_TRUE(opened) << n;
    EXPECT_TRUE(constant_time_equal(opened->expose(), secret)) << n;
  }
  EXPECT_NE(sealed(*key, "same"), sealed(*key, "same")) << "salts are random";
}

TEST(RecordBlob, AFlipOfAnyBitIsRefusedAndMostOfThemBeforeDecryption) {
  const auto key = data_key(test::random(32));
  Blob blob = sealed(*key, "gho_0123456789");
  for (std::size_t bit = 0; bit < blob.size() * 8; ++bit) {
    const auto mask = std::byte{static_cast<unsigned char>(1U << bit % 8)};
    blob.data()[bit / 8] ^= mask;
    const auto opened = open_record(*key, kRef, 7, blob);
    ASSERT_FALSE(opened) << "bit " << bit;
    EXPECT_EQ(opened.error(), expected_fault(bit / 8)) << "bit " << bit;
    blob.data()[bit / 8] ^= mask;
  }
  EXPECT_TRUE(open_record(*key, kRef, 7, blob));
}

TEST(RecordBlob, AnyOtherLengthIsRefused) {
  const auto key = data_key(test::random(32));
  const Blob blob = sealed(*key, "gho_0123456789");
  for (std::size_t n = 0; n < blob.size(); ++n)
    EXPECT_FALSE(open_record(*key, kRef, 7, std::span(blob).first(n))) << n;
  Bytes longer(blob.begin(), blob.end());
  longer.push_back(std::byte{0});
  EXPECT_FALSE(open_record(*key, kRef, 7, longer));
  EXPECT_EQ(seal_record(*key, kRef, 7, Bytes(kMaxSecretBytes + 1)).error().code,
            ErrorCode::kResourceExhausted);
}

TEST(RecordBlob, ASwapOfAnyPartOfTheAddressIsRefusedBeforeDecryption) {
  const auto key = data_key(test::random(32));
  const Blob blob = sealed(*key, "secret");
  const RecordRef others[] = {
      {"org-2", "oauth", "github"}, {"org-1", "oauth2", "github"}, {"org-1", "oauth", "gitlab"},
      {"org-1", "oauthg", "ithub"},  // the same bytes in another split
      {"org-1o", "auth", "github"}, {"oauth", "org-1", "github"}};
  for (const RecordRef& ref : others) {
    const auto opened = open_record(*key, ref, 7, blob);
    ASSERT_FALSE(opened) << ref.tenant << ref.kind << ref.name;
    EXPECT_EQ(opened.error(), RecordFault::kCommitment);
  }
}

TEST(RecordBlob, AnotherVersionIsRefusedAlsoWhenTheHeaderIsMadeToFit) {
  const auto key = data_key(test::random(32));
  Blob blob = sealed(*key, "secret", 7);
  EXPECT_EQ(open_record(*key, kRef, 8, blob).error(), RecordFault::kHeader);
  const auto eight = big_endian(8);
  std::copy(eight.begin(), eight.end(), blob.begin() + 24);
  EXPECT_EQ(open_record(*key, kRef, 8, blob).error(), RecordFault::kCommitment);
}

TEST(RecordBlob, AnotherDataKeyIsRefusedAlsoUnderTheSameId) {
  const Bytes raw = test::random(32);
  const Blob blob = sealed(*data_key(raw), "secret");
  EXPECT_EQ(open_record(*data_key(raw, 1), kRef, 7, blob).error(), RecordFault::kHeader);
  EXPECT_EQ(open_record(*data_key(test::random(32)), kRef, 7, blob).error(),
            RecordFault::kCommitment);
  Blob moved = blob;  // the header of another data key row, the key of the old one
  const auto other = data_key(raw, 1);
  std::copy(other->id().begin(), other->id().end(), moved.begin() + 8);
  EXPECT_EQ(open_record(*other, kRef, 7, moved).error(), RecordFault::kCommitment);
}

// Both ways and with random inputs, against the independent implementation in Python. Each line
// has key, dek_id, version, tenant, kind, name, plaintext and our blob; the answer has its blob
// with the same salt, one with a salt of its own, the check value and the high-water mac.
TEST(RecordBlob, AgreesWithTheReferenceBothWays) {
  COEFFICIENT_VECTORS_OR_SKIP(reference, "vault/format_ref.py");
  constexpr const char* kScript = R"(
import importlib.util, os, sys
spec = importlib.util.spec_from_file_location('ref', sys.argv[1])
ref = importlib.util.module_from_spec(spec)
sys.dont_write_bytecode = True
spec.loader.exec_module(ref)
for line in open(sys.argv[2]):
    k, did, ver, t, kind, n, pt, blob = [bytes.fromhex(f[1:]) for f in line.split()]
    v = int.from_bytes(ver, 'big')
    assert ref.open_(k, blob, t, kind, n) == pt
    print(ref.seal(k, did, v, t, kind, n, pt, blob[32:56]).hex(),
          ref.seal(k, did, v, t, kind, n, pt, os.urandom(24)).hex(),
          ref.expand(k, b'coefficient.vault.dek-check.v1' + ref.pae(did, t), 32).hex(),
          ref.expand(k, b'coefficient.vault.high-water.v1' + ref.pae(did, t, kind, n, ver, b'\1'), 32).hex())
)";
  struct Case {
    std::shared_ptr<const DataKey> key;
    std::string tenant, kind, name;
    std::uint64_t version;
    Bytes secret;
    Blob blob;
  };
  std::mt19937 generator(20);
  std::uniform_int_distribution<unsigned> any(0, 1U << 30);
  const auto word = [&] { return hex_encode(test::random(1 + any(generator) % 127)); };
  std::vector<Case> cases;
  const test::TempDir directory;
  const std::string path = directory.file("cases");
  std::ofstream out(path);
  for (int i = 0; i < 200; ++i) {
    const Bytes raw = test::random(32);
    Case c{data_key(raw, static_cast<unsigned char>(i)), word(), word(), word(),
           any(generator) * std::uint64_t{7919},         {},     {}};
    const std::size_t sizes[] = {any(generator) % 300, any(generator) % 60000, 16384, 32768, 0};
    c.secret = test::random(sizes[static_cast<std::size_t>(i) % 5]);
    c.blob = seal_record(*c.key, {c.tenant, c.kind, c.name}, c.version, c.secret).value();
    for (const auto& field : {raw, Bytes(c.key->id().begin(), c.key->id().end())})
      out << 'x' << hex_encode(field) << ' ';
    out << 'x' << hex_encode(big_endian(c.version));
    for (const auto& field : {c.tenant, c.kind, c.name})
      out << " x" << hex_encode(test::bytes(field));
    out << " x" << hex_encode(c.secret) << " x" << hex_encode(c.blob) << '\n';
    cases.push_back(std::move(c));
  }
  out.close();
  if (!test::python("import cryptography", {}))
    GTEST_SKIP() << "python3 or its module cryptography is not here";
  const auto answer = test::python(kScript, {reference.string(), path});
  ASSERT_TRUE(answer) << answer.error().message;
  std::istringstream lines(*answer);
  for (const Case& c : cases) {
    std::string same_salt, own_salt, kcv, mac;
    ASSERT_TRUE(lines >> same_salt >> own_salt >> kcv >> mac);
    const RecordRef ref{c.tenant, c.kind, c.name};
    EXPECT_EQ(same_salt, hex_encode(c.blob));
    const auto opened = open_record(*c.key, ref, c.version, hex_decode(own_salt).value());
    ASSERT_TRUE(opened);
    EXPECT_TRUE(constant_time_equal(opened->expose(), c.secret));
    EXPECT_EQ(hex_encode(c.key->check_value(c.tenant).value()), kcv);
    EXPECT_EQ(hex_encode(c.key->high_water_mac(ref, c.version, true).value()), mac);
  }
}
