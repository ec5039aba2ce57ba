#include "coefficient/vault/local_kek.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "coefficient/core/encoding.h"
#include "support/python.h"
#include "vault/process.h"
#include "vault/support.h"

using namespace coefficient;
using namespace coefficient::vault;
using test::local_key;

namespace {

std::shared_ptr<SecretArena> arena() {
  static const auto shared = SecretArena::create().value();
  return shared;
}
std::string new_text(std::string_view id = "main") {
  return test::text(LocalKey::generate(id)->expose());
}
// Key files and their directories as a careful administrator makes them.
std::string write(const std::string& path, std::string_view content, mode_t mode = 0600) {
  std::ofstream(path, std::ios::binary) << content;
  EXPECT_EQ(chmod(path.c_str(), mode), 0);
  return path;
}
ErrorCode code(const Result<LocalKey>& key) {
  return key ? ErrorCode::kAlreadyExists : key.error().code;  // no reader returns that one
}

}  // namespace

TEST(LocalKey, TextsAreExactlyOfTheForm) {
  const std::string good = new_text("prod-2026.1_a");
  ASSERT_EQ(good.size(), 13u + 1 + 43 + 1 + 8);
  EXPECT_EQ(local_key(good, *arena())->id(), "prod-2026.1_a");
  const std::string key = good.substr(14, 43);
  const std::string sum = good.substr(58);
  const std::string zeros = "main:" + std::string(43, 'A') + ":";
  const std::string bad[] = {"",
                             ":",
                             "::",
                             "main",
                             "main:",
                             good.substr(0, 57),
                             good + " ",
                             " " + good,
                             good + "\n",
                             good + ":",
                             good + "0",
                             good.substr(0, good.size() - 1),
                             key,
                             ":" + key + ":" + sum,
                             "a b:" + key + ":" + sum,
                             "prod/1:" + key + ":" + sum,
                             std::string(65, 'a') + good.substr(13),
                             "prod-2026.1_b:" + key + ":" + sum,  // the checksum covers the id
                             "prod-2026.1_a:" + key + ":00000000",
                             "prod-2026.1_a:" + key + "=:" + sum,
                             "prod-2026.1_a:" + key.substr(1) + ":" + sum,
                             "prod-2026.1_a:" + key + "A:" + sum,
                             "prod-2026.1_a:+" + key.substr(1) + ":" + sum,
                             zeros + "00000000",
                             std::string(256, 'a'),
                             std::string(300, 'a'),
                             std::string("ma\0in:", 6) + key + ":" + sum};
  for (const std::string& text : bad)
    EXPECT_EQ(code(local_key(text, *arena())), ErrorCode::kInvalidArgument) << text;
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = changed[i] == 'a' ? 'b' : 'a';
    EXPECT_EQ(code(local_key(changed, *arena())), ErrorCode::kInvalidArgument) << i;
  }
}

TEST(LocalKey, ZerosAreRefusedWithTheRightChecksumToo) {
  const auto sum = test::python(
      "import hashlib,struct\n"
      "p=[b'main',bytes(32)]\n"
      "e=struct.pack('<Q',2)+b''.join(struct.pack('<Q',len(x))+x for x in p)\n"
      "print(hashlib.sha256(b'coefficient.vault.key-text.v1'+e).hexdigest()[:8],end='')",
      {});
  if (!sum) GTEST_SKIP() << sum.error().message;
  const auto refused = local_key("main:" + std::string(43, 'A') + ":" + *sum, *arena());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "the key is zeros");
}

TEST(LocalKey, MessagesHoldNothingOfTheKey) {
  std::string text = new_text();
  const std::string key = text.substr(5, 43);
  text.back() = text.back() == '0' ? '1' : '0';
  const auto refused = local_key(text, *arena());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find(key.substr(0, 6)), std::string::npos);
  EXPECT_EQ(refused.error().message.find(text.substr(49)), std::string::npos);
}

TEST(LocalKey, GenerateRefusesIds) {
  for (const std::string_view id : {"", "a:b", "a b", "\n"})
    EXPECT_EQ(LocalKey::generate(id).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(LocalKey::generate(std::string(65, 'a')).error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(new_text(), new_text());
}

TEST(LocalKeyFile, IsReadWithOrWithoutAFinalNewline) {
  const test::TempDir directory;
  const std::string text = new_text();
  for (const char* end : {"", "\n"}) {
    const auto key = LocalKey::from_file(write(directory.file("key"), text + end), *arena());
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(key->id(), "main");
  }
  for (const char* end : {"\n\n", "\r\n", " \n"})
    EXPECT_EQ(code(LocalKey::from_file(write(directory.file("key"), text + end), *arena())),
              ErrorCode::kInvalidArgument);
}

TEST(LocalKeyFile, OwnerAndModeAreThoseOfTheOpenedFile) {
  const test::TempDir directory;
  const std::string path = directory.file("key");
  write(path, new_text());
  for (const mode_t mode : {0600U, 0400U, 0440U, 0644U, 0444U}) {
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
    EXPECT_TRUE(LocalKey::from_file(path, *arena())) << mode;
  }
  for (const mode_t mode : {0620U, 0602U, 0660U, 0666U, 0777U}) {
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
    EXPECT_EQ(code(LocalKey::from_file(path, *arena())), ErrorCode::kPermissionDenied) << mode;
  }
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  if (geteuid() == 0) {
    ASSERT_EQ(chown(path.c_str(), 65534, 65534), 0);
    EXPECT_EQ(code(LocalKey::from_file(path, *arena())), ErrorCode::kPermissionDenied);
  }
}

TEST(LocalKeyFile, KubernetesLinksAreFollowedAndOtherThingsAreNotFiles) {
  const test::TempDir directory;
  namespace fs = std::filesystem;
  fs::create_directory(directory.file("..2026_11_24"));
  write(directory.file("..2026_11_24/kek"), new_text("k8s") + "\n", 0644);
  fs::create_symlink("..2026_11_24", directory.file("..data"));
  fs::create_symlink("..data/kek", directory.file("kek"));
  const auto key = LocalKey::from_file(directory.file("kek"), *arena());
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->id(), "k8s");
  EXPECT_EQ(code(LocalKey::from_file(directory.file("absent"), *arena())), ErrorCode::kNotFound);
  EXPECT_EQ(code(LocalKey::from_file(directory.file("kek/below"), *arena())), ErrorCode::kNotFound);
  EXPECT_EQ(code(LocalKey::from_file(directory.file(""), *arena())), ErrorCode::kPermissionDenied);
  ASSERT_EQ(mkfifo(directory.file("pipe").c_str(), 0600), 0);
  EXPECT_EQ(code(LocalKey::from_file(directory.file("pipe"), *arena())),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(
      code(LocalKey::from_file(write(directory.file("big"), std::string(100000, 'a')), *arena())),
      ErrorCode::kInvalidArgument);
}

TEST(LocalKeyEnvironment, TheValueIsTakenWipedAndUnset) {
  const char* const name = "COEFFICIENT_TEST_KEK";
  for (const bool good : {true, false}) {
    std::string text = new_text();
    if (!good) text.back() = 'x';
    ASSERT_EQ(setenv(name, text.c_str(), 1), 0);
    const char* const value = getenv(name);
    EXPECT_EQ(LocalKey::from_environment(name, *arena()).has_value(), good);
    EXPECT_EQ(getenv(name), nullptr);
    for (std::size_t i = 0; i < text.size(); ++i) ASSERT_EQ(value[i], '\0') << "not wiped at " << i;
  }
  EXPECT_EQ(code(LocalKey::from_environment(name, *arena())), ErrorCode::kNotFound);
}

TEST(LocalKek, CreateRefusesWhatCannotWork) {
  EXPECT_EQ(LocalKek::create({}).error().code, ErrorCode::kInvalidArgument);
  const auto keys = [](std::initializer_list<const char*> ids) {
    std::vector<LocalKey> out;
    for (const char* id : ids) out.push_back(local_key(new_text(id), *arena()).value());
    return out;
  };
  EXPECT_EQ(LocalKek::create(keys({"a", "b", "a"})).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(LocalKek::create(keys({"a"}), {.provider = ""}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(LocalKek::create(keys({"a"}), {.algorithm = WrapAlgorithm::kOpaque}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ((*LocalKek::create(keys({"a", "b"})))->current(), (KekVersion{"local", "a", "1"}));
}

class LocalKekWrap : public ::testing::TestWithParam<WrapAlgorithm> {};
INSTANTIATE_TEST_SUITE_P(Both, LocalKekWrap,
                         ::testing::Values(WrapAlgorithm::kCobblestone256, WrapAlgorithm::kAesKwp));

TEST_P(LocalKekWrap, UnwrapsWhatItWrappedUnderTheNamedKeyOnly) {
  const auto kek = test::random_kek({"a", "b"}, *arena(), {.algorithm = GetParam()});
  const auto key = test::random(32);
  const auto aad = test::bytes("the aad");
  const KekVersion a{"local", "a", "1"}, b{"local", "b", "1"};
  const auto wrapped = kek->wrap(a, std::span<const std::byte, 32>(key.data(), 32), aad).value();
  EXPECT_EQ(wrapped.algorithm, GetParam());
  std::array<std::byte, 32> out{};
  ASSERT_TRUE(kek->unwrap(a, wrapped, aad, out));
  EXPECT_EQ(hex_encode(out), hex_encode(key));
  EXPECT_EQ(kek->unwrap(b, wrapped, aad, out).error().fault, KekFault::kIntegrity);
  EXPECT_EQ(hex_encode(out), std::string(64, '0'));
  for (const KekVersion& other :
       {KekVersion{"local", "c", "1"}, KekVersion{"local", "a", "2"}, KekVersion{"hsm", "a", "1"}})
    EXPECT_EQ(kek->unwrap(other, wrapped, aad, out).error().fault, KekFault::kNotFound);
  const bool bound = !!kek->unwrap(a, wrapped, test::bytes("another aad"), out);
  EXPECT_EQ(bound, GetParam() == WrapAlgorithm::kAesKwp) << "AES-KWP has no AAD";
}

TEST_P(LocalKekWrap, EveryFlippedBitAndOtherLengthIsAnIntegrityFault) {
  const auto kek = test::random_kek({"a"}, *arena(), {.algorithm = GetParam()});
  const auto key = test::random(32);
  auto wrapped =
      kek->wrap(kek->current(), std::span<const std::byte, 32>(key.data(), 32), {}).value();
  std::array<std::byte, 32> out{};
  for (std::size_t bit = 0; bit < wrapped.bytes.size() * 8; ++bit) {
    const auto mask = std::byte{static_cast<unsigned char>(1U << bit % 8)};
    wrapped.bytes[bit / 8] ^= mask;
    EXPECT_EQ(kek->unwrap(kek->current(), wrapped, {}, out).error().fault, KekFault::kIntegrity);
    wrapped.bytes[bit / 8] ^= mask;
  }
  while (!wrapped.bytes.empty()) {
    wrapped.bytes.pop_back();
    EXPECT_EQ(kek->unwrap(kek->current(), wrapped, {}, out).error().fault, KekFault::kIntegrity);
  }
  wrapped.algorithm = WrapAlgorithm::kOpaque;
  EXPECT_EQ(kek->unwrap(kek->current(), wrapped, {}, out).error().fault, KekFault::kConfig);
}

TEST_P(LocalKekWrap, AForkedChildCannotUseTheKey) {
  const auto kek = test::random_kek({"a"}, *arena(), {.algorithm = GetParam()});
  const int status = test::in_child([&] {
    const std::array<std::byte, 32> key{};
    const auto wrapped = kek->wrap(kek->current(), key, {});
    return !wrapped && wrapped.error().fault == KekFault::kConfig ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
}

// The key text, and the key in it, are nowhere but in the arena after use: not on the heap, not on
// the stack, not in a context of OpenSSL.
TEST_P(LocalKekWrap, NoTraceOfTheKeyIsLeftOutsideOfTheArena) {
  if (!test::kMemoryCanBeSearched) GTEST_SKIP() << "memory is not searched under a sanitizer";
  const auto own = SecretArena::create({.bytes = 4096}).value();
  std::optional<test::Masked> text;
  std::optional<test::Masked> raw;
  {
    const SecretBytes generated = LocalKey::generate("planted").value();
    text.emplace(generated.expose().subspan(8));
    SecretBytes key = SecretBytes::for_overwrite(32);
    const std::string_view base64(reinterpret_cast<const char*>(generated.expose().data()) + 8, 43);
    ASSERT_TRUE(base64url_decode_exact(base64, key.expose_for_writing()));
    raw.emplace(key.expose());
    EXPECT_GE(test::occurrences(*text), 1) << "the search finds what is there";
    EXPECT_GE(test::occurrences(*raw), 1);
  }
  std::vector<LocalKey> keys;
  keys.push_back(LocalKey::from_callback(
                     [&](std::span<std::byte> out) -> Result<std::size_t> {
                       const auto id = test::bytes("planted:");
                       std::copy(id.begin(), id.end(), out.begin());
                       text->write_to(out.subspan(id.size()));
                       return id.size() + text->bytes.size();
                     },
                     *own)
                     .value());
  const auto kek = LocalKek::create(std::move(keys), {.algorithm = GetParam()}).value();
  const auto dek = test::random(32);
  for (int i = 0; i < 20; ++i) {
    const auto wrapped =
        kek->wrap(kek->current(), std::span<const std::byte, 32>(dek.data(), 32), {}).value();
    ArenaBytes out = own->allocate(32).value();
    ASSERT_TRUE(kek->unwrap(kek->current(), wrapped, {}, out.expose().first<32>()));
  }
  const ArenaBytes probe = own->allocate(32).value();  // the arena has one page, so this one's
  const auto* const page = reinterpret_cast<const std::byte*>(
      reinterpret_cast<std::uintptr_t>(probe.expose().data()) & ~std::uintptr_t{4095});
  EXPECT_EQ(test::occurrences(*text, {page, 4096}), 0);
  EXPECT_EQ(test::occurrences(*raw, {page, 4096}), 0);
}
