#include "coefficient/ratelimit/address_key.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "coefficient/ratelimit/keyed_limiter.h"
#include "ratelimit/at.h"

using namespace coefficient;
using namespace coefficient::ratelimit;

namespace {

std::string key(std::string_view text, unsigned bits = 64) {
  const auto made = address_key(text, bits);
  EXPECT_TRUE(made) << text;
  return made ? std::string(made->view()) : std::string();
}

TEST(AddressKey, OneKeyForEachNetwork) {
  EXPECT_EQ(key("2001:db8::1"), key("2001:db8:0:0:ffff:ffff:ffff:ffff"));
  EXPECT_EQ(key("2001:DB8::1"), key("2001:db8::2"));
  EXPECT_NE(key("2001:db8::1"), key("2001:db8:0:1::1"));
  EXPECT_EQ(key("2001:db8:0:1::1", 48), key("2001:db8:0:ffff::", 48));
  EXPECT_NE(key("2001:db8:0:1::1", 48), key("2001:db8:1:1::1", 48));
  EXPECT_EQ(key("2001:db8:0:f0::", 57), key("2001:db8:0:ff::", 57));
  EXPECT_NE(key("2001:db8:0:70::", 57), key("2001:db8:0:f0::", 57));
  EXPECT_NE(key("2001:db8::1", 128), key("2001:db8::2", 128));
  EXPECT_NE(key("2001:db8::", 64), key("2001:db8::", 63));
}

TEST(AddressKey, Ipv4IsItself) {
  EXPECT_NE(key("192.0.2.1"), key("192.0.2.2"));
  EXPECT_EQ(key("::ffff:192.0.2.1"), key("192.0.2.1"));
  EXPECT_EQ(key("::ffff:c000:201"), key("192.0.2.1"));
  EXPECT_NE(key("::192.0.2.1"), key("192.0.2.1"));
  const std::array address = {std::byte{192}, std::byte{0}, std::byte{2}, std::byte{1}};
  EXPECT_EQ(ipv4_key(address).view(), key("192.0.2.1"));
  // Of different families or networks, never equal.
  const std::set<std::string> all = {key("0.0.0.0"), key("::"), key("::", 32), key("4.0.0.0")};
  EXPECT_EQ(all.size(), 4U);
}

TEST(AddressKey, WhatIsNoAddress) {
  for (const char* text :
       {"", "192.0.2", "192.0.2.1.", "192.0.2.256", "192.0.2.01", "192.0.2.1:80", " 192.0.2.1", "1",
        "0x7f.0.0.1", "[::1]", "::1%eth0", "1::2::3", ":::", "12345::", "::1 ",
        "2001:db8:0:0:0:0:0:0:1", "::ffff:192.0.2.256",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", "localhost"})
    EXPECT_EQ(address_key(text).error().code, ErrorCode::kInvalidArgument) << text;
  EXPECT_FALSE(address_key(std::string_view("::1\0", 4)));
  EXPECT_FALSE(address_key("::1", 0));
  EXPECT_FALSE(address_key("::1", 129));
}

TEST(AddressKey, IsAKey) {
  KeyedLimiter limiter = *KeyedLimiter::create(ten_per_second(), {.max_keys = 10});
  EXPECT_TRUE(limiter.check(*address_key("2001:db8::1"), 5).allowed);
  EXPECT_FALSE(limiter.check(*address_key("2001:db8::2"), 5).allowed);
}

}  // namespace
