// What Digest and Hmac stand on: contexts that a thread keeps at the state they started from.
#include "core/crypto/md_context.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "coefficient/core/encoding.h"
#include "core/crypto/digest.h"
#include "core/crypto/hmac.h"
#include "support/bytes.h"

namespace {

using coefficient::hex_encode;
using coefficient::crypto::Digest;
using coefficient::crypto::DigestAlgorithm;
using coefficient::crypto::Hmac;
using coefficient::crypto::HmacKey;

// Of "what do ya want for nothing?" with the key "Jefe": RFC 4231 section 4.3.
constexpr std::string_view kMessage = "what do ya want for nothing?";
constexpr std::string_view kSha256Mac =
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
constexpr std::string_view kSha512Mac =
    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6"
    "fd"
    "caeab1a34d4a6b4b636e070a38bce737";

HmacKey key_of(std::string_view text, DigestAlgorithm algorithm = DigestAlgorithm::kSha256) {
  return HmacKey::create(algorithm, test::bytes(text)).value();
}

std::string mac_of(const HmacKey& key, std::string_view message) {
  Hmac mac(key);
  mac.update(test::bytes(message));
  std::vector<std::byte> out(key.mac_bytes());
  EXPECT_TRUE(mac.finish(out));
  return hex_encode(out);
}

}  // namespace

TEST(MdContext, NumbersOfStatesDiffer) {
  const auto first = coefficient::crypto::new_md_start_id();
  EXPECT_NE(first, 0U);
  EXPECT_NE(coefficient::crypto::new_md_start_id(), first);
}

TEST(MdContext, KeysAndAlgorithmsTakeTurns) {
  const HmacKey jefe = key_of("Jefe");
  const HmacKey long_jefe = key_of("Jefe", DigestAlgorithm::kSha512);
  std::vector<HmacKey> others;
  std::vector<std::string> expected;
  for (int i = 0; i < 9; ++i) {  // more than a thread keeps
    others.push_back(key_of("other key " + std::to_string(i)));
    expected.push_back(mac_of(key_of("other key " + std::to_string(i)), kMessage));
  }
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < others.size(); ++i) {
      EXPECT_EQ(mac_of(others[i], kMessage), expected[i]);
      EXPECT_EQ(mac_of(jefe, kMessage), kSha256Mac);
      EXPECT_EQ(mac_of(jefe, kMessage), kSha256Mac);
      EXPECT_EQ(mac_of(long_jefe, kMessage), kSha512Mac);
    }
  }
}

TEST(MdContext, SeveralMacsOfOneKeyAtATime) {
  const HmacKey jefe = key_of("Jefe");
  std::vector<Hmac> macs;
  for (int i = 0; i < 7; ++i) macs.emplace_back(jefe);
  for (const char c : kMessage)
    for (Hmac& mac : macs) mac.update(std::as_bytes(std::span(&c, 1)));
  for (Hmac& mac : macs) {
    std::array<std::byte, 32> out{};
    ASSERT_TRUE(mac.finish(out));
    EXPECT_EQ(hex_encode(out), kSha256Mac);
    EXPECT_FALSE(mac.finish(out)) << "one finish per object";
  }
}

TEST(MdContext, WhatWasGivenUpHalfwayLeavesNothingBehind) {
  const HmacKey jefe = key_of("Jefe");
  {
    Hmac given_up(jefe);
    given_up.update(test::bytes("half a message"));
    Hmac wrong_size(jefe);
    std::array<std::byte, 31> small{};
    EXPECT_FALSE(wrong_size.finish(small));
    Digest digest(DigestAlgorithm::kSha256);
    digest.update(test::bytes("half a message"));
  }
  EXPECT_EQ(mac_of(jefe, kMessage), kSha256Mac);
  std::array<std::byte, 32> out{};
  ASSERT_TRUE(coefficient::crypto::sha256({}, out));
  EXPECT_EQ(hex_encode(out), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(MdContext, AKeyInTheSamePlaceIsAnotherKey) {
  std::optional<HmacKey> place(key_of("Jefe"));
  EXPECT_EQ(mac_of(*place, kMessage), kSha256Mac);
  place.emplace(key_of("not Jefe"));
  EXPECT_NE(mac_of(*place, kMessage), kSha256Mac);
  place.emplace(key_of("Jefe"));
  EXPECT_EQ(mac_of(*place, kMessage), kSha256Mac);
}

TEST(MdContext, AFinishedMacMayOutliveItsKey) {
  std::optional<HmacKey> key(key_of("Jefe"));
  std::optional<Hmac> mac(*key);
  std::array<std::byte, 32> out{};
  EXPECT_TRUE(mac->finish(out));
  std::optional<Hmac> unfinished(*key);
  unfinished->update(out);
  key.reset();
  mac.reset();
  unfinished.reset();
  EXPECT_EQ(mac_of(key_of("Jefe"), kMessage), kSha256Mac);
}

TEST(MdContext, GoesFromHandToHandAndFromThreadToThread) {
  const HmacKey jefe = key_of("Jefe");
  Hmac first(jefe);
  first.update(test::bytes(kMessage.substr(0, 7)));
  Hmac second(key_of("to be replaced"));
  second = std::move(first);
  std::string got;
  std::thread([&, mac = std::move(second)]() mutable {
    mac.update(test::bytes(kMessage.substr(7)));
    std::array<std::byte, 32> out{};
    if (mac.finish(out)) got = hex_encode(out);
    got += mac_of(jefe, kMessage);
  }).join();
  EXPECT_EQ(got, std::string(kSha256Mac) + std::string(kSha256Mac));
}

TEST(MdContext, ServesADestructorAtTheEndOfAThread) {
  static std::string got;
  static const HmacKey* jefe = new HmacKey(key_of("Jefe"));  // outlives every thread
  struct Late {
    ~Late() { got = mac_of(*jefe, kMessage); }
  };
  std::thread([] {
    thread_local Late before;  // is destroyed after what the thread keeps
    (void)before;
    (void)mac_of(*jefe, kMessage);
  }).join();
  EXPECT_EQ(got, kSha256Mac);
}
